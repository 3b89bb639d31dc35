"""Listening as a browser has it: from the click to the sound, from a seek to the sound, and a walk.

Needs the Debian package chromium, and the driver that the tests' environment brings.
"""

import random
import shutil
import statistics
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from vaiti.ops.benches.calls import Wanted, make_calls
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.site import percentile
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.people import PASSWORD
from vaiti.ops.settings import Settings
from vaiti.values.ids import CallId

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HEARER: Final = "anna.astrom"
WALKER: Final = "leila.virtanen"
TODAY: Final = 40  # calls that the walker has had, one every ten minutes
SOUGHT: Final = 31  # of them, counted from the newest: some five hours old, and outgoing
EVERY_OUT: Final = 5  # each fifth of them is outgoing
SETTLED: Final = 400  # milliseconds for what a page still does after its sound has begun
THINK, POINT, PRESS = 1.35, 1.1, 0.2
"""Seconds a person takes to make up their mind, to point, and to press a button.

The keystroke-level model: Card, Moran, Newell, Communications of the ACM 23 (1980), 396-410.
"""
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--mute-audio"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

MARKS: Final = """
window.bench = {};
const note = (event) => { bench[event.type] = performance.now(); };
for (const name of ["playing", "seeked"]) addEventListener(name, note, true);
addEventListener("pointerdown", (event) => { bench.down = event.timeStamp; }, true);
"""
"""Runs before the page's own scripts: notes when a button of the mouse went down, and what the
sound said when."""

SOUND: Final = """(said) => new Promise((tell) => {
  let from = null;
  const watch = setInterval(() => {
    const audio = document.querySelector("audio");
    if (!audio || audio.paused || audio.seeking || !(bench[said] > bench.down)) return;
    from ??= audio.currentTime;
    if (audio.currentTime === from && !(said === "playing" && from > 0)) return;
    clearInterval(watch);
    tell(performance.now() - bench.down);
  }, 2);
  setTimeout(() => { clearInterval(watch); tell(-1); }, 20000);
})"""
"""Milliseconds from the press until the sound's own clock runs, after the element said so."""


@dataclass(frozen=True, slots=True)
class Browsed:
    """Milliseconds from a press until the sound runs, in a long call, and the walk.

    The clicks are the first look at a call, whose lanes have still to be drawn. The walk: an agent
    signs in and hears an outgoing call of this morning, one of forty of the day, at the pace of the
    keystroke-level model; `walk_machine_s` is what of it the person waited for.
    """

    click_50_ms: float
    click_95_ms: float
    seek_50_ms: float
    seek_95_ms: float
    walk_s: float
    walk_machine_s: float
    walk_clicks: int


def browse(settings: Settings, long: CallId, tries: int) -> Browsed:
    """`long` is a call of HEARER's. The keys and the web must be running. Raises BenchError."""
    make_calls(settings, list(_day()), machine_clock())
    address = f"http://{settings.web.host}:{settings.web.port}"
    with _browser() as browser:
        page = _page(browser, address)
        _sign_in(page, HEARER)
        page.wait_for_url(_inside)
        clicks = [_click(page, f"{address}/calls/{long}/") for _ in range(tries)]
        seeks = [_seek(page, random.Random(number).uniform(0.02, 0.97)) for number in range(tries)]
        walked = _walk(_page(browser, address))
    return Browsed(
        click_50_ms=round(statistics.median(clicks), 1),
        click_95_ms=round(percentile(clicks, 0.95), 1),
        seek_50_ms=round(statistics.median(seeks), 1),
        seek_95_ms=round(percentile(seeks, 0.95), 1),
        walk_s=round(walked.whole, 2),
        walk_machine_s=round(walked.whole - walked.took, 2),
        walk_clicks=walked.clicks,
    )


def _day() -> Iterator[Wanted]:
    """The walker's calls, the newest first."""
    for number in range(1, TODAY + 1):
        direction = "out" if number % EVERY_OUT == SOUGHT % EVERY_OUT else "in"
        yield Wanted(WALKER, 60, ago=600 * number, direction=direction)


@contextmanager
def _browser() -> Iterator["Browser"]:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BenchError("this environment has no driver; start with ./vaiti bench") from error
    chromium = shutil.which("chromium")
    if chromium is None:
        raise BenchError("install the Debian package chromium, or measure without --browser")
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
            yield browser
            browser.close()
    except Error as error:
        raise BenchError(f"the browser did not find its way: {error.message}") from error


def _page(browser: "Browser", address: str) -> "Page":
    context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(MARKS)
    page.goto(f"{address}/sign-in")
    return page


def _inside(address: str) -> bool:
    return "/sign-in" not in address


def _sign_in(page: "Page", login: str) -> None:
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button", no_wait_after=True)


def _click(page: "Page", address: str) -> float:
    _forget_pictures()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.click(".legs button", no_wait_after=True)
    took = _sound(page, "playing")
    page.wait_for_selector(".wave")
    page.wait_for_timeout(SETTLED)
    return took


def _seek(page: "Page", share: float) -> float:
    box = page.locator(".wave").bounding_box()
    if box is None:
        raise BenchError("the player shows no lanes")
    page.mouse.click(box["x"] + box["width"] * share, box["y"] + 20)
    took = _sound(page, "seeked")
    page.wait_for_timeout(SETTLED)
    return took


def _sound(page: "Page", said: str) -> float:
    took = float(page.evaluate(SOUND, said))
    if took < 0:
        raise BenchError("no sound came within 20 seconds")
    return took


def _forget_pictures() -> None:
    """In a thread of its own: this one runs the driver's event loop, which Django refuses."""
    from django.db import connection

    from vaiti.register.models import Picture

    def forget() -> None:
        Picture.objects.all().delete()
        connection.close()

    with ThreadPoolExecutor(1) as beside:
        beside.submit(forget).result()


def _walk(page: "Page") -> "_Person":
    """From signing in to the sound."""
    before = _at(page)
    _sign_in(page, WALKER)
    page.wait_for_url(_inside)
    person = _Person(page)
    person.click("#f-direction")
    person.choose("#f-direction", "out")
    person.click("#f-search")
    page.wait_for_url("**/calls/?*direction=out*")
    person.click(f"tr.call >> nth={SOUGHT // EVERY_OUT} >> td.play button")
    _sound(page, "playing")
    person.whole = (_at(page) - before) / 1000
    return person


def _at(page: "Page") -> float:
    """The browser's own clock, the same for every page: milliseconds."""
    return float(page.evaluate("performance.timeOrigin + performance.now()"))


class _Person:
    """Someone at the mouse, as slow as people are. `took` are the seconds that they needed of the
    `whole`."""

    def __init__(self, page: "Page") -> None:
        self._page = page
        self.took = self.whole = 0.0
        self.clicks = 0

    def click(self, what: str) -> None:
        self._take(THINK + POINT + PRESS)
        self._page.click(what, no_wait_after=True)

    def choose(self, what: str, value: str) -> None:
        """One of a list that lies open."""
        self._take(POINT + PRESS)
        self._page.select_option(what, value)

    def _take(self, seconds: float) -> None:
        self._page.wait_for_timeout(seconds * 1000)
        self.took += seconds
        self.clicks += 1
