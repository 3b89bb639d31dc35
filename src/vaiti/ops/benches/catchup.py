"""`vaiti bench catchup`: an hour's calls wait in the journal; what was away comes back.

The hour is simulated by its load and not by the clock: as many finished calls wait as an hour of a
centre gives, and more end each second. The real worker and the real key process take them in; how
far they are is read from the worker's own file, as the page *State* does.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any, Final

from vaiti.ops.benches.calls import Wanted, ending, journal_calls, todays_intake
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.memory import session_cpu_s
from vaiti.ops.benches.postgresql import running, stopped
from vaiti.ops.benches.site import folder_for, machine, served
from vaiti.ops.clocks import machine_clock
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.state_files import read_state
from vaiti.values.ids import CallId

AWAY: Final = ("worker", "keys", "store", "database")
LOOK: Final = 0.5  # seconds
LONGEST: Final = 1800.0  # seconds
NOTICED: Final = 120.0  # seconds in which the worker must say that something is away


@dataclass(frozen=True, slots=True)
class Result:
    """`first_s` is until the first call was in, `told_s` what the worker said at a quarter of the
    way would be left, and `left_s` what was. `in_order`: at every look what was in was the oldest.
    `meanwhile` so many more ended until then, and all of them are in the book too. `under_way`: a
    second, and CPU of worker and key process in milliseconds a call, from the first that was in
    until the last, without what a start takes.
    """

    away: str
    calls: int
    seconds: float
    calls_a_second: float
    first_s: float
    told_s: int | None
    left_s: float
    in_order: bool
    twice: int
    under_way: tuple[float, float]
    meanwhile: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """`server` is PostgreSQL as its wheel has it, or None for SQLite."""

    settings: Settings
    server: Any

    def without(self, away: str) -> AbstractContextManager[None]:
        if away == "store":
            return self._no_store()
        if away != "database":
            return nullcontext()
        return self._no_server() if self.server else self._no_file()

    @contextmanager
    def _no_store(self) -> Iterator[None]:
        there = self.settings.store_folder
        elsewhere = there.with_name("elsewhere")
        there.rename(elsewhere)
        try:
            yield
        finally:
            elsewhere.rename(there)

    @contextmanager
    def _no_server(self) -> Iterator[None]:
        from django.db import connection

        with stopped(self.server):
            yield
        connection.close()  # ours was cut off as well

    @contextmanager
    def _no_file(self) -> Iterator[None]:
        """SQLite's file cannot go: somebody else writes, and nobody may meanwhile."""
        from django.db import connection

        name = str(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(name, isolation_level=None, timeout=60)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            yield
            holder.execute("ROLLBACK")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench catchup", description=__doc__)
    parser.add_argument("--calls", type=int, default=6000, metavar="N", help="that wait")
    parser.add_argument("--ending", type=float, default=1.7, metavar="N", help="more each second")
    parser.add_argument("--seconds", type=int, default=2, metavar="S", help="of each call")
    parser.add_argument("--away", choices=AWAY, default="worker", help="what comes back")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        with _site(given.postgresql) as site:
            result = measure(
                site, given.away, given.calls, Wanted("bench", given.seconds), given.ending
            )
    except (BenchError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    spent = getrusage(RUSAGE_CHILDREN)
    cpu_s = round(spent.ru_utime + spent.ru_stime, 1)
    database = "postgresql" if given.postgresql else "sqlite"
    found = {**asdict(result), "database": database, "worker_and_keys_cpu_s": cpu_s}
    found["machine"] = machine()
    lines = "\n".join(f"{name:22} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    return 0 if result.in_order and not result.twice else 1


@contextmanager
def _site(postgresql: bool) -> Iterator[Site]:
    """A demo's folder, on a PostgreSQL of its own if one is wanted."""
    with ExitStack() as used:
        server = None
        if postgresql:
            place = used.enter_context(tempfile.TemporaryDirectory(prefix="vaiti-bench-pg-"))
            server = used.enter_context(running(Path(place)))
        url = server.get_uri() if server else ""
        yield Site(used.enter_context(folder_for(None, url, 0)), server)


def measure(site: Site, away: str, calls: int, each: Wanted, a_second: float) -> Result:
    """The calls appear in the journal only when what is meant is away, and so many end each second
    from then on. Raises BenchError."""
    settings = site.settings
    aside = settings.journal.with_name("finished")
    with served(settings, ("keys",)):
        made = journal_calls(settings, [each] * calls, machine_clock(), aside)
        intake = todays_intake(settings)
    others = [name for name in ("keys", "worker") if name != away]
    with served(settings, others), ExitStack() as back, ExitStack() as load:
        with site.without(away):
            for start in aside.iterdir():
                start.rename(settings.journal / start.name)
            more = load.enter_context(ending(settings, intake, each, a_second))
            _noticed(settings, away)
        began = time.monotonic()
        if away in ("keys", "worker"):
            back.enter_context(_beside(settings, away))
        result = _followed(settings, away, made, more, began)
        load.close()
        _all_in({*made, *more})
        return replace(result, meanwhile=len(more))


def _all_in(made: Set[CallId]) -> None:
    """Waits for the last of those that ended meanwhile. Raises BenchError."""
    until = time.monotonic() + NOTICED
    while missing := made - _entered():
        if time.monotonic() > until:
            raise BenchError(f"{len(missing)} of {len(made)} calls are not in the book")
        time.sleep(LOOK)


def _entered() -> set[CallId]:
    from vaiti.register.models import Call

    return {CallId(one.hex) for one in Call.objects.values_list("id", flat=True)}


@contextmanager
def _beside(settings: Settings, name: str) -> Iterator[None]:
    """One process more, while others run."""
    from vaiti.ops.processes import children
    from vaiti.ops.supervisor import Supervisor

    child = next(one for one in children(settings) if one.name == name)
    supervisor = Supervisor([child], settings.run, settings.logs)
    supervisor.bring_up(child)
    try:
        yield
    finally:
        supervisor.stop_all()


def _noticed(settings: Settings, away: str) -> None:
    """Waits until the worker has met what is away."""
    if away == "worker":
        return
    until = time.monotonic() + NOTICED
    while time.monotonic() < until:
        state = read_state(settings.run / "worker.json") or {}
        if "intake" in state.get("failing", {}) or _waits(state, away):
            return
        time.sleep(LOOK)
    raise BenchError(f"the worker did not notice within {NOTICED:.0f} s that {away} is away")


def _waits(state: dict[str, Any], away: str) -> bool:
    return away != "database" and int(state.get("waiting_calls", 0)) > 0


def _followed(
    settings: Settings, away: str, made: Sequence[CallId], more: Sequence[CallId], began: float
) -> Result:
    """From `began` on until every call that waited is in the book."""
    first, quarter, told, in_order, pace = 0.0, 0.0, None, True, _UnderWay(settings)
    while True:
        entered = _entered()
        spent = time.monotonic() - began
        in_order = in_order and entered == set([*made, *more][: len(entered)])
        first = first or (spent if entered else 0.0)
        pace.look(len(entered))
        if not quarter and len(entered) >= len(made) / 4:
            quarter = spent
            told = (read_state(settings.run / "worker.json") or {}).get("waiting_left_s")
        if len(entered) >= len(made):
            break
        if spent > LONGEST:
            raise BenchError(f"after {LONGEST:.0f} s only {len(entered)} calls are in the book")
        time.sleep(LOOK)
    rate = round(len(made) / spent, 1)
    rounded = (round(spent, 1), rate, round(first, 1), told, round(spent - quarter, 1))
    twice = len(entered) - len(entered & {*made, *more})
    return Result(away, len(made), *rounded, in_order, twice, pace.told())


@dataclass(slots=True)
class _UnderWay:
    """What was seen at the first look that found a call, and at the last: how many, when, and CPU
    of both processes."""

    settings: Settings
    first: tuple[int, float, float] | None = None
    last: tuple[int, float, float] = (0, 0.0, 0.0)

    def look(self, entered: int) -> None:
        spent = sum(session_cpu_s(self.settings, name) for name in ("keys", "worker"))
        self.last = (entered, time.monotonic(), spent)
        if entered and self.first is None:
            self.first = self.last

    def told(self) -> tuple[float, float]:
        if self.first is None or self.last[0] == self.first[0]:
            return 0.0, 0.0  # one look saw all of it
        calls, seconds, spent = (now - was for now, was in zip(self.last, self.first, strict=True))
        return round(calls / seconds, 1), round(spent / calls * 1000, 2)
