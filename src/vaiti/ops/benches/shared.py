"""`vaiti bench shared`: several recorders under one SIP address share the cores.

They, the front and the callers run on whatever core is free. With `--kill-front` the front is
killed in mid-speech, beside a keeper, and asked something in each call over TCP meanwhile.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NamedTuple

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.capture.sharing import marked
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.measured import MOST_CALLS, MOST_SECONDS, PATIENCE, BenchError
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.recorders import state_of
from vaiti.ops.sections.media import MOST_PROCESSES
from vaiti.vault.wrapping import new_intake_key

OVER_TCP: Final = 100  # calls at most where the front is killed: each has a connection


@dataclass(frozen=True, slots=True)
class Killed:
    """`away_s`: from the front's death until the last of those that were `asked` meanwhile, in the
    connections over TCP that they had, was `answered`; `resumed`: connections gone on with."""

    away_s: float
    asked: int
    answered: int
    resumed: int


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
    `front_ms_a_call` is the front's own for setting a call up. Of a killed front the cores are the
    next one's, its start included."""

    calls: int
    seconds: float
    processes: int
    packets_sent: int
    packets_lost: int
    cores_per_1000_calls: float
    front_cores: float
    front_ms_a_call: float
    recorders: tuple[One, ...]
    killed: Killed | None = None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench shared", description=__doc__)
    parser.add_argument("--processes", type=int, default=2, help="recorders under one SIP address")
    parser.add_argument("--calls", type=int, default=1000, help="calls of two G.711 streams")
    parser.add_argument("--seconds", type=float, default=60.0, help="of speech in each")
    parser.add_argument("--ring", action="store_true", help="each with a packet ring (root)")
    parser.add_argument("--kill-front", action="store_true", help="in mid-speech, with a keeper")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    most, longest = MOST_CALLS, MOST_SECONDS
    if not 2 <= given.processes <= min(MOST_PROCESSES, given.calls):
        parser.error(f"--processes is 2 to {MOST_PROCESSES}, and no more than there are calls")
    if not (given.calls <= most and 1 <= given.seconds <= longest):
        parser.error(f"--calls is at most {most} and --seconds 1 to {longest}")
    try:
        result = measure(
            given.calls, given.seconds, given.processes, ring=given.ring, kill=given.kill_front
        )
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
            *([_told_of(result.killed)] if result.killed else []),
        )
    )


def _told_of(killed: Killed) -> str:
    return (
        f"front killed  {killed.resumed} connections went on; {killed.answered} of {killed.asked} "
        f"requests that came meanwhile were answered, the last after {killed.away_s:.2f} s"
    )


def measure(
    calls: int, seconds: float, processes: int, *, ring: bool = False, kill: bool = False
) -> Result:
    """Raises BenchError, PhoneError."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        if ring:
            measured.ask_for_ring(Path(place), -(-calls // processes))
        with measured.keeper(Path(place)) if kill else nullcontext():
            return asyncio.run(_record(Path(place), calls, seconds, processes, kill=kill))


async def _record(
    folder: Path, calls: int, seconds: float, processes: int, *, kill: bool
) -> Result:
    private, public = new_intake_key()
    measured.write_orders(folder, public, -(-calls // processes))
    readers: list[asyncio.Task[None]] = []
    with ExitStack() as running:
        house = _House(running, folder, processes)
        pids = [house.front.pid, *_started(running, folder, processes)]
        ports, before = _ports(folder), measured.cpu_s(pids[0])
        placed = await _placed(ports, calls, min(calls, OVER_TCP) if kill else 0, readers)
        setting_up = measured.cpu_s(pids[0]) - before
        try:
            spoken = await _spoken(house, pids, placed, seconds, kill=kill)
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
        packets_sent=spoken.sent,
        packets_lost=spoken.sent - found.packets,
        cores_per_1000_calls=round(sum(spoken.used[1:]) / seconds / calls * 1000, 4),
        front_cores=round(spoken.used[0] / seconds, 5),
        front_ms_a_call=round(setting_up / calls * 1000, 3),
        recorders=_each(placed, spoken.used[1:], spoken.sent, seconds),
        killed=spoken.killed,
    )


class _Spoken(NamedTuple):
    """Packets sent; CPU seconds meanwhile of front and recorders."""

    sent: int
    used: list[float]
    killed: Killed | None


async def _spoken(
    house: "_House", pids: list[int], placed: list[Call], seconds: float, *, kill: bool
) -> _Spoken:
    before, killed = [measured.cpu_s(pid) for pid in pids], None
    targets = [stream.remote for call in placed for stream in call.streams]
    load = asyncio.to_thread(generators.under_load, os.getpid(), targets, seconds)
    sending = asyncio.create_task(load)
    if kill:
        await asyncio.sleep(seconds / 2)
        killed = await house.kill_front(placed[:OVER_TCP])
        pids[0], before[0] = house.front.pid, 0.0
    sent = (await sending).sent
    used = [measured.cpu_s(pid) - was for pid, was in zip(pids, before, strict=True)]
    return _Spoken(sent, used, killed)


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


class _House:
    """The front of a folder, on whatever core is free."""

    def __init__(self, running: ExitStack, folder: Path, processes: int) -> None:
        self._running, self._folder, self._processes = running, folder, processes
        self.front = self._began()

    async def kill_front(self, calls: Sequence[Call]) -> Killed:
        """While the next one starts each of the calls asks for something."""
        self.front.kill()
        self.front.wait()
        died = time.monotonic()
        asking = asyncio.gather(*(call.invite("sendonly") for call in calls))
        starting = asyncio.create_task(asyncio.to_thread(self._began))
        answered = [response.status for response in await asking].count(200)
        away_s, self.front = time.monotonic() - died, await starting
        resumed = json.loads((self._folder / "front.json").read_text())["resumed"]
        return Killed(round(away_s, 2), len(calls), answered, resumed)

    def _began(self) -> "subprocess.Popen[bytes]":
        """It is there when this returns."""
        state, module = self._folder / "front.json", "vaiti.ops.benches.receivers"
        state.unlink(missing_ok=True)
        given = ("shared", str(self._folder), str(self._processes), "0")
        command = [sys.executable, "-m", module, *given]
        process = self._running.enter_context(measured.killed_at_last(command))
        measured.wait_until(process, state.exists)
        return process


async def _placed(
    ports: Mapping[str, int], calls: int, over_tcp: int, readers: list["asyncio.Task[None]"]
) -> list[Call]:
    """Those over TCP first."""
    first = await generators.place(over_tcp, ports["tcp"], readers, transport="tcp")
    return first + await generators.place(calls - over_tcp, ports["udp"], readers)


def _started(running: ExitStack, folder: Path, processes: int) -> list[int]:
    """The recorders; on whatever core is free."""
    found = []
    for number in range(1, processes + 1):
        given = ("shared", folder, str(processes), str(number))
        process = running.enter_context(measured.running(*given))
        os.sched_setaffinity(process.pid, os.sched_getaffinity(0))
        measured.wait_until(process, state_of(folder, number).exists)
        found.append(process.pid)
    return found


def _ports(folder: Path) -> dict[str, int]:
    """By transport, once all recorders are known to the front."""
    until = time.monotonic() + PATIENCE
    while True:
        told = json.loads((folder / "front.json").read_text())
        if len(told["recorders"]) == told["of"]:
            places = (place.split(":") for place in told["listening"])
            return {kind: int(port) for kind, _, port in places}
        if time.monotonic() > until:
            raise BenchError("a recorder did not come to the front")
        time.sleep(0.05)
