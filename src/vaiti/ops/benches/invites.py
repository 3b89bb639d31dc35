"""`vaiti bench invites`: how soon a recorder answers new calls while it has many in progress.

A recorder process of its own takes real calls over SIP, with the bodies that session recording
clients send. So many are in progress, some or all of them with speech; then a dialler sends INVITEs
at an even pace, acknowledges each answer and hangs up after a while. Told are the answers' times as
the dialler sees them, and the recorder's CPU a call above what the calls in progress take.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.measured import CUSTOMER, HOST, LINE, MOST_CALLS, BenchError
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
    parser.add_argument("--ring", action="store_true", help="receive by a packet ring (root)")
    parser.add_argument("--keeper", action="store_true", help="beside one that holds the sockets")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    speaking = given.calls if given.speaking is None else given.speaking
    if not (1 <= speaking <= given.calls <= MOST_CALLS):
        parser.error(f"--calls is 1 to {MOST_CALLS}, --speaking 1 to as many")
    if not (1 <= given.rate <= MOST_A_SECOND and 1 <= given.seconds <= 600):
        parser.error(f"--rate is 1 to {MOST_A_SECOND}, --seconds 1 to 600")
    if not (0 <= given.hold <= 60 and 1 < given.before <= 60):
        parser.error("--hold is 0 to 60, --before more than 1 and at most 60")
    pace: dict[str, Any] = {"rate": given.rate, "seconds": given.seconds, "hold_s": given.hold}
    pace["before_s"] = given.before
    try:
        pace["transport"] = given.transport
        result = measure(given.calls, speaking, pace, ring=given.ring, keeper=given.keeper)
    except (BenchError, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "transport": given.transport, "machine": machine()}
    lines = "\n".join(f"{name:14} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    return 0 if result.nothing_lost else 1


def measure(
    calls: int, speaking: int, pace: dict[str, Any], *, ring: bool = False, keeper: bool = False
) -> Result:
    """`pace`: see `dialling`. Raises BenchError."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        folder = Path(place)
        if ring:
            measured.ask_for_ring(folder, calls, kept=keeper)
        with measured.keeper(folder) if keeper else nullcontext():
            return asyncio.run(_measured(folder, calls, speaking, pace))


async def _measured(folder: Path, calls: int, speaking: int, pace: dict[str, Any]) -> Result:
    private, public = new_intake_key()
    invites = round(pace["rate"] * pace["seconds"])
    measured.write_orders(folder, public, calls + invites)
    state = folder / "recorder.json"
    readers: list[asyncio.Task[None]] = []
    with measured.running("recorder", folder) as process:
        measured.wait_until(process, state.exists)
        listening = json.loads(state.read_text())["listening"]
        ports = [int(one.rpartition(":")[2]) for one in listening]
        placed = await generators.place(calls, ports[0], readers)
        try:
            order = {**pace, "host": HOST, "port": ports[pace["transport"] == "tcp"]}
            order |= {"customer": CUSTOMER, "line": LINE}
            told = await asyncio.to_thread(
                _under_invites, process.pid, placed[:speaking], order, invites
            )
        finally:
            generators.let_go(placed)
    found = audit(folder / "journal", private)
    if found.wrong:
        raise BenchError("the journal holds packets that were not sent")
    return _result(calls, speaking, pace["rate"], told, found.packets)


def _result(
    calls: int, speaking: int, rate: float, told: Mapping[str, Any], packets: int
) -> Result:
    """Raises BenchError."""
    answers = told["answers_ms"]
    if not answers:
        raise BenchError("the recorder answered no INVITE of the dialler by 200")
    median, p95, p99, longest = (
        round(percentile(answers, share), 1) for share in (0.5, 0.95, 0.99, 1.0)
    )
    return Result(
        in_progress=calls,
        speaking=speaking,
        invites=told["invites"],
        a_second=rate,
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
        packets_lost=told["sent"] - packets,
    )


def _under_invites(
    pid: int, speaking: Sequence[Call], order: dict[str, Any], invites: int
) -> dict[str, Any]:
    """What the dialler told, with the recorder's CPU and the packets that were sent."""
    lasting = order["before_s"] + invites * WRITING_S + order["seconds"] + order["hold_s"]
    targets = [stream.remote for call in speaking for stream in call.streams]
    with generators.beside("load", {"destinations": targets, "seconds": lasting}) as load:
        time.sleep(1.0)  # the first packets of all streams cost more, and are no call's in progress
        before, began = measured.cpu_s(pid), time.monotonic()
        time.sleep(order["before_s"] - 1.0)
        resting = (measured.cpu_s(pid) - before) / (time.monotonic() - began)
        before, began = measured.cpu_s(pid), time.monotonic()
        with generators.beside("dialling", order) as dialler:
            told = generators.told(dialler)
        spent, seconds = measured.cpu_s(pid) - before, time.monotonic() - began
        sent = generators.told(load)["sent"]
    time.sleep(generators.SETTLE)
    cpu_ms = round((spent - resting * seconds) / invites * 1000, 2)
    more = {"invites": invites, "cpu_ms": cpu_ms, "cores": round(spent / seconds, 3)}
    return {**told, **more, "sent": int(sent)}
