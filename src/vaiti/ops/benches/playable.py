"""`vaiti bench playable`: how long after the hang-up a call can be heard.

Real calls with speech are placed at the recorder of a demo's folder, while others are in progress;
worker, key process and web process are the real ones, too. Told is the time from the first BYE
until a click of the call's agent on Listen has brought sound over HTTP. Of more than a few calls a
second only some are listened to, as few as people would; of each is told when it was in the book.

A centre of 500 seats ends some 6,000 calls an hour at its peak, 1.7 a second, with some 400 in
progress. More than that can be asked for; what follows is where the worker's pace ends.
"""

import argparse
import asyncio
import json
import math
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.ops.benches import generators
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
from vaiti.ops.benches.measured import MOST_CALLS, BenchError
from vaiti.ops.benches.memory import session_cpu_s
from vaiti.ops.benches.site import (
    Visitor,
    folder_for,
    machine,
    percentile,
    served,
)
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.processes import children
from vaiti.ops.recorders import FRONT, FRONT_KEEPER, number_of
from vaiti.ops.settings import FILE, Settings, WeakSettings, load_settings
from vaiti.ops.settings_file import write

LOOK: Final = 0.04  # seconds between two looks into the book
PATIENCE: Final = 60.0  # seconds after the last hang-up
CLICKS: Final = 4.0  # a second, which leaves the processor to what is measured
BESIDE_S: Final = 30.0  # seconds of speech more than the calls take
SILENCE_S: Final = 3600.0  # for which calls beside may say nothing


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds from when BYE was first sent: `book` until the call stands in it, the others until
    sound of it has come, of those that were `clicked`. `failed`: answered otherwise than by 200, 0
    for not at all. `cpu_ms` of each process for each call,
    with what it had to do beside."""

    calls: int
    a_second: float
    in_progress: int
    speaking: int
    in_book: int
    failed: dict[str, int]
    clicked: int
    playable: int
    book_p95_s: float
    median_s: float
    p95_s: float
    p99_s: float
    longest_s: float
    cpu_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Beside:
    """So many calls in progress beside those that end, and of them so many with speech."""

    calls: int
    speaking: int


@dataclass(slots=True)
class _Waiting:
    """Calls that have ended and are not in the book yet, as far as it was looked; `ended` and
    `found` by number."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    ended: dict[int, float] = field(default_factory=dict)
    found: dict[int, tuple[Row, float]] = field(default_factory=dict)
    failed: Counter[str] = field(default_factory=Counter)

    def look(self, book: Book) -> list[tuple[int, Row, float, float]]:
        """Which of them are in the book now, when each was found there, and when it ended."""
        self.found |= {number: (row, time.monotonic()) for number, row in book.look().items()}
        with self.guard:
            both = [number for number in self.found if number in self.ended]
            ended = {number: self.ended.pop(number) for number in both}
        return [(number, *self.found.pop(number), ended[number]) for number in both]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti bench playable",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--calls", type=int, default=200, metavar="N", help="that end")
    parser.add_argument("--rate", type=float, default=2.0, metavar="N", help="of them a second")
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="of each of them")
    parser.add_argument(
        "--clicks", type=float, default=CLICKS, metavar="N", help="to listen, a second, at most"
    )
    parser.add_argument("--beside", type=int, default=400, metavar="N", help="more in progress")
    parser.add_argument("--speaking", type=int, metavar="N", help="of them with speech; all")
    parser.add_argument("--alone", action="store_true", help="the recorder without a keeper")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="of the recorder")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    if not (1 <= given.calls <= MOST and given.rate > 0 and 1 <= given.seconds <= 600):
        parser.error(f"--calls is 1 to {MOST}, --rate more than 0, --seconds 1 to 600")
    beside = Beside(given.beside, given.beside if given.speaking is None else given.speaking)
    if not 0 <= beside.speaking <= beside.calls <= MOST_CALLS:
        parser.error(f"--beside is 0 to {MOST_CALLS}, --speaking 0 to as many")
    if given.clicks <= 0:
        parser.error("--clicks is more than 0")
    planned = [Planned(number / given.rate, given.seconds) for number in range(given.calls)]
    try:
        with folder_for(None, "", 0) as settings:
            every = math.ceil(given.rate / given.clicks)
            most = given.calls + given.beside
            roomy = with_room(settings, most, keeper=not given.alone, processes=given.processes)
            result = measure(roomy, planned, given.rate, beside, every)
    except (BenchError, PhoneError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "machine": machine()}
    lines = "\n".join(f"{name:12} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    whole = result.in_book == result.calls and result.playable == result.clicked
    return 0 if whole else 1


def with_room(settings: Settings, calls: int, *, keeper: bool, processes: int) -> Settings:
    """A demo takes fewer calls, and ends those that say nothing. Raises WeakSettings."""
    text = (settings.folder / FILE).read_text(encoding="utf-8")
    for was, now in (
        ("[recorder]\n", f"[recorder]\nmost_calls = {calls + 1}\nprocesses = {processes}\n"),
        ("silence_s = 10.0\n", f"silence_s = {SILENCE_S}\n"),
        ("keeper = true", f"keeper = {str(keeper).lower()}"),
    ):
        text = text.replace(was, now, 1)
    write(settings.folder, text)
    return load_settings(settings.folder)


def measure(
    settings: Settings, calls: Sequence[Planned], rate: float, beside: Beside, every: int = 1
) -> Result:
    """Listens to each that has a number divisible by `every`. Raises BenchError."""
    raise_descriptor_limit()
    kinds = {*PROCESSES, FRONT, FRONT_KEEPER}
    names = [one.name for one in children(settings) if number_of(one.name)[0] in kinds]
    with (
        served(settings, names),
        in_progress(settings, beside, calls[-1].at_s + BESIDE_S),
        spent(settings, names) as cpu_s,
    ):
        book, heard, failed = _followed(settings, calls, every)
    if not heard:
        raise BenchError("no call could be heard")
    p95, p99, median, longest = (percentile(heard, share) for share in (0.95, 0.99, 0.5, 1.0))
    return Result(
        calls=len(calls),
        a_second=rate,
        in_progress=beside.calls,
        speaking=beside.speaking,
        in_book=len(book),
        failed=dict(failed),
        clicked=len(range(0, len(calls), every)),
        playable=len(heard),
        book_p95_s=round(percentile(book, 0.95), 2),
        median_s=round(median, 2),
        p95_s=round(p95, 2),
        p99_s=round(p99, 2),
        longest_s=round(longest, 2),
        cpu_ms={name: round(one / len(calls) * 1000, 2) for name, one in cpu_s.items()},
    )


@contextmanager
def spent(settings: Settings, names: Sequence[str]) -> Iterator[dict[str, float]]:
    """CPU seconds of each of the processes, with all that it started, once this is over."""
    found = dict[str, float]()
    before = {name: session_cpu_s(settings, name) for name in names}
    yield found
    found.update({name: session_cpu_s(settings, name) - before[name] for name in names})


@contextmanager
def in_progress(settings: Settings, beside: Beside, seconds: float) -> Iterator[None]:
    """These calls at the recorder, for so long."""
    if not beside.calls:
        yield
        return
    ready, over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(asyncio.run, _kept(settings, beside, seconds, (ready, over)))
        while not ready.wait(LOOK):
            if kept.done():
                kept.result()
        try:
            yield
        finally:
            over.set()
            kept.result()


async def _kept(
    settings: Settings,
    beside: Beside,
    seconds: float,
    told: tuple[threading.Event, threading.Event],
) -> None:
    ready, over = told
    readers: list[asyncio.Task[None]] = []
    placed: list[Call] = await generators.place(beside.calls, settings.recorder.port, readers)
    targets = [stream.remote for call in placed[: beside.speaking] for stream in call.streams]
    try:
        with generators.beside("load", {"destinations": targets, "seconds": seconds}):
            ready.set()
            await asyncio.to_thread(over.wait)
    finally:
        generators.let_go(placed)


def _followed(
    settings: Settings, calls: Sequence[Planned], every: int
) -> tuple[list[float], list[float], Counter[str]]:
    """Seconds of each until it was in the book, and until it was heard; and how many were not
    answered by 200, or not their BYE."""
    waiting, took, heard = _Waiting(), list[float](), list[float]()
    visitors, book = signed_in(settings), Book()
    hands = [ThreadPoolExecutor(1) for _ in visitors]  # a visitor has one connection
    with callers(settings, calls) as told:
        listening = threading.Thread(target=_listen, args=(told, waiting), daemon=True)
        listening.start()
        clicks = list[Future[float]]()
        until = calls[-1].at_s + calls[-1].seconds + PATIENCE + time.monotonic()
        while time.monotonic() < until and len(took) + waiting.failed.total() < len(calls):
            for number, row, found, ended in waiting.look(book):
                took.append(found - ended)
                if number % every == 0:
                    mine = number % len(AGENTS)
                    clicks.append(hands[mine].submit(_click, visitors[mine], row, ended))
            time.sleep(LOOK)
        heard += [click.result() for click in clicks]
    return took, heard, waiting.failed


def _listen(told: Iterator[Mapping[str, Any]], waiting: _Waiting) -> None:
    for one in told:
        with waiting.guard:
            if one["status"] == 200 and one["bye"] == 200:
                waiting.ended[one["number"]] = one["ended"]
            else:
                waiting.failed[f"INVITE {one['status']}, BYE {one.get('bye', 0)}"] += 1


def _click(visitor: Visitor, row: Row, ended: float) -> float:
    opened(visitor, row.call, row.leg)
    return time.monotonic() - ended
