"""`vaiti bench record`: what recording costs, measured on the real recorder.

A recorder process of its own takes real calls over SIP; a generator on another core sends their
speech; what was lost is counted from what stands in the journal. Beside it, in the same run, the
bare receiver: the same sockets emptied the same way, and nothing kept. With --limit, a receiver of
your own, too.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.limit import NoLimit, built, needed
from vaiti.ops.benches.measured import HOST, MOST_CALLS, MOST_SECONDS, BenchError
from vaiti.ops.phone.media import SUITE, SUITES, Secrecy
from vaiti.ops.phone.plan import PhoneError
from vaiti.vault.wrapping import new_intake_key

VOICES = 100  # of SRTP: each is the key and the speech of every hundredth stream
LATE = 1.01  # times as long as the speech: so many calls did not speak at a time
BARE_SECONDS = 60.0  # that the receivers beside it are measured at most: their CPU does not change


@dataclass(frozen=True, slots=True)
class Result:
    """The object that `--json` prints. Cores are user and system time of the process; the
    sender's, beside the recorder and beside the bare receiver, are the kernel's, too, for handing
    the packets over. `srtp` is the suite, empty for plain RTP; without a limit its ratio is 0.
    `sending_s`: what the speech of `seconds` took the sender, which is more where it was late."""

    calls: int
    seconds: float
    packets_sent: int
    packets_lost: int
    cores_per_1000_calls: float
    ratio_to_bare_receiver: float
    peak_bytes_per_call: int
    bytes_per_call_minute: int
    ring: bool = False
    ring_bytes_per_call: int = 0
    sender_cores_per_1000_calls: float = 0.0
    sender_beside_bare: float = 0.0
    srtp: str = ""
    ratio_to_limit: float = 0.0
    sending_s: float = 0.0

    @property
    def late(self) -> bool:
        return self.sending_s > LATE * self.seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """One process under load: CPU seconds, packets sent to it, and what it kept of them."""

    cpu_s: float
    seconds: float
    sent: int
    kept: int
    sender_s: float
    peak_bytes: int = 0
    journal_bytes: int = 0
    took_s: float = 0.0

    def cores_per_1000(self, calls: int) -> float:
        return self.cpu_s / self.seconds / calls * 1000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench record", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="calls of two G.711 streams")
    parser.add_argument("--seconds", type=float, default=60.0, help="of speech in each")
    parser.add_argument("--keeper", action="store_true", help="beside one that holds the sockets")
    parser.add_argument("--ring", action="store_true", help="receive by a packet ring (root)")
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
            given.calls,
            given.seconds,
            keeper=given.keeper,
            ring=given.ring,
            suite=given.srtp,
            limit=given.limit,
        )
    except (BenchError, NoLimit, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result)) if given.json else told(result))
    return 0


def told(result: Result) -> str:
    secured = f", SRTP {result.srtp}" if result.srtp else ""
    limit = f"the limit     {result.ratio_to_limit:.2f} times its CPU"
    way = ", by a packet ring" if result.ring else ""
    ringed = f", and {result.ring_bytes_per_call} of the ring" if result.ring else ""
    late = f"              it was late: this speech took it {result.sending_s:.0f} seconds"
    return "\n".join(
        (
            f"{result.calls} calls of two streams for {result.seconds:.0f} seconds{secured}{way}",
            f"packets       {result.packets_sent} sent, {result.packets_lost} lost",
            f"CPU           {result.cores_per_1000_calls:.3f} of a core for 1,000 calls",
            f"bare receiver {result.ratio_to_bare_receiver:.2f} times its CPU",
            *((limit,) if result.ratio_to_limit else ()),
            f"sender        {result.sender_cores_per_1000_calls:.3f} of a core for 1,000 calls; "
            f"beside the bare receiver {result.sender_beside_bare:.3f}",
            *((late,) if result.late else ()),
            f"memory        {result.peak_bytes_per_call} bytes a call at the peak{ringed}",
            f"disk          {result.bytes_per_call_minute} bytes a call and minute",
        )
    )


def measure(
    calls: int,
    seconds: float,
    *,
    keeper: bool = False,
    ring: bool = False,
    suite: str = "",
    limit: Path | None = None,
) -> Result:
    """Raises BenchError and NoLimit."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        folder = Path(place)
        of_ring = measured.ask_for_ring(folder, calls, kept=keeper) if ring else 0
        program = built(limit, folder) if limit is not None else None
        with measured.keeper(folder) if keeper else nullcontext():
            ours = asyncio.run(recorded(folder, calls, seconds, suite))
        bare = _discard(folder, calls, min(seconds, BARE_SECONDS))
        beside = _limit(program, calls, min(seconds, BARE_SECONDS)) if program else 0.0
    if bare.kept < bare.sent:  # more, where strangers send to its ports, too
        raise BenchError(f"the bare receiver lost {bare.sent - bare.kept} packets: too little CPU")
    cores, minutes = ours.cores_per_1000(calls), seconds / 60
    return Result(
        calls=calls,
        seconds=seconds,
        packets_sent=ours.sent,
        packets_lost=ours.sent - ours.kept,
        cores_per_1000_calls=round(cores, 4),
        ratio_to_bare_receiver=round(cores / bare.cores_per_1000(calls), 3),
        peak_bytes_per_call=ours.peak_bytes // calls,
        bytes_per_call_minute=round(ours.journal_bytes / calls / minutes),
        ring=ring,
        ring_bytes_per_call=of_ring // calls,
        sender_cores_per_1000_calls=round(ours.sender_s / seconds / calls * 1000, 4),
        sender_beside_bare=round(bare.sender_s / bare.seconds / calls * 1000, 4),
        srtp=suite,
        ratio_to_limit=round(cores / beside, 3) if beside else 0.0,
        sending_s=round(ours.took_s, 1),
    )


async def recorded(folder: Path, calls: int, seconds: float, suite: str) -> Measured:
    private, public = new_intake_key()
    measured.write_orders(folder, public, calls)
    state = folder / "recorder.json"
    readers: list[asyncio.Task[None]] = []
    with measured.running("recorder", folder) as process:
        measured.wait_until(process, state.exists)
        port = int(json.loads(state.read_text())["listening"][0].rpartition(":")[2])
        before = measured.memory(process.pid, "VmRSS")
        secrecies = [Secrecy(suite) for _ in range(VOICES if suite else 0)]
        placed = await generators.place(calls, port, readers, secrecies)
        try:
            targets = [stream.remote for call in placed for stream in call.streams]
            load = await asyncio.to_thread(
                generators.under_load, process.pid, targets, seconds, suite, secrecies
            )
            peak = measured.memory(process.pid, "VmHWM") - before
            for call in placed:
                await call.hang_up()
        finally:
            generators.let_go(placed)
    found = audit(folder / "journal", private)
    if found.wrong or found.calls != calls:
        raise BenchError("the journal holds packets that were not sent, or lacks whole calls")
    sizes = peak, found.journal_bytes
    kept, sent = found.packets, load.sent
    return Measured(load.cpu_s, seconds, sent, kept, load.sender_s, *sizes, load.took_s)


def _discard(folder: Path, calls: int, seconds: float) -> Measured:
    ports, received = folder / "ports.json", folder / "received.json"
    with measured.running("bare", folder, str(2 * calls)) as process:
        measured.wait_until(process, ports.exists)
        targets = [(HOST, port) for port in json.loads(ports.read_text())]
        load = generators.under_load(process.pid, targets, seconds)
    kept = json.loads(received.read_text())
    return Measured(load.cpu_s, seconds, load.sent, kept, load.sender_s)


def _limit(program: Path, calls: int, seconds: float) -> float:
    """Of a core for 1,000 calls. Raises BenchError and NoLimit."""
    sent = 0

    def load(pid: int, targets: Sequence[tuple[str, int]]) -> None:
        nonlocal sent
        measured.keep_to(pid, 0)
        sent = generators.under_load(pid, targets, seconds).sent

    found = needed(program, 2 * calls, seconds, load)
    if found.got != sent:
        raise BenchError(f"the program of --limit lost {sent - found.got} packets")
    return found.cpu_s / seconds / calls * 1000
