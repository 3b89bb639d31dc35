"""Every page by role and language: narrow screens, target sizes, focus, search in place."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, Response

from browser.conftest import Site, wait_until
from browser.looking import NAMELESS, SMALL, fits
from browser.walk import LANGUAGES, PLACES, choose, open_player, walk

pytestmark = pytest.mark.browser


def keep(page: Page, name: str) -> None:
    """A picture of the page, where VAITI_PICTURES names a folder for them."""
    if folder := os.environ.get("VAITI_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("login", sorted(PLACES))
def test_every_page_fits_320_pixels_with_targets_that_can_be_hit(
    site: Site, login: str, whole: bool
) -> None:
    asked: set[str] = set()
    heard: Page | None = None
    for page, place, language in walk(site, login, whole, viewport={"width": 320, "height": 640}):
        if page is not heard:
            page.on("request", lambda one: asked.add(one.url))
            heard = page
        assert fits(page), place
        assert page.evaluate(SMALL) == [], place
        assert page.evaluate(NAMELESS) == [], place
        assert page.locator("h1").count() == 1
        keep(page, f"narrow-{login}-{PLACES[login].index(place)}-{language}")
    assert all(one.startswith((f"{site.address}/", "data:")) for one in asked), asked


def test_the_player_fits_320_pixels(site: Site) -> None:
    page = site.sign_in("anna.astrom", viewport={"width": 320, "height": 640})
    for language in LANGUAGES:
        choose(page, language)
        open_player(site, page)
        assert fits(page)
        assert page.evaluate(SMALL) == []
        assert page.evaluate(NAMELESS) == []
        keep(page, f"narrow-player-{language}")


def test_alarms_stand_side_by_side_at_1100_pixels(site: Site) -> None:
    """With the longest words and keys, and a button."""
    page = site.sign_in("aino.laine", viewport={"width": 1100, "height": 800})
    for language in LANGUAGES:
        choose(page, language)
        page.goto(f"{site.address}/state/")
        assert fits(page)
        sheet = page.locator(".wide").first
        keep(page, f"state-1100-{language}")
        assert sheet.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_switched_where_one_is(site: Site, language: str) -> None:
    page = site.sign_in("anna.astrom", language)
    page.goto(f"{site.address}/calls/?from=20.11.2026")
    page.click(f".tongues button[value={'fi' if language == 'sv' else 'sv'}]")
    page.wait_for_selector(f"html[lang={'fi' if language == 'sv' else 'sv'}]")
    assert page.url.endswith("/calls/?from=20.11.2026")
    assert page.input_value("#f-from") == "20.11.2026"


def test_n15_the_last_digits_leave_the_field_before_it_is_sent(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.fill("#f-number", "040 771 2345")
    page.click(".filters .button")
    page.wait_for_url("**/calls/?number=*")
    assert page.input_value("#f-number") == "+358 40 7712 ···"
    said = [one.removeprefix(site.address) for one in sent]  # whose port is drawn
    assert any("7712" in one for one in said) and not any("345" in one for one in said)
    numbers = page.locator("td.number").all_inner_texts()
    assert numbers
    assert all("+358 40 7712" in one for one in numbers)


def test_search_and_pages_change_the_list_in_place_and_the_address(site: Site) -> None:
    page = site.sign_in("mikko.makinen")
    page.evaluate("window.same = true")
    page.select_option("#f-direction", "out")
    page.click(".filters .button")
    page.wait_for_url("**/calls/?direction=out")
    wait_until(page, "!document.querySelector('.way.in')")
    assert page.evaluate("window.same")
    page.go_back()
    page.wait_for_selector(".way.in")


def test_everything_can_be_reached_and_opened_by_keyboard_alone(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    page.goto(f"{site.address}/calls/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('round')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("#dock .player")
    wait_until(page, "document.activeElement.closest('.player')")


def test_the_list_is_walked_by_keys(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    page.goto(f"{site.address}/calls/")
    here = "document.activeElement.closest('tr.call')?.dataset.call"
    calls = [row.get_attribute("data-call") for row in page.locator("tr.call").all()[:3]]
    for key, expected in (("j", 0), ("j", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("k", 0)):
        page.keyboard.press(key)
        assert page.evaluate(here) == calls[expected]
    page.keyboard.press(" ")
    page.wait_for_selector(f"#dock [data-player][data-call='{calls[0]}']")
    wait_until(page, "document.activeElement.closest('[data-player]')")
    page.keyboard.press("Escape")
    assert page.evaluate(here) == calls[0]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "f-from"
    page.keyboard.press("j")
    assert page.input_value("#f-from") == "j"
    page.locator("td.when a").first.focus()
    page.keyboard.press("?")
    assert page.locator("#list-keys[open]").count() == 1
    page.uncheck("#list-keys [data-single-keys]")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 0
    page.locator("td.when a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/calls/{calls[0]}/")


MOST_BYTES = 150_000  # unpacked; over the wire it is a third of that (tests/web/test_packing.py)


def test_every_page_is_light_and_comes_from_here(site: Site) -> None:
    page = site.sign_in("mikko.makinen", "fi")
    weights: dict[str, int] = {}

    def weigh(response: Response) -> None:
        weights[response.url] = len(response.body())

    page.on("response", weigh)
    for place in ("/calls/", "/account/"):
        weights.clear()
        page.goto(site.address + place)
        page.wait_for_load_state("networkidle")
        assert sum(weights.values()) < MOST_BYTES, weights
        assert all(one.startswith((site.address, "data:")) for one in weights)
    page.remove_listener("response", weigh)  # a page that is left has no bodies
    page.goto(f"{site.address}/calls/")
    kept = page.evaluate("[Object.keys(sessionStorage), Object.keys(localStorage)]")
    assert set(kept[1]) <= {"vaiti-single-keys"}


def test_dark_and_print_have_their_own_looks(site: Site) -> None:
    page = site.sign_in("anna.astrom", color_scheme="dark")
    page.goto(f"{site.address}/calls/")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.emulate_media(media="print")
    assert not page.locator(".filters").first.is_visible()
    assert page.locator("table.calls").is_visible()


def test_the_picture_of_calls_opens_in_the_list_and_leads_to_its_days(site: Site) -> None:
    page = site.sign_in("anna.astrom")
    page.goto(f"{site.address}/calls/")
    page.click("details.picture summary")
    page.wait_for_selector("details.picture .bars svg a")
    page.click("details.picture .bars summary")
    page.click("details.picture table tbody tr:last-child a")
    page.wait_for_url(lambda address: "from=23.11.2026&to=23.11.2026" in address)
    page.wait_for_selector("details.picture .bars svg a")
    assert page.locator("tr.call").count() == 3
    assert not site.complaints
