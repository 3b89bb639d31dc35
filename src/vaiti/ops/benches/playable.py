"""`vaiti bench playable`: how long after the hang-up a call can be heard.

Real calls with speech are placed at the recorder of a demo's folder, while others are in progress;
worker, key process and web process are the real ones, too. Told is the time from the answer to BYE
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
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from vaiti.ops.benches import generators
from vaiti.ops.benches.callers import (
    AGENTS,
    MOST,
    PROCESSES,
    Planned,
    callers,
    opened,
    rows_of,
    signed_in,
)
from vaiti.ops.benches.measured import MOST_CALLS, BenchError
from vaiti.ops.benches.site import (
    Visitor,
    folder_for,
    machine,
    percentile,
    served,
)
from vaiti.ops.phone.dial import Call
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.settings import Settings, WeakSettings

LOOK: Final = 0.02  # seconds between two looks into the book
PATIENCE: Final = 60.0  # seconds after the last hang-up
CLICKS: Final = 4.0  # a second, which leaves the processor to what is measured
BESIDE_S: Final = 30.0  # seconds of speech more than the calls take


@dataclass(frozen=True, slots=True)
class Result:
    """Seconds from the answer to BYE: `book` until the call stands in it, the others until sound
    of it has come, of those that were `clicked`."""

    calls: int
    a_second: float
    in_progress: int
    in_book: int
    clicked: int
    playable: int
    book_p95_s: float
    median_s: float
    p95_s: float
    p99_s: float
    longest_s: float


@dataclass(slots=True)
class _Waiting:
    """Calls that have ended and cannot be heard yet; `ended` by number."""

    guard: threading.Lock = field(default_factory=threading.Lock)
    ended: dict[int, float] = field(default_factory=dict)
    failed: int = 0


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
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    if not (1 <= given.calls <= MOST and given.rate > 0 and 1 <= given.seconds <= 600):
        parser.error(f"--calls is 1 to {MOST}, --rate more than 0, --seconds 1 to 600")
    if not 0 <= given.beside <= MOST_CALLS:
        parser.error(f"--beside is 0 to {MOST_CALLS}")
    if given.clicks <= 0:
        parser.error("--clicks is more than 0")
    planned = [Planned(number / given.rate, given.seconds) for number in range(given.calls)]
    try:
        with folder_for(None, "", 0) as settings:
            every = math.ceil(given.rate / given.clicks)
            result = measure(settings, planned, given.rate, given.beside, every)
    except (BenchError, PhoneError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "machine": machine()}
    lines = "\n".join(f"{name:12} {value}" for name, value in found.items())
    print(json.dumps(found) if given.json else lines)
    whole = result.in_book == result.calls and result.playable == result.clicked
    return 0 if whole else 1


def measure(
    settings: Settings, calls: Sequence[Planned], rate: float, beside: int, every: int = 1
) -> Result:
    """Listens to each that has a number divisible by `every`. Raises BenchError."""
    with served(settings, PROCESSES), in_progress(settings, beside, calls[-1].at_s + BESIDE_S):
        book, heard = _followed(settings, calls, every)
    if not heard:
        raise BenchError("no call could be heard")
    p95, p99, median, longest = (percentile(heard, share) for share in (0.95, 0.99, 0.5, 1.0))
    return Result(
        calls=len(calls),
        a_second=rate,
        in_progress=beside,
        in_book=len(book),
        clicked=len(range(0, len(calls), every)),
        playable=len(heard),
        book_p95_s=round(percentile(book, 0.95), 2),
        median_s=round(median, 2),
        p95_s=round(p95, 2),
        p99_s=round(p99, 2),
        longest_s=round(longest, 2),
    )


@contextmanager
def in_progress(settings: Settings, count: int, seconds: float) -> Iterator[None]:
    """So many calls with speech at the recorder, for so long."""
    if not count:
        yield
        return
    ready, over = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        kept = pool.submit(asyncio.run, _kept(settings, count, seconds, (ready, over)))
        while not ready.wait(LOOK):
            if kept.done():
                kept.result()
        try:
            yield
        finally:
            over.set()
            kept.result()


async def _kept(
    settings: Settings, count: int, seconds: float, told: tuple[threading.Event, threading.Event]
) -> None:
    ready, over = told
    readers: list[asyncio.Task[None]] = []
    placed: list[Call] = await generators.place(count, settings.recorder.port, readers)
    targets = [stream.remote for call in placed for stream in call.streams]
    try:
        with generators.beside("load", {"destinations": targets, "seconds": seconds}):
            ready.set()
            await asyncio.to_thread(over.wait)
    finally:
        generators.let_go(placed)


def _followed(
    settings: Settings, calls: Sequence[Planned], every: int
) -> tuple[list[float], list[float]]:
    """Seconds of each until it was in the book, and until it was heard."""
    waiting, book, heard = _Waiting(), list[float](), list[float]()
    visitors = signed_in(settings)
    hands = [ThreadPoolExecutor(1) for _ in visitors]  # a visitor has one connection
    with callers(settings, calls) as told:
        listening = threading.Thread(target=_listen, args=(told, waiting), daemon=True)
        listening.start()
        clicks = list[Future[float]]()
        until = calls[-1].at_s + calls[-1].seconds + PATIENCE + time.monotonic()
        while time.monotonic() < until and len(book) + waiting.failed < len(calls):
            with waiting.guard:
                open_ones = dict(waiting.ended)
            for number, (call, leg, _) in rows_of(list(open_ones)).items():
                now = time.monotonic()
                book.append(now - open_ones[number])
                with waiting.guard:
                    del waiting.ended[number]
                if number % every == 0:
                    mine, told_at = number % len(AGENTS), open_ones[number]
                    clicks.append(hands[mine].submit(_click, visitors[mine], call, leg, told_at))
            time.sleep(LOOK)
        heard += [click.result() for click in clicks]
    return book, heard


def _listen(told: Iterator[Mapping[str, Any]], waiting: _Waiting) -> None:
    for one in told:
        with waiting.guard:
            if one["status"] == 200 and one["bye"] == 200:
                waiting.ended[one["number"]] = one["ended"]
            else:
                waiting.failed += 1


def _click(visitor: Visitor, call: str, leg: int, ended: float) -> float:
    opened(visitor, call, leg)
    return time.monotonic() - ended
