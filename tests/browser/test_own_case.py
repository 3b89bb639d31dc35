"""The person's own pages and the kiosk in a real browser: three languages, any width, no script."""

import pytest
from playwright.sync_api import Page

from browser.conftest import Site
from browser.looking import NAMELESS, SMALL, fits
from browser.site import CASE_CODE
from browser.test_axe import faults
from browser.test_pages import keep
from browser.walk import LANGUAGES, choose

pytestmark = pytest.mark.browser


def good(page: Page, name: str, language: str) -> None:
    assert faults(page) == []
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), name
        assert page.evaluate(SMALL) == []
        assert page.evaluate(NAMELESS) == []
        keep(page, f"{name}-{language}-{width}")


def test_n42_n43_the_person_asks_and_follows_the_request_on_any_screen(site: Site) -> None:
    page = site.page()
    page.goto(f"{site.address}/rights/status")
    page.fill("#number", "R-2026-119")
    page.fill("#code", CASE_CODE.lower())
    page.click("main form button")
    page.wait_for_url("**/rights/case")
    for language in LANGUAGES:
        choose(page, language)
        good(page, "own", language)
    page.goto(f"{site.address}/rights/")
    for language in LANGUAGES:
        choose(page, language)
        good(page, "rights", language)


def test_n43_a_handler_makes_the_browser_a_kiosk_and_it_asks_for_a_code(site: Site) -> None:
    page = site.sign_in("ritva.salo")
    page.goto(f"{site.address}/cases/{'3' * 32}/")
    page.click(f"form[action='/cases/{'3' * 32}/code'] button")
    code = page.locator("main code").inner_text()
    page.goto(f"{site.address}/cases/{'3' * 32}/")
    page.click(f"form[action='/cases/{'3' * 32}/kiosk'] button")
    page.wait_for_url("**/kiosk/")
    for language in LANGUAGES:
        choose(page, language)
        good(page, "kiosk-code", language)
    page.fill("#code", code)
    page.click("form[action='/kiosk/enter'] button")
    page.wait_for_selector("form[action='/kiosk/listen']")
    page.click("form[action='/kiosk/listen'] button >> nth=0")
    page.wait_for_selector("audio")
    good(page, "kiosk", "en")
    names, wave = (page.locator(one).bounding_box() for one in (".lane-names", ".wave"))
    assert names and wave and names["x"] + names["width"] <= wave["x"], "each beside its picture"
    page.goto(f"{site.address}/kiosk/wishes")
    for language in LANGUAGES:
        choose(page, language)
        good(page, "kiosk-wishes", language)
    page.click("form[action='/kiosk/leave'] button")
    good(page, "kiosk-over", "en")
