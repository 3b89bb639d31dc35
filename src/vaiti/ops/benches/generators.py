"""What benchmarks send to the processes that they measure: calls that stay, and their speech."""

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from vaiti.ops.benches.measured import (
    CUSTOMER,
    HOST,
    LINE,
    BenchError,
    cpu_s,
    environment,
    keep_to,
)
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.media import Secrecy
from vaiti.ops.phone.plan import CallPlan
from vaiti.ops.phone.wire import open_wire

AT_ONCE: Final = 20  # calls being set up at the same time
SETTLE: Final = 1.0  # seconds after the last packet: two sweeps and a flush


class Loaded(NamedTuple):
    """CPU seconds that the process used meanwhile, how many packets were sent, and the CPU seconds
    of their sender: on a loopback they are the kernel's, too, for handing the packets over.
    `took_s`: in which they were sent, which is longer than asked for where the sender was late."""

    cpu_s: float
    sent: int
    sender_s: float
    took_s: float


async def place(
    calls: int,
    port: int,
    readers: list["asyncio.Task[None]"],
    secrecies: Sequence[Secrecy] = (),
    transport: str = "udp",
) -> list[Call]:
    """Sets the calls up; they are answered and silent when this returns. Their streams have the
    `secrecies` in turn. `readers` keep reading what comes for them. Raises BenchError,
    PhoneError."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Call:
        async with turns:
            agent = str(2000 + number)
            plan = CallPlan(HOST, port, CUSTOMER, LINE, agent, transport=transport)
            call = Call(plan, await open_wire(transport, HOST, port), (b"", b""))
            for place, stream in enumerate(call.streams if secrecies else (), 2 * number):
                stream.secrecy = secrecies[place % len(secrecies)]
            readers.append(asyncio.create_task(call.read()))
            response = await call.invite("sendonly")
            if response.status != 200:
                raise BenchError(f"the recorder answered call {number} with {response.status}")
            return call

    return await asyncio.gather(*map(one, range(calls)))


def let_go(placed: Iterable[Call]) -> None:
    """Closes the sockets of calls, hung up or not."""
    for call in placed:
        call.close()
        call.wire.close()


def under_load(
    pid: int,
    targets: Sequence[tuple[str, int]],
    seconds: float,
    suite: str = "",
    secrecies: Sequence[Secrecy] = (),
) -> Loaded:
    """Raises BenchError."""
    keys = [base64.b64encode(each.key).decode() for each in secrecies]
    order = {"destinations": targets, "seconds": seconds, "suite": suite, "keys": keys}
    before = cpu_s(pid)
    with beside("load", order) as load:
        said = told(load)
    time.sleep(SETTLE)
    return Loaded(cpu_s(pid) - before, int(said["sent"]), said["cpu_s"], said["seconds"])


@contextmanager
def beside(name: str, order: Mapping[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    """The generator of that module on the last core, with its order."""
    with subprocess.Popen(
        [sys.executable, "-m", f"vaiti.ops.benches.{name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
    ) as process:
        keep_to(process.pid, -1)
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode())
        process.stdin.close()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def told(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """What a generator prints, once it has ended. Raises BenchError."""
    assert process.stdout is not None
    output = process.stdout.read()
    if process.wait() or not output:
        raise BenchError("a generator failed")
    found: dict[str, Any] = json.loads(output)
    return found
