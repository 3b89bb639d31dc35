"""`vaiti bench record`: what recording costs, measured on the real recorder.

A recorder process of its own takes real calls over SIP; a generator on another core sends their
speech; what was lost is counted from what stands in the journal. Beside it, in the same run, the
bare receiver: the same sockets emptied the same way, and nothing kept. With --limit, a receiver of
your own, too.
"""

import argparse
import asyncio
import base64
import json
import os
import resource
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vaiti.capture.orders import Intake, Limits, Line, Orders, Peer, sign
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.limit import NoLimit, built, measured
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.media import SUITE, SUITES, Secrecy
from vaiti.ops.phone.plan import CallPlan, PhoneError
from vaiti.ops.phone.wire import open_wire
from vaiti.vault.wrapping import new_intake_key

LINE = "+358207100000"
CUSTOMER = "+358401234567"
HOST = "127.0.0.1"
PATIENCE = 30.0  # seconds for a process to start or stop
AT_ONCE = 20  # calls being set up at the same time
SETTLE = 1.0  # seconds after the last packet: two sweeps and a flush
MOST_CALLS = 5_000
MOST_SECONDS = 1_200  # sequence numbers begin anew after that
BARE_SECONDS = 60.0  # that the receivers beside it are measured at most: their CPU does not change


@dataclass(frozen=True, slots=True)
class Result:
    """The object that `--json` prints. Cores are user and system time of the process; `srtp` is the
    suite, empty for plain RTP; without a limit its ratio is 0."""

    calls: int
    seconds: float
    packets_sent: int
    packets_lost: int
    cores_per_1000_calls: float
    ratio_to_bare_receiver: float
    peak_bytes_per_call: int
    bytes_per_call_minute: int
    srtp: str = ""
    ratio_to_limit: float = 0.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One process under load: CPU seconds, packets sent to it, and what it kept of them."""

    cpu_s: float
    seconds: float
    sent: int
    kept: int
    peak_bytes: int = 0
    journal_bytes: int = 0

    def cores_per_1000(self, calls: int) -> float:
        return self.cpu_s / self.seconds / calls * 1000


class BenchError(Exception):
    """The measurement cannot be made; the text says why."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench record", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="calls of two G.711 streams")
    parser.add_argument("--seconds", type=float, default=60.0, help="of speech in each")
    parser.add_argument("--keeper", action="store_true", help="beside one that holds the sockets")
    parser.add_argument(
        "--srtp", nargs="?", const=SUITE, default="", choices=SUITES, help=f"or of suite {SUITE}"
    )
    parser.add_argument("--limit", type=Path, help="a receiver, or its source: docs/operating.md")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    if not (1 <= given.calls <= MOST_CALLS and 1 <= given.seconds <= MOST_SECONDS):
        parser.error(f"--calls is 1 to {MOST_CALLS} and --seconds 1 to {MOST_SECONDS}")
    try:
        result = measure(
            given.calls, given.seconds, keeper=given.keeper, suite=given.srtp, limit=given.limit
        )
    except (BenchError, NoLimit, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result)) if given.json else told(result))
    return 0


def told(result: Result) -> str:
    secured = f", SRTP {result.srtp}" if result.srtp else ""
    limit = f"the limit     {result.ratio_to_limit:.2f} times its CPU"
    return "\n".join(
        (
            f"{result.calls} calls of two streams for {result.seconds:.0f} seconds{secured}",
            f"packets       {result.packets_sent} sent, {result.packets_lost} lost",
            f"CPU           {result.cores_per_1000_calls:.3f} of a core for 1,000 calls",
            f"bare receiver {result.ratio_to_bare_receiver:.2f} times its CPU",
            *((limit,) if result.ratio_to_limit else ()),
            f"memory        {result.peak_bytes_per_call} bytes a call at the peak",
            f"disk          {result.bytes_per_call_minute} bytes a call and minute",
        )
    )


def measure(
    calls: int,
    seconds: float,
    *,
    keeper: bool = False,
    suite: str = "",
    limit: Path | None = None,
) -> Result:
    """Raises BenchError and NoLimit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        folder = Path(place)
        program = built(limit, folder) if limit is not None else None
        with _keeper(folder) if keeper else nullcontext():
            recorded = asyncio.run(_record(folder, calls, seconds, suite))
        bare = _discard(folder, calls, min(seconds, BARE_SECONDS))
        beside = _limit(program, calls, min(seconds, BARE_SECONDS)) if program else 0.0
    if bare.sent != bare.kept:
        raise BenchError(f"the bare receiver lost {bare.sent - bare.kept} packets: too little CPU")
    cores, minutes = recorded.cores_per_1000(calls), seconds / 60
    return Result(
        calls=calls,
        seconds=seconds,
        packets_sent=recorded.sent,
        packets_lost=recorded.sent - recorded.kept,
        cores_per_1000_calls=round(cores, 4),
        ratio_to_bare_receiver=round(cores / bare.cores_per_1000(calls), 3),
        peak_bytes_per_call=recorded.peak_bytes // calls,
        bytes_per_call_minute=round(recorded.journal_bytes / calls / minutes),
        srtp=suite,
        ratio_to_limit=round(cores / beside, 3) if beside else 0.0,
    )


async def _record(folder: Path, calls: int, seconds: float, suite: str) -> Measured:
    private, public = new_intake_key()
    _write_orders(folder, public, calls)
    state = folder / "recorder.json"
    readers: list[asyncio.Task[None]] = []
    with _process("recorder", folder) as process:
        _wait(process, state.exists)
        port = int(json.loads(state.read_text())["listening"][0].rpartition(":")[2])
        before = _memory(process.pid, "VmRSS")
        placed = await _place(calls, port, readers, suite)
        try:
            streams = [stream for call in placed for stream in call.streams]
            keys = [each.secrecy.key for each in streams if each.secrecy]
            targets = [each.remote for each in streams]
            used, sent = await asyncio.to_thread(
                _under_load, process.pid, targets, seconds, suite, keys
            )
            peak = _memory(process.pid, "VmHWM") - before
            for call in placed:
                await call.hang_up()
        finally:
            for call in placed:
                call.close()
                call.wire.close()
    found = audit(folder / "journal", private)
    if found.wrong or found.calls != calls:
        raise BenchError("the journal holds packets that were not sent, or lacks whole calls")
    return Measured(used, seconds, sent, found.packets, peak, found.journal_bytes)


def _discard(folder: Path, calls: int, seconds: float) -> Measured:
    ports, received = folder / "ports.json", folder / "received.json"
    with _process("bare", folder, str(2 * calls)) as process:
        _wait(process, ports.exists)
        targets = [(HOST, port) for port in json.loads(ports.read_text())]
        used, sent = _under_load(process.pid, targets, seconds)
    return Measured(used, seconds, sent, json.loads(received.read_text()))


def _limit(program: Path, calls: int, seconds: float) -> float:
    """Of a core for 1,000 calls. Raises BenchError and NoLimit."""
    sent = 0

    def load(pid: int, targets: Sequence[tuple[str, int]]) -> None:
        nonlocal sent
        _keep_to(pid, 0)
        _, sent = _under_load(pid, targets, seconds)

    found = measured(program, 2 * calls, seconds, load)
    if found.got != sent:
        raise BenchError(f"the program of --limit lost {sent - found.got} packets")
    return found.cpu_s / seconds / calls * 1000


async def _place(
    calls: int, port: int, readers: list["asyncio.Task[None]"], suite: str = ""
) -> list[Call]:
    """Sets the calls up; they are answered and silent when this returns. `readers` keep reading
    what comes for them."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Call:
        async with turns:
            plan = CallPlan(HOST, port, CUSTOMER, LINE, str(2000 + number))
            call = Call(plan, await open_wire("udp", HOST, port), (b"", b""))
            for stream in call.streams if suite else ():
                stream.secrecy = Secrecy(suite)
            readers.append(asyncio.create_task(call.read()))
            response = await call.invite("sendonly")
            if response.status != 200:
                raise BenchError(f"the recorder answered call {number} with {response.status}")
            return call

    return await asyncio.gather(*map(one, range(calls)))


def _under_load(
    pid: int,
    targets: Sequence[tuple[str, int]],
    seconds: float,
    suite: str = "",
    keys: Sequence[bytes] = (),
) -> tuple[float, int]:
    """CPU seconds that the process used meanwhile, and how many packets were sent."""
    told = [base64.b64encode(key).decode() for key in keys]
    order = json.dumps({"destinations": targets, "seconds": seconds, "suite": suite, "keys": told})
    before = _cpu(pid)
    with subprocess.Popen(
        [sys.executable, "-m", "vaiti.ops.benches.load"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=_environment(),
    ) as generator:
        _keep_to(generator.pid, -1)
        output, _ = generator.communicate(order.encode())
    if generator.returncode:
        raise BenchError("the generator failed")
    time.sleep(SETTLE)
    return _cpu(pid) - before, int(json.loads(output)["sent"])


@contextmanager
def _keeper(folder: Path) -> Iterator[None]:
    """Holds what the recorder gives it, until both have ended."""
    command = [sys.executable, "-m", "vaiti.ops.benches.receivers", "keeper", str(folder)]
    with subprocess.Popen(command, env=_environment()) as process:
        try:
            _wait(process, (folder / "keeper.sock").exists)
            yield
        finally:
            process.kill()


@contextmanager
def _process(*arguments: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    """One of `bench_receivers`, on a core of its own; ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "vaiti.ops.benches.receivers", *map(str, arguments)],
        env=_environment(),
    )
    _keep_to(process.pid, 0)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        if process.wait(PATIENCE):
            raise BenchError(f"the measured process ended with {process.returncode}")
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _keep_to(pid: int, core: int) -> None:
    """Keeps a process to one core, counted among those that we may use."""
    usable = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(pid, {usable[core]})


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _wait(process: "subprocess.Popen[bytes]", ready: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise BenchError("the process to be measured did not start")
        time.sleep(0.05)


def _cpu(pid: int) -> float:
    """User and system time of a process and all its threads so far, in seconds, to the nanosecond.

    Linux numbers the CPU clocks of processes so (clock_getcpuclockid(3)).
    """
    return time.clock_gettime(~pid << 3 | 2)


def _memory(pid: int, name: str) -> int:
    """VmRSS (now) or VmHWM (most so far) of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise BenchError(f"the system does not tell {name} of a process")


def _write_orders(folder: Path, public: bytes, calls: int) -> None:
    now = datetime.now(UTC)
    now_us = int(now.timestamp() * 1e6)
    seed = secrets.token_bytes(32)
    orders = Orders(
        issued_us=now_us,
        expires_us=now_us + 24 * 3_600_000_000,
        zone_country="FI",
        intake=Intake(now.date().isoformat(), public),
        lines=(Line(LINE, recorded=True),),
        peers=(Peer("bench", (f"{HOST}/32",), silence_s=3600.0),),
        limits=Limits(calls=calls, free_bytes=1),
    )
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    (folder / "orders.pub").write_bytes(key.public_bytes_raw())
    (folder / "orders.json").write_bytes(sign(orders, seed))
    (folder / "journal").mkdir()
