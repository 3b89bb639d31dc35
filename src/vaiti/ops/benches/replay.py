"""`vaiti bench replay`: a day of a 500-seat centre, replayed at speed through the real processes.

The day is made up as for `vaiti bench attribution`: shifts, lunches, pauses between calls. So many
calls are drawn from it as are asked for and placed in its order and rhythm, each with real speech,
a sixtieth as long as it was. Recorder, keeper, keys, worker and web are those of a demo's folder.
Then each call has to be in the book once with its length; of some, the sound is opened by a click
of their agent and has to be as long as it was spoken. Of each process its own memory, without the
files that it has mapped, is told over each third of the day; several days may follow each other.
"""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from vaiti.ops.attribution_plan import HOUR, Size, made_up
from vaiti.ops.benches.callers import (
    AGENTS,
    MOST,
    PROCESSES,
    Book,
    Planned,
    Row,
    callers,
    opened,
    signed_in,
)
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.memory import session_mb
from vaiti.ops.benches.site import folder_for, machine, served
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.settings import Settings, WeakSettings

SEATS: Final = 500
FASTER: Final = 60.0  # than the day's calls are those that are placed
SHORTEST: Final = 1.0  # seconds of speech
LONGEST: Final = 10.0
LATE: Final = 120.0  # seconds after the last call until all have to be in the book
NEAR: Final = 0.6  # seconds by which a call's sound may be longer or shorter than its speech
BOOK_NEAR: Final = 1.6  # the book has whole seconds


@dataclass(frozen=True, slots=True)
class Result:
    """`in_book` counts the calls once each, `wrong_length` those that are not as long as they were.
    `worker_late_s`: from the last hang-up until all were in. Memory in MB by process: in the first
    third of the day, the second and the last, and so for each day."""

    calls: int
    minutes: float
    ended: int
    in_book: int
    wrong_length: int
    opened: int
    opened_wrong: int
    packets: int
    worker_late_s: float
    memory_mb: dict[str, tuple[float, ...]]

    @property
    def nothing_lost(self) -> bool:
        whole = self.ended == self.in_book == self.calls
        return whole and not self.wrong_length and not self.opened_wrong


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti bench replay",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--calls", type=int, default=1500, metavar="N", help="drawn from a day")
    parser.add_argument("--minutes", type=float, default=3.0, metavar="M", help="a day takes")
    parser.add_argument("--days", type=int, default=1, metavar="N", help="of so many calls each")
    parser.add_argument("--open", type=int, default=60, metavar="N", help="calls to listen to")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    calls, days, minutes = given.calls, given.days, given.minutes
    if not (min(calls, days) >= 1 and calls * days <= MOST and 0 < minutes <= 1440):
        parser.error(f"--calls of all --days are 1 to {MOST}, --minutes more than 0")
    if given.open < 0:
        parser.error("--open is 0 or more")
    try:
        planned = again(drawn(calls, minutes * 60), days, minutes * 60)
        with folder_for(None, "", 0) as settings:
            result = measure(settings, planned, given.open, days)
    except (BenchError, PhoneError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "machine": machine()}
    lines = "\n".join(f"{name:14} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    return 0 if result.nothing_lost else 1


def drawn(count: int, seconds: float) -> list[Planned]:
    """Calls of the made-up day, evenly taken from its order, within so many seconds. Raises
    BenchError."""
    size = Size(agents=SEATS, desks=SEATS)
    calls = made_up(size).calls
    if count > len(calls):
        raise BenchError(f"the day has {len(calls)} calls: ask for fewer")
    faster = size.hours * HOUR / seconds
    chosen = [calls[number * len(calls) // count] for number in range(count)]
    first = chosen[0].from_s
    return [
        Planned(
            round((one.from_s - first) / faster, 2),
            round(min(LONGEST, max(SHORTEST, (one.to_s - one.from_s) / FASTER)), 2),
        )
        for one in chosen
    ]


def again(day: Sequence[Planned], days: int, seconds: float) -> list[Planned]:
    """So many days like this one, each of so many seconds."""
    return [
        Planned(round(number * seconds + one.at_s, 2), one.seconds)
        for number in range(days)
        for one in day
    ]


def measure(settings: Settings, calls: Sequence[Planned], opening: int, days: int = 1) -> Result:
    """Raises BenchError."""
    with served(settings, PROCESSES):
        memory = _Memory(settings)
        with callers(settings, calls) as told:
            ended = {one["number"]: one for one in memory.beside(told) if one.get("bye") == 200}
        hung_up = max((one["ended"] for one in ended.values()), default=time.monotonic())
        rows = _all_in(list(ended))
        late = time.monotonic() - hung_up
        wrong = [
            number
            for number, row in rows.items()
            if abs(row.seconds - calls[number].seconds) > BOOK_NEAR
        ]
        heard = _lengths(settings, rows, opening)
    return Result(
        calls=len(calls),
        minutes=round((calls[-1].at_s + calls[-1].seconds) / 60, 2),
        ended=len(ended),
        in_book=len(rows) if _once(len(rows)) else 0,
        wrong_length=len(wrong),
        opened=len(heard),
        opened_wrong=sum(abs(s - calls[number].seconds) > NEAR for number, s in heard.items()),
        packets=sum(one["packets"] for one in ended.values()),
        worker_late_s=round(late, 1),
        memory_mb=memory.parts(3 * days),
    )


def _all_in(numbers: Sequence[int]) -> dict[int, Row]:
    """The rows of all, or of those that are there in time."""
    until, book = time.monotonic() + LATE, Book()
    rows, wanted = book.look(), set(numbers)
    while not wanted <= rows.keys() and time.monotonic() < until:
        time.sleep(0.5)
        rows |= book.look()
    return {number: row for number, row in rows.items() if number in wanted}


def _once(calls: int) -> bool:
    from vaiti.register.models import Call

    return Call.objects.count() == calls


def _lengths(settings: Settings, rows: Mapping[int, Row], count: int) -> dict[int, float]:
    """Of so many calls, spread over the day: how long the sound is that a click brings."""
    visitors, numbers = signed_in(settings), sorted(rows)
    some = [numbers[place * len(numbers) // count] for place in range(min(count, len(numbers)))]
    found = {}
    for number in some:
        row = rows[number]
        found[number] = opened(visitors[number % len(AGENTS)], row.call, row.leg)
    return found


class _Memory:
    """What each process holds, looked at each second while calls are placed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._looks = list[dict[str, float]]()
        self._over = threading.Event()

    def beside(self, told: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        watching = threading.Thread(target=self._watch, daemon=True)
        watching.start()
        try:
            yield from told
        finally:
            self._over.set()
            watching.join()

    def _watch(self) -> None:
        while not self._over.wait(1.0):
            self._looks.append({name: session_mb(self._settings, name) for name in PROCESSES})

    def parts(self, count: int) -> dict[str, tuple[float, ...]]:
        """What each process held in the middle of each of so many parts of the time."""
        looks = len(self._looks)
        cuts = [looks * number // count for number in range(count + 1)]
        parts = [self._looks[first:end] for first, end in pairwise(cuts)]
        names = PROCESSES if all(parts) else ()
        return {name: tuple(self._middle(name, part) for part in parts) for name in names}

    def _middle(self, name: str, looks: Sequence[Mapping[str, float]]) -> float:
        return round(median(look[name] for look in looks), 1)
