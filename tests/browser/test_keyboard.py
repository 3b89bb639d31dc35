"""Whole tasks without a mouse: by Tab, Enter, Space and arrows alone, from signing in to leaving.

At each step the focus has an outline, is in sight and is not covered; no place holds it fast.
"""

import pytest
from playwright.sync_api import Page

from browser.conftest import Site, wait_until
from browser.looking import FOCUS, TABBED
from browser.site import PASSWORD

pytestmark = pytest.mark.browser

AUDIO = "document.querySelector('audio')"
NOW_S = f"{AUDIO}.currentTime"
MOST_TABS = 60
PLACE = "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
MOVING = """
[...document.querySelectorAll("*")].filter((one) => {
  const { transitionDuration, animationDuration } = getComputedStyle(one);
  return [transitionDuration, animationDuration].some((text) => parseFloat(text) > 0.01);
}).length
"""


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    """Presses Tab until the focus is there; it is seen at each step on the way."""
    way = []
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        focus = page.evaluate(FOCUS, selector)
        assert focus["faults"] == [], focus
        if focus["there"]:
            return
        way.append(focus["where"])
    raise AssertionError(f"{key} never comes to {selector}: {way}")


def enter(page: Page, selector: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Enter")


def sign_in(site: Site, login: str, **options: object) -> Page:
    page = site.page(**options)
    page.goto(f"{site.address}/sign-in")
    assert page.evaluate("document.activeElement.id") == "login"
    page.keyboard.type(login)
    tab_to(page, "#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "/sign-in" not in address)
    return page


def go(page: Page, selector: str) -> None:
    """Enter on what leads to another page, and waits for it."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def read_english(page: Page) -> None:
    go(page, ".tongues button[value=en]")
    assert page.locator("html[lang=en]").count() == 1


def sign_out(page: Page) -> None:
    go(page, ".who button")
    assert page.url.endswith("/sign-in")


@pytest.mark.parametrize("width", [1280, 320])
def test_an_agent_hears_this_mornings_call_and_leaves(site: Site, width: int) -> None:
    page = sign_in(site, "anna.astrom", viewport={"width": width, "height": 720})
    read_english(page)
    if width == 320:
        enter(page, ".menu > summary")
    go(page, ".nav a[href='/calls/']")
    enter(page, ".skip")
    if width == 320:  # the fields are folded together there
        enter(page, "[data-box] > summary")
    tab_to(page, "#f-from")
    page.keyboard.type("23.11.2026")
    tab_to(page, "#f-to")
    page.keyboard.type("23.11.2026")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls/?from=*")
    wait_until(page, "document.querySelectorAll('tr.call').length < 10")
    enter(page, "tr.call .round")
    page.wait_for_selector("#dock .wave")
    wait_until(page, "document.activeElement.closest('[data-player]')")
    wait_until(page, f"{NOW_S} > 0.2")
    tab_to(page, "[data-part=seek]")
    page.keyboard.press("End")
    wait_until(page, f"{NOW_S} > 80")
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    tab_to(page, "[data-part=play]")
    page.keyboard.press("Space")
    wait_until(page, f"{AUDIO}.paused")
    page.keyboard.press("Space")
    wait_until(page, f"!{AUDIO}.paused")
    tab_to(page, "[data-part=close]", "Shift+Tab")
    page.keyboard.press("Enter")
    wait_until(page, f"!{AUDIO}")
    assert page.evaluate("document.activeElement.closest('tr.call') !== null"), "back in the list"
    tab_to(page, ".who button", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in")


def test_the_player_works_by_its_controls_alone_dark_and_without_motion(site: Site) -> None:
    options = {"color_scheme": "dark", "reduced_motion": "reduce"}
    page = sign_in(site, "anna.astrom", **options)
    read_english(page)
    page.goto(f"{site.address}/calls/")
    go(page, "tr.call td.when a")
    enter(page, ".legs button")
    page.wait_for_selector(".wave")
    wait_until(page, f"{NOW_S} > 0.2")
    page.focus("#main")
    enter(page, "[data-part=forth]")
    wait_until(page, f"{NOW_S} >= 10")
    tab_to(page, "[data-part=speed]")
    page.keyboard.press("ArrowDown")
    wait_until(page, f"{AUDIO}.playbackRate === 1.25")
    tab_to(page, "[data-part=channel]")
    page.keyboard.press("ArrowDown")
    wait_until(page, f"{AUDIO}.currentSrc.endsWith('channel=agent')")
    enter(page, "[data-part=loop]")
    wait_until(page, "document.querySelector('[data-part=loop]').innerText === 'Loop to here'")
    tab_to(page, "[data-part=skip]")
    page.keyboard.press("Space")
    assert page.locator("[data-part=skip]").is_checked()
    assert page.evaluate(MOVING) == 0
    enter(page, "[data-part=help]")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog:not([open])", state="attached")
    assert page.evaluate("document.activeElement.dataset.part") == "help"
    goes_round(page)


def goes_round(page: Page) -> None:
    """Tab visits each control once from top to bottom and leaves the page; no place is a trap."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    enter(page, ".skip")
    tab_to(page, ".skip", "Shift+Tab")
    wanted = page.evaluate(TABBED)
    met = [page.evaluate(PLACE)]
    for _ in wanted[1:]:
        page.keyboard.press("Tab")
        met.append(page.evaluate(PLACE))
    assert met == wanted
    page.keyboard.press("Tab")
    assert page.evaluate(PLACE) != wanted[-1]


def test_a_manager_gives_a_purpose_and_hears(site: Site) -> None:
    page = sign_in(site, "mikko.makinen")
    read_english(page)
    go(page, ".nav a[href='/calls/']")
    enter(page, ".skip")
    go(page, "tr.call .round.ask")
    tab_to(page, ".ask-form [name=purpose]")
    page.keyboard.press("ArrowDown")
    enter(page, ".ask-form button")
    wait_until(page, "document.activeElement.matches('[name=reference]')")
    page.keyboard.type("2026-118")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-player]")
    wait_until(page, f"{AUDIO} && {NOW_S} > 0.2")
    tab_to(page, "[data-part=play]")
    page.keyboard.press("Space")
    wait_until(page, f"{AUDIO}.paused")
    sign_out(page)


def test_an_officer_works_their_queue(site: Site) -> None:
    page = sign_in(site, "daniel.ek")
    read_english(page)
    go(page, ".nav a[href='/queue/']")
    before = page.locator("form[action='/queue/seen']").count()
    go(page, ".items a[href^='/samples/']")
    go(page, ".nav a[href='/queue/']")
    go(page, "button[aria-label*='An auditor drew a sample']")
    assert page.locator("form[action='/queue/seen']").count() == before - 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.items') !== null"), "at the next item"
    sign_out(page)


def test_an_agent_pauses_and_goes_on_without_looking_for_the_button(site: Site) -> None:
    page = sign_in(site, "leila.virtanen")
    go(page, ".nav a[href='/live/']")
    enter(page, ".live-pause button")
    for wanted in ("/resume", "/pause"):
        wait_until(page, f"document.activeElement.form?.action.endsWith('{wanted}')")
        if wanted == "/resume":
            page.keyboard.press("Enter")
