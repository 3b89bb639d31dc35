"""The main work of each role, from signing in to done, by keyboard alone and in its language.

Each is tried in one language, so that all three are tried; VAITI_EVERY_LANGUAGE tries each in all.
With VAITI_PICTURES every step leaves a picture.
"""

import os
from collections.abc import Callable
from itertools import count

import pytest
from playwright.sync_api import Page

from browser.conftest import Site, wait_until
from browser.looking import fits
from browser.test_keyboard import AUDIO, NOW_S, enter, go, sign_in, sign_out, tab_to
from browser.test_pages import keep
from browser.walk import LANGUAGES

pytestmark = pytest.mark.browser

TURN = count()
"""Names that nobody has taken yet."""


def choose(page: Page, language: str) -> None:
    if page.locator(f"html[lang={language}]").count() == 0:
        go(page, f".tongues button[value={language}]")


def visit(page: Page, address: str) -> None:
    """By the menu, and not by typing an address."""
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    go(page, f".nav a[href='{address}']")


def write(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def hear(page: Page) -> None:
    page.wait_for_selector("[data-player] .wave")
    wait_until(page, f"{AUDIO} && {NOW_S} > 0.2")
    tab_to(page, "[data-part=play]")
    page.keyboard.press("Space")
    wait_until(page, f"{AUDIO}.paused")


def sales_agent(page: Page) -> None:
    """Hears a call of his own, and sees who else did."""
    visit(page, "/calls/")
    enter(page, "tr.call .round")
    hear(page)
    visit(page, "/listened/")


def manager(page: Page) -> None:
    """Asks for what the settings want approved, and finds the request again."""
    visit(page, "/calls/")
    go(page, "tr.call td.when a")
    tab_to(page, ".legs [name=purpose]")
    page.keyboard.press("End")
    write(page, ".legs [name=reference]", f"2026-{300 + next(TURN)}")
    page.keyboard.press("Enter")
    enter(page, "button[formaction$='/ask'], form[action$='/ask'] button")
    page.wait_for_selector("#asked")
    visit(page, "/approvals/")
    assert page.locator(".roles li").count() > 0


def rights_handler(page: Page) -> None:
    """Opens a case, and hears the call of one under the case's own reference."""
    visit(page, "/cases/")
    go(page, "main a[href^='/cases/'][href$='/']:not([href='/cases/'])")
    tab_to(page, "main form button")
    visit(page, "/calls/")
    go(page, "tr.call td.when a")
    enter(page, ".legs button")
    hear(page)


def officer(page: Page) -> None:
    """Reads why somebody asks, and says no with a reason; then notes a complaint, and finds why a
    listening is to be explained."""
    go(page, "main a[href='/approvals/']")
    before = page.locator("form[action^='/approvals/permits/'] [name=reason]").count()
    go(page, "form[action^='/approvals/permits/'] button[value=no]")
    assert page.locator("form[action^='/approvals/permits/'] [name=reason]").count() == before
    write(page, "[name=reason]", "Ask me first.")
    go(page, "form[action^='/approvals/permits/'] button[value=no]")
    after = page.locator("form[action^='/approvals/permits/'] [name=reason]").count()
    assert after == before - 1
    visit(page, "/alerts/")
    noted = page.locator("form[action$='/remove']").count()
    write(page, "#c-who", "Anna Åström")
    write(page, "#c-reference", f"HR-{100 + next(TURN)}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/#complaints-title")
    assert page.locator("form[action$='/remove']").count() == noted + 1
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    go(page, "main .what a[href^='/alerts/']")
    tab_to(page, "button[name=answer]")


def trainer(page: Page) -> None:
    """Opens an activity, draws calls into it, and hears one."""
    visit(page, "/activities/")
    write(page, "#name", "Greeting")
    reference = f"TR-{100 + next(TURN)}"
    write(page, "#reference", reference)
    tab_to(page, "[name=line]")
    page.keyboard.press("Space")
    tab_to(page, "main form .button")
    go_from_here(page)
    write(page, "#calls", "2")
    tab_to(page, "main form .button")
    go_from_here(page)
    go(page, ".what a[href^='/calls/']")
    say_for_which(page, reference)
    enter(page, ".legs button")
    hear(page)


def say_for_which(page: Page, reference: str) -> None:
    """A call that was drawn into another activity as well is heard for one of them. One that went
    from agent to agent asks for it of each; the first is heard."""
    if page.locator(".legs [name=reference]").first.input_value() == "":
        offered = page.locator(".legs datalist").first
        assert offered.locator(f"option[value='{reference}']").count() == 1
        write(page, ".legs [name=reference]", reference)


def go_from_here(page: Page) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def administrator(page: Page) -> None:
    """Looks at the state of the machine, and adds somebody."""
    visit(page, "/state/")
    tab_to(page, "main a, main button, main summary")
    visit(page, "/people/")
    go(page, "main a[href='/people/new']")
    name = f"Nils {chr(ord('A') + next(TURN))}nders"
    write(page, "#name", name)
    write(page, "#login", name.lower().replace(" ", "."))
    tab_to(page, "main form .button")
    go_from_here(page)
    assert page.locator("h1").inner_text() == name


def auditor(page: Page) -> None:
    """Looks for an act in the log, draws a sample and has it checked."""
    visit(page, "/log/")
    write(page, "#f-actor", "Mikko Mäkinen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/log/?*actor=*")
    assert page.locator("tbody tr").count() > 0
    visit(page, "/samples/")
    write(page, "#s-number", "2")
    tab_to(page, "main form .button")
    go_from_here(page)
    tab_to(page, "main form .button")
    go_from_here(page)
    assert page.locator("tbody tr").count() == 2
    visit(page, "/report/")


def security_lead(page: Page) -> None:
    """Opens an incident and names somebody in it."""
    visit(page, "/incidents/")
    write(page, "#reference", f"INC-{100 + next(TURN)}")
    write(page, "#days", "7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/incidents/*/")
    tab_to(page, "#person")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main form .button")
    go_from_here(page)
    assert page.locator("form input[value=release]").count() == 1


def assigner(page: Page) -> None:
    """Says whose a call of nobody known is."""
    visit(page, "/unassigned/")
    before = page.locator("[name=part]").count()
    tab_to(page, "[name=part]")
    page.keyboard.press("Space")
    tab_to(page, "#agent")
    page.keyboard.press("ArrowDown")
    tab_to(page, "main form > .button, main form .card .button")
    go_from_here(page)
    assert page.locator("[name=part]").count() == before - 1


WORK: tuple[tuple[str, str, Callable[[Page], None]], ...] = (
    ("oskar.lind", "sv", sales_agent),
    ("mikko.makinen", "fi", manager),
    ("ritva.salo", "fi", rights_handler),
    ("daniel.ek", "sv", officer),
    ("tuula.aho", "fi", trainer),
    ("aino.laine", "en", administrator),
    ("arvid.sund", "sv", auditor),
    ("sven.dahl", "sv", security_lead),
    ("karin.ek", "fi", assigner),
)
EVERY = [
    (login, language, work)
    for login, usual, work in WORK
    for language in (LANGUAGES if "VAITI_EVERY_LANGUAGE" in os.environ else (usual,))
]


@pytest.mark.parametrize(
    ("login", "language", "work"), EVERY, ids=[f"{one[2].__name__}-{one[1]}" for one in EVERY]
)
def test_each_role_does_its_work_by_keyboard_alone(
    site: Site, login: str, language: str, work: Callable[[Page], None]
) -> None:
    page = sign_in(site, login)
    choose(page, language)
    keep(page, f"role-{work.__name__}-{language}-begins")
    work(page)
    assert fits(page)
    keep(page, f"role-{work.__name__}-{language}-done")
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    sign_out(page)
