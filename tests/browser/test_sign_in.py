"""Passkeys and single sign-on in a real browser, under the strict policy."""

from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page

from browser.conftest import Site
from browser.looking import NAMELESS, SMALL, fits
from browser.site import FOR_ALL, PASSWORD
from browser.test_axe import colours
from browser.test_pages import keep

pytestmark = pytest.mark.browser

LANGUAGES = ("fi", "sv", "en")


def with_authenticator(page: Page) -> CDPSession:
    """A key in the browser that checks its user, as a telephone or a laptop does."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools


@pytest.fixture
def local(site: Site) -> Site:
    """Passkeys are bound to a name; an address is none."""
    site.address = site.address.replace("127.0.0.1", "localhost")
    return site


def test_a_passkey_is_enrolled_and_opens_without_a_password_and_as_a_second_step(
    local: Site,
) -> None:
    page = local.sign_in("oskar.lind")
    with_authenticator(page)
    page.goto(f"{local.address}/account/security/")
    page.fill("#passkey-name", "Work laptop")
    page.click("[data-passkey=create] button")
    page.wait_for_selector(".codes")
    assert page.locator(".codes code").count() == 10
    assert "Work laptop" in page.locator("#factors-title ~ ul").inner_text()
    keep(page, "passkey-codes")
    page.click(".who button")

    page.wait_for_url("**/sign-in")
    page.click("[data-passkey=get] button")
    page.wait_for_url("**/calls/")

    page.click(".who button")
    page.fill("#login", "oskar.lind")
    page.fill("#password", PASSWORD)
    page.click("main form:not([data-passkey]) button")
    page.wait_for_url("**/sign-in/second")
    keep(page, "second-step")
    page.click("[data-passkey=get] button")
    page.wait_for_url("**/calls/")

    page.goto(f"{local.address}/account/security/")  # whoever signs in next is asked for no key
    page.click("form[action$='/remove'] button")
    page.wait_for_selector("form[action$='/remove']", state="detached")


def test_n27_where_everybody_needs_a_second_factor_an_agent_reaches_nothing_before(
    local: Site, site_folder: Path
) -> None:
    page = local.page()
    with_authenticator(page)
    switch = site_folder / FOR_ALL
    switch.touch()
    try:
        page.goto(f"{local.address}/sign-in")
        page.fill("#login", "oskar.lind")
        page.fill("#password", PASSWORD)
        page.click("main form:not([data-passkey]) button")
        page.wait_for_url("**/account/security/")
        assert "Until then you reach no other page" in page.inner_text("main .message.warn")
        page.goto(f"{local.address}/calls/")
        assert page.url == f"{local.address}/account/security/"
        page.fill("#passkey-name", "Telephone")
        page.click("[data-passkey=create] button")
        page.wait_for_selector(".codes")
        page.goto(f"{local.address}/calls/")
        assert page.url == f"{local.address}/calls/"
    finally:
        switch.unlink()
    page.goto(f"{local.address}/account/security/")  # whoever signs in next is asked for no key
    page.click("form[action$='/remove'] button")
    page.wait_for_selector("form[action$='/remove']", state="detached")


def test_another_house_signs_in_and_the_strict_cookie_comes_along(local: Site) -> None:
    page = local.page()
    page.goto(f"{local.address}/calls/?direction=in")  # the house is another site: 127.0.0.1
    page.click("text=Sign in with the firm")
    page.wait_for_url("**/calls/?direction=in")
    assert "Mikko Mäkinen" in page.inner_text(".who")
    cookie = next(one for one in page.context.cookies() if one["name"] == "sessionid")
    assert cookie["sameSite"] == "Strict"


def test_a_browser_that_gives_none_is_told_what_to_do(local: Site) -> None:
    page = local.page()
    devtools = with_authenticator(page)
    page.goto(f"{local.address}/sign-in")
    page.click("[data-passkey=get] button")
    page.wait_for_selector("[data-part=refused]:not([hidden])")
    assert "No passkey was given" in page.locator("[data-part=refused]").inner_text()
    devtools.send("WebAuthn.disable")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_signing_in_fit_320_pixels(local: Site, language: str) -> None:
    page = local.sign_in("daniel.ek", language, viewport={"width": 320, "height": 640})
    for place in ("/account/security/", "/account/security/app", "/sign-in?again=1"):
        page.goto(local.address + place)
        assert fits(page), place
        assert page.evaluate(SMALL) == [], place
        assert page.evaluate(NAMELESS) == [], place
        assert colours(page) == [], place
        keep(page, f"narrow-security{place.strip('/').replace('/', '-')[:22]}-{language}")
    page.set_viewport_size({"width": 1280, "height": 900})
    for place in ("/account/security/", "/account/security/app"):
        page.goto(local.address + place)
        keep(page, f"wide-security{place.strip('/').replace('/', '-')[:22]}-{language}")
