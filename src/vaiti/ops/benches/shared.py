"""`vaiti bench shared`: several recorders under one SIP address share the cores.

They, the front and the callers run on whatever core is free.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.capture.sharing import marked
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.measured import MOST_CALLS, MOST_SECONDS, PATIENCE, BenchError
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.recorders import numbered, state_of
from vaiti.ops.sections.media import MOST_PROCESSES
from vaiti.vault.wrapping import new_intake_key


@dataclass(frozen=True, slots=True)
class One:
    """One recorder: its calls, the packets sent to it, and its CPU."""

    calls: int
    packets_sent: int
    cores: float
    cores_per_1000_calls: float


@dataclass(frozen=True, slots=True)
class Result:
    """The object that `--json` prints. Cores are user and system time while speech came;
    `front_ms_a_call` is the front's own for setting a call up."""

    calls: int
    seconds: float
    processes: int
    packets_sent: int
    packets_lost: int
    cores_per_1000_calls: float
    front_cores: float
    front_ms_a_call: float
    recorders: tuple[One, ...]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench shared", description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="recorders under one SIP address")
    parser.add_argument("--calls", type=int, default=1000, help="calls of two G.711 streams")
    parser.add_argument("--seconds", type=float, default=60.0, help="of speech in each")
    parser.add_argument("--ring", action="store_true", help="each with a packet ring (root)")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    most, longest = MOST_CALLS, MOST_SECONDS
    if not 2 <= given.processes <= min(MOST_PROCESSES, given.calls):
        parser.error(f"--processes is 2 to {MOST_PROCESSES}, and no more than there are calls")
    if not (given.calls <= most and 1 <= given.seconds <= longest):
        parser.error(f"--calls is at most {most} and --seconds 1 to {longest}")
    try:
        result = measure(given.calls, given.seconds, given.processes, ring=given.ring)
    except (BenchError, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(result)) if given.json else told(result))
    return 0


def told(result: Result) -> str:
    each = (
        f"recorder {number}    {one.calls} calls, {one.cores:.3f} of a core: "
        f"{one.cores_per_1000_calls:.3f} for 1,000 calls"
        for number, one in enumerate(result.recorders, 1)
    )
    return "\n".join(
        (
            f"{result.calls} calls of two streams for {result.seconds:.0f} seconds, "
            f"{result.processes} recorders under one address",
            f"packets       {result.packets_sent} sent, {result.packets_lost} lost",
            *each,
            f"all           {result.cores_per_1000_calls:.3f} of a core for 1,000 calls",
            f"front         {result.front_cores:.4f} of a core while speech comes, "
            f"{result.front_ms_a_call:.2f} ms of CPU to set a call up",
        )
    )


def measure(calls: int, seconds: float, processes: int, *, ring: bool = False) -> Result:
    """Raises BenchError, PhoneError."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        if ring:
            (Path(place) / measured.RING).touch()
        return asyncio.run(_record(Path(place), calls, seconds, processes))


async def _record(folder: Path, calls: int, seconds: float, processes: int) -> Result:
    private, public = new_intake_key()
    measured.write_orders(folder, public, -(-calls // processes))
    readers: list[asyncio.Task[None]] = []
    with ExitStack() as running:
        pids = _started(running, folder, processes)
        front_before = measured.cpu_s(pids[0])
        placed = await generators.place(calls, _port(folder), readers)
        setting_up = measured.cpu_s(pids[0]) - front_before
        try:
            targets = [stream.remote for call in placed for stream in call.streams]
            before = [measured.cpu_s(pid) for pid in pids]
            load = asyncio.to_thread(generators.under_load, os.getpid(), targets, seconds)
            sent = (await load).sent
            used = [measured.cpu_s(pid) - was for pid, was in zip(pids, before, strict=True)]
            for call in placed:
                await call.hang_up()
        finally:
            generators.let_go(placed)
    found = audit(folder / "journal", private)
    if found.wrong or found.calls != calls:
        raise BenchError("the journals hold packets that were not sent, or lack whole calls")
    return Result(
        calls=calls,
        seconds=seconds,
        processes=processes,
        packets_sent=sent,
        packets_lost=sent - found.packets,
        cores_per_1000_calls=round(sum(used[1:]) / seconds / calls * 1000, 4),
        front_cores=round(used[0] / seconds, 5),
        front_ms_a_call=round(setting_up / calls * 1000, 3),
        recorders=_each(placed, used[1:], sent, seconds),
    )


def _each(placed: list[Call], used: list[float], sent: int, seconds: float) -> tuple[One, ...]:
    """Each recorder's own calls stand in the tags that it gave."""
    whose = [marked(call.dialog.remote_tag) for call in placed]
    counts = [whose.count(number) for number in range(1, len(used) + 1)]
    if not all(counts):
        raise BenchError("a recorder has no call")
    return tuple(
        One(
            calls=count,
            packets_sent=sent * count // len(placed),
            cores=round(cpu / seconds, 4),
            cores_per_1000_calls=round(cpu / seconds / count * 1000, 4),
        )
        for count, cpu in zip(counts, used, strict=True)
    )


def _started(running: ExitStack, folder: Path, processes: int) -> list[int]:
    """The front, then the recorders; on whatever core is free."""
    found = []
    for number in range(processes + 1):
        name = numbered("recorder", number) if number else "front"
        given = ("shared", folder, str(processes), str(number))
        process = running.enter_context(measured.running(*given))
        os.sched_setaffinity(process.pid, os.sched_getaffinity(0))
        state = state_of(folder, number) if number else folder / f"{name}.json"
        measured.wait_until(process, state.exists)
        found.append(process.pid)
    return found


def _port(folder: Path) -> int:
    """Once all recorders are known to the front."""
    until = time.monotonic() + PATIENCE
    while True:
        told = json.loads((folder / "front.json").read_text())
        if len(told["recorders"]) == told["of"]:
            return int(told["listening"][0].rpartition(":")[2])
        if time.monotonic() > until:
            raise BenchError("a recorder did not come to the front")
        time.sleep(0.05)
