"""Every page by role and language before axe-core: WCAG 2.2 AA and what is good practice besides.

axe-core comes from a package that only the tests install; nothing of it is shipped.
"""

from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.conftest import Site
from browser.looking import NAMELESS, NOTE_FOCUS, SMALL, TABBED, fits
from browser.walk import LANGUAGES, PLACES, choose, open_player, own

pytestmark = pytest.mark.browser

# colours are measured, so that none may be half way from one to another
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
COURSE = files("vaiti.ops.first").joinpath("course.toml")
MOST_TABS = 40
FEW_TABS = 10
WIDE, NARROW = {"width": 1280, "height": 720}, {"width": 320, "height": 640}
SCHEMES = ("light", "dark")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """What axe finds, a line each."""
    return _run(page, {"runOnly": TAGS})


def colours(page: Page) -> list[str]:
    """Whether text stands out from what is behind it."""
    return _run(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})


def _run(page: Page, options: dict[str, Any]) -> list[str]:
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE} }} }}")
    options["resultTypes"] = ["violations"]
    found: dict[str, Any] = page.evaluate("(options) => axe.run(options)", options)
    return [
        f"{page.url} {one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def out_of_order(page: Page, most: int, *, first: bool) -> list[str]:
    """What Tab does not come to in the order in which the page is read, or comes to unseen.

    Bar and menu are the same on all pages of a person: beyond the first it begins with the content.
    """
    if not first:
        page.focus("#main")
    here = page.evaluate(NOTE_FOCUS)
    begins = 0 if first else here
    wanted = [place for place in page.evaluate(TABBED) if place > begins][:most]
    for _ in wanted:
        page.keyboard.press("Tab")
    met = page.evaluate("met")
    if [one["place"] for one in met] == wanted and all(one["outlined"] for one in met):
        return []
    return [f"{page.url} Tab: {wanted}, and came to {met}"]


@pytest.mark.parametrize("login", sorted(PLACES))
def test_axe_finds_nothing_on_any_page_and_tab_goes_through_it_in_order(
    site: Site, login: str, whole: bool
) -> None:
    """Each page in one language: axe judges how a page is made, and a page is made alike in all.
    What words can spoil, names and sizes and widths, is looked at here in that language, which is
    Swedish or English, and in Finnish by test_pages. Light and dark share the pages too, and so do
    those who come to one page, but for a whole run, which goes further through each as well."""
    language = LANGUAGES[1:][sorted(PLACES).index(login) % 2]
    page = site.sign_in(login, language, reduced_motion="reduce")
    found = []
    for number, place in enumerate(PLACES[login] if whole else own(login)):
        page.goto(site.address + place)
        found += out_of_order(page, MOST_TABS if whole else FEW_TABS, first=number == 0)
        for scheme in SCHEMES if whole else SCHEMES[number % 2 :][:1]:
            page.emulate_media(color_scheme=scheme)
            found += faults(page)
        page.set_viewport_size(NARROW)
        found += [f"{place} {one}" for one in page.evaluate(SMALL) + page.evaluate(NAMELESS)]
        found += [] if fits(page) else [f"{place} is wider than 320 pixels"]
        page.set_viewport_size(WIDE)
    assert found == []


def test_axe_finds_nothing_before_the_door(site: Site) -> None:
    page = site.page()
    for language in LANGUAGES:
        page.goto(f"{site.address}/sign-in")
        choose(page, language)
        assert faults(page) == []


def test_axe_finds_nothing_on_the_preview_of_a_course(site: Site) -> None:
    newer = COURSE.read_text(encoding="utf-8").replace('version = "1"', 'version = "2"')
    page = site.sign_in("aino.laine", LANGUAGES[0])
    for language in LANGUAGES:
        page.goto(f"{site.address}/training/course/")
        choose(page, language)
        page.fill("#text", newer)
        page.click("main form .button")
        page.wait_for_selector("main > details[open]")
        assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_a_call_with_its_player(site: Site, scheme: str) -> None:
    page = site.sign_in("anna.astrom", "sv", color_scheme=scheme, reduced_motion="reduce")
    open_player(site, page)
    assert faults(page) == []
    page.goto(f"{site.address}/calls/")
    page.click("td.play button")
    page.wait_for_selector("#dock .wave")
    assert faults(page) == []
    page.keyboard.press("?")
    page.wait_for_selector("dialog[open]")
    assert faults(page) == []
