"""`vaiti bench invites`: how soon a recorder answers new calls while it has many in progress.

A recorder process of its own takes real calls over SIP, with the bodies that session recording
clients send. So many are in progress, some or all of them with speech; then a dialler sends INVITEs
at an even pace, acknowledges each answer and hangs up after a while. Told are the answers' times as
the dialler sees them, and the recorder's CPU a call above what the calls in progress take.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vaiti.ops.benches import record
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.record import BenchError
from vaiti.ops.benches.site import machine, percentile
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import PhoneError
from vaiti.vault.wrapping import new_intake_key

MOST_A_SECOND: Final = 2_000
BEFORE_S: Final = 5.0
"""Seconds of the calls in progress alone, whose CPU is taken off."""
WRITING_S: Final = 0.001
"""Seconds for the dialler to write one INVITE before it begins."""


@dataclass(frozen=True, slots=True)
class Result:
    """Answers in milliseconds from INVITE to 200. `cpu_ms` are the recorder's for an INVITE with
    its ACK and BYE; `cores` all that it used meanwhile."""

    in_progress: int
    speaking: int
    invites: int
    a_second: float
    answered: int
    refused: dict[str, int]
    unanswered: int
    sent_again: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    longest_ms: float
    cpu_ms: float
    cores: float
    packets_sent: int
    packets_lost: int

    @property
    def nothing_lost(self) -> bool:
        return self.answered == self.invites and not self.packets_lost


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench invites", description=__doc__)
    parser.add_argument("--calls", type=int, default=2000, metavar="N", help="in progress")
    parser.add_argument("--speaking", type=int, metavar="N", help="of them with speech; all")
    parser.add_argument("--rate", type=float, default=300.0, metavar="N", help="INVITEs a second")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="of INVITEs")
    parser.add_argument("--hold", type=float, default=1.0, metavar="S", help="from answer to BYE")
    parser.add_argument("--before", type=float, default=BEFORE_S, metavar="S", help="without any")
    parser.add_argument("--transport", choices=("udp", "tcp"), default="udp", help="of the INVITEs")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    speaking = given.calls if given.speaking is None else given.speaking
    if not (1 <= speaking <= given.calls <= record.MOST_CALLS):
        parser.error(f"--calls is 1 to {record.MOST_CALLS}, --speaking 1 to as many")
    if not (1 <= given.rate <= MOST_A_SECOND and 1 <= given.seconds <= 600):
        parser.error(f"--rate is 1 to {MOST_A_SECOND}, --seconds 1 to 600")
    if not (0 <= given.hold <= 60 and 1 < given.before <= 60):
        parser.error("--hold is 0 to 60, --before more than 1 and at most 60")
    pace = {"rate": given.rate, "seconds": given.seconds, "hold_s": given.hold}
    pace["before_s"] = given.before
    try:
        result = measure(given.calls, speaking, {**pace, "transport": given.transport})
    except (BenchError, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "transport": given.transport, "machine": machine()}
    lines = "\n".join(f"{name:14} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    return 0 if result.nothing_lost else 1


def measure(calls: int, speaking: int, pace: dict[str, Any]) -> Result:
    """`pace`: see `dialling`. Raises BenchError."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        return asyncio.run(_measured(Path(place), calls, speaking, pace))


async def _measured(folder: Path, calls: int, speaking: int, pace: dict[str, Any]) -> Result:
    private, public = new_intake_key()
    invites = round(pace["rate"] * pace["seconds"])
    record._write_orders(folder, public, calls + invites)
    state = folder / "recorder.json"
    readers: list[asyncio.Task[None]] = []
    with record._process("recorder", folder) as process:
        record._wait(process, state.exists)
        listening = json.loads(state.read_text())["listening"]
        ports = [int(one.rpartition(":")[2]) for one in listening]
        placed = await record._place(calls, ports[0], readers)
        try:
            order = {**pace, "host": record.HOST, "port": ports[pace["transport"] == "tcp"]}
            order |= {"customer": record.CUSTOMER, "line": record.LINE}
            told = await asyncio.to_thread(
                _under_invites, process.pid, placed[:speaking], order, invites
            )
        finally:
            for call in placed:
                call.close()
                call.wire.close()
    found = audit(folder / "journal", private)
    if found.wrong:
        raise BenchError("the journal holds packets that were not sent")
    answers = told["answers_ms"]
    if not answers:
        raise BenchError("the recorder answered no INVITE of the dialler by 200")
    median, p95, p99, longest = (
        round(percentile(answers, share), 1) for share in (0.5, 0.95, 0.99, 1.0)
    )
    return Result(
        in_progress=calls,
        speaking=speaking,
        invites=invites,
        a_second=pace["rate"],
        answered=len(answers),
        refused=told["refused"],
        unanswered=told["unanswered"],
        sent_again=told["sent_again"],
        median_ms=median,
        p95_ms=p95,
        p99_ms=p99,
        longest_ms=longest,
        cpu_ms=told["cpu_ms"],
        cores=told["cores"],
        packets_sent=told["sent"],
        packets_lost=told["sent"] - found.packets,
    )


def _under_invites(
    pid: int, speaking: Sequence[Call], order: dict[str, Any], invites: int
) -> dict[str, Any]:
    """What the dialler told, with the recorder's CPU and the packets that were sent."""
    lasting = order["before_s"] + invites * WRITING_S + order["seconds"] + order["hold_s"]
    targets = [stream.remote for call in speaking for stream in call.streams]
    with _beside("load", {"destinations": targets, "seconds": lasting}) as load:
        time.sleep(1.0)  # the first packets of all streams cost more, and are no call's in progress
        before, began = record._cpu(pid), time.monotonic()
        time.sleep(order["before_s"] - 1.0)
        resting = (record._cpu(pid) - before) / (time.monotonic() - began)
        before, began = record._cpu(pid), time.monotonic()
        with _beside("dialling", order) as dialler:
            told = _told(dialler)
        spent, seconds = record._cpu(pid) - before, time.monotonic() - began
        sent = _told(load)["sent"]
    time.sleep(record.SETTLE)
    more = {"cpu_ms": round((spent - resting * seconds) / invites * 1000, 2), "sent": int(sent)}
    return {**told, **more, "cores": round(spent / seconds, 3)}


@contextmanager
def _beside(name: str, order: dict[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    """A generator on the last core, with its order."""
    with subprocess.Popen(
        [sys.executable, "-m", f"vaiti.ops.benches.{name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=record._environment(),
    ) as process:
        record._keep_to(process.pid, -1)
        assert process.stdin is not None
        process.stdin.write(json.dumps(order).encode())
        process.stdin.close()
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def _told(process: "subprocess.Popen[bytes]") -> dict[str, Any]:
    assert process.stdout is not None
    told = process.stdout.read()
    if process.wait() or not told:
        raise BenchError("a generator failed")
    found: dict[str, Any] = json.loads(told)
    return found
