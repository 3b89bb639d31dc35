"""`vaiti bench listen`: how long a click waits for its sound, and how many may listen at once.

An hour-long call is sealed, journalled and taken in as any call is, then opened and sought in over
HTTP. Then many listeners play shorter calls at the speed of speech, each asking for more sound
when ten seconds are left, and every ten seconds whether it may go on. Their requests come from
this process, so server and listeners share the machine's cores.

With --browser, Chromium opens and seeks in an hour-long call too, and an agent finds a call of this
morning in it.
"""

import argparse
import json
import random
import re
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from queue import PriorityQueue
from typing import Final

from vaiti.ops.benches.browser import Browsed, browse
from vaiti.ops.benches.calls import Wanted, make_calls
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.memory import peaks_mb
from vaiti.ops.benches.site import Visitor, folder_for, machine, percentile, served
from vaiti.ops.clocks import machine_clock
from vaiti.ops.settings import Settings, WeakSettings

AGENTS: Final = ("anna.astrom", "leila.virtanen", "sofia.holm")
CALLS_EACH: Final = 5
SECONDS_EACH: Final = 600
SESSIONS: Final = 30
ASK_AT_ONCE: Final = 16  # requests on their way at the same time
MIB: Final = 1 << 20
BYTES_A_SECOND: Final = 8000 * 2 * 2  # of PCM16 in two channels
LOW: Final = 10.0  # seconds in the buffer, below which a player asks for more
WATCH: Final = 10.0  # seconds between questions whether it may go on
TRIES: Final = 20
_LISTENING: Final = re.compile(r'data-audio="([^"]+)"')
_LEG: Final = re.compile(r'name="leg" value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Result:
    """Milliseconds at the 95th percentile, in an hour-long call; then what the crowd met.

    A listener stalled when its buffer ran empty before more was there. `least_left_s` is
    the least that any buffer still held when it came.
    """

    click_ms: float
    seek_ms: float
    listeners: int
    seconds: float
    fetches: int
    longest_wait_s: float
    least_left_s: float | None
    stalls: int
    web_mb: list[float]
    browser: Browsed | None


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench listen", description=__doc__)
    parser.add_argument("--listeners", type=int, default=300, help="at once")
    parser.add_argument("--seconds", type=float, default=60.0, help="of playing")
    parser.add_argument("--browser", action="store_true", help="measure in Chromium too")
    parser.add_argument("--tries", type=int, default=TRIES, help="clicks, and as many seeks")
    parser.add_argument("--minutes", type=int, default=60, help="that the long call lasts")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a demo's folder to keep")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        with folder_for(given.data, "", 0) as settings:
            result = measure(settings, given)
    except (BenchError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "machine": machine()}
    print(json.dumps(found) if given.json else told(found))
    return 0


def told(found: dict[str, object]) -> str:
    flat = dict(found)
    browsed = flat.pop("browser")
    if isinstance(browsed, dict):
        flat |= {f"browser {name}": value for name, value in browsed.items()}
    return "\n".join(f"{name:22} {value}" for name, value in flat.items())


def measure(settings: Settings, given: argparse.Namespace) -> Result:
    length = given.minutes * 60
    with served(settings):
        long = make_calls(settings, [Wanted(AGENTS[0], length)], machine_clock())[0]
        browsed = browse(settings, long, given.tries) if given.browser else None
        many = [Wanted(agent, SECONDS_EACH) for agent in AGENTS for _ in range(CALLS_EACH)]
        make_calls(settings, many, machine_clock())
        first = Visitor(settings)
        first.sign_in(AGENTS[0])
        clicks = [_click(first, long) for _ in range(given.tries)]
        seeks = [
            _seek(first, clicks[-1][1], _place(number, length)) for number in range(given.tries)
        ]
        crowd = _Crowd(settings, given.listeners)
        crowd.play(given.seconds)
        web_mb = peaks_mb(settings, "web")
    return Result(
        click_ms=round(percentile([took for took, _ in clicks], 0.95) * 1000, 1),
        seek_ms=round(percentile(seeks, 0.95) * 1000, 1),
        listeners=given.listeners,
        seconds=given.seconds,
        fetches=crowd.fetches,
        longest_wait_s=round(crowd.longest, 3),
        least_left_s=None if crowd.least_left == inf else round(crowd.least_left, 3),
        stalls=crowd.stalls,
        web_mb=web_mb,
        browser=browsed,
    )


def _click(visitor: Visitor, call: str) -> tuple[float, str]:
    """Seconds from the click to the first sound, and the sound's address."""
    page = visitor.get(f"/calls/{call}/").text
    leg = _LEG.search(page)
    if leg is None:
        raise BenchError("the call's page offers nothing to listen to")
    began = time.perf_counter()
    address = opened_address(visitor, call, leg[1])
    _fetch(visitor, address, 0)
    return time.perf_counter() - began, address


def opened_address(visitor: Visitor, call: str, leg: str) -> str:
    answer = visitor.post(f"/calls/{call}/listen", {"leg": leg, "docked": "1"}, HX_Request="true")
    found = _LISTENING.search(answer.text)
    if found is None:
        raise BenchError(f"a recording was not opened: status {answer.status}")
    return found[1]


def _fetch(visitor: Visitor, address: str, start: int) -> int:
    """Asks as a player does, to the end; answers how many bytes came."""
    answer = visitor.get(f"{address}?channel=both", Range=f"bytes={start}-")
    if answer.status != 206:
        raise BenchError(f"sound was answered with {answer.status}")
    return len(answer.body)


def _place(number: int, length: int) -> int:
    """Some second of a call of this length, the same for the same number."""
    return random.Random(number).randrange(length // 60, length - length // 60)


def _seek(visitor: Visitor, address: str, second: int) -> float:
    began = time.perf_counter()
    _fetch(visitor, address, second * BYTES_A_SECOND)
    return time.perf_counter() - began


@dataclass(slots=True)
class _Player:
    """One listener: where its sound comes from, how much came, and when it began to play."""

    visitor: Visitor
    address: str
    end: int
    at: int = 0
    began: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def left(self, now: float) -> float:
        """Seconds of sound in the buffer."""
        return self.at / BYTES_A_SECOND - (now - self.began)


class _Crowd:
    """Listeners that begin spread over the time that a MiB lasts."""

    def __init__(self, settings: Settings, listeners: int) -> None:
        self._guard = threading.Lock()
        self._due: PriorityQueue[tuple[float, int, str]] = PriorityQueue()
        self.fetches = self.stalls = 0
        self.longest, self.least_left = 0.0, inf
        visitors = [_signed_in(settings, number) for number in range(min(SESSIONS, listeners))]
        opened = [self._offered(visitor) for visitor in visitors]
        self._players = []
        for number in range(listeners):
            session = number % SESSIONS
            call, leg = opened[session][number // SESSIONS % len(opened[session])]
            address = opened_address(visitors[session], call, leg)
            end = SECONDS_EACH * BYTES_A_SECOND
            self._players.append(_Player(visitors[session].twin(), address, end))

    def _offered(self, visitor: Visitor) -> list[tuple[str, str]]:
        page = visitor.get("/calls/").text
        calls = re.findall(r'action="/calls/([0-9a-f]{32})/listen"', page)
        legs = _LEG.findall(page)
        found = list(dict.fromkeys(zip(calls, legs, strict=False)))
        if not found:
            raise BenchError("a list offers nothing to listen to")
        return found[:CALLS_EACH]

    def play(self, seconds: float) -> None:
        """Each worker takes what is due next, and enters what the listener will do after it."""
        now = time.perf_counter()
        spread = MIB / BYTES_A_SECOND
        for number, _ in enumerate(self._players):
            start = now + spread * number / len(self._players)
            self._due.put((start, number, "sound"))
            self._due.put((start + WATCH / 2, number, "status"))
        if not self._players:
            return
        with ThreadPoolExecutor(ASK_AT_ONCE) as pool:
            for worker in [pool.submit(self._work, now + seconds) for _ in range(ASK_AT_ONCE)]:
                worker.result()

    def _work(self, end: float) -> None:
        try:
            while (due := self._due.get())[0] < end:
                self._due.put(self._act(*due))
        finally:
            self._due.put((inf, 0, ""))  # wakes the next worker, who ends as well

    def _act(self, at: float, number: int, what: str) -> tuple[float, int, str]:
        """Does what is due; answers what that listener does next."""
        time.sleep(max(0.0, at - time.perf_counter()))
        player = self._players[number]
        if what == "sound":
            return self._sound(player, at), number, what
        self._status(player)
        return at + WATCH, number, what

    def _sound(self, player: _Player, at: float) -> float:
        """`at` is when the buffer has fallen to LOW, or when the listener clicked; answers when
        the next is due."""
        with player.lock:
            came = _fetch(player.visitor, player.address, player.at)
        now = time.perf_counter()
        with self._guard:
            self.fetches += 1
            self.longest = max(self.longest, now - at)
            if player.began:
                left = player.left(now)
                self.least_left = min(self.least_left, left)
                self.stalls += left < 0
            player.began = player.began or now
            player.at += came
        return max(now, now + player.left(now) - LOW)

    def _status(self, player: _Player) -> None:
        with player.lock:
            player.visitor.get(player.address.replace("/audio/", "/status/"))


def _signed_in(settings: Settings, number: int) -> Visitor:
    visitor = Visitor(settings)
    visitor.sign_in(AGENTS[number % len(AGENTS)])
    return visitor
