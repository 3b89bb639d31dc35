"""Which pages the browser's tests visit, by who visits them. A new page is a line here."""

import re
from collections.abc import Iterator

from playwright.sync_api import Page

from browser.conftest import Site
from cast import person_id

LANGUAGES = ("fi", "sv", "en")
PLACES = {
    "anna.astrom": (
        "/calls/",
        "/live/",
        "/desk/",
        "/listened/",
        "/activities/mine",
        "/account/",
        "/training/",
        "/training/use_of_system/1",
        "/training/use_of_system/questions",
        "/undertaking/",
        "/nothing",
        f"/calls/{'5' * 32}/",
        f"/calls/{'5' * 32}/why",
        "/calls/?from=1.1.2020&to=2.1.2020",
        "/calls/over-time",
        "/calls/over-time?from=32.1.2026",
    ),
    "leila.virtanen": ("/live/", "/desk/"),
    "sofia.holm": ("/activities/mine", f"/calls/{'6' * 32}/"),
    "nora.ny": ("/account/first-password",),
    "mikko.makinen": (
        "/team/",
        "/calls/",
        "/desk/",
        "/training/people/",
        "/approvals/",
        "/emergency/",
        "/access/",
        f"/calls/{'5' * 32}/correct",
        "/calls/?from=32.1.2026&number=12",
    ),
    "rita.niemi": (
        *("/account/", "/calls/", "/training/", "/undertaking/", "/holds/", "/holds/new"),
        *("/cases/", "/cases/new?channel=letter", "/cases/new?channel=desk", "/rights/status"),
    ),
    "ritva.salo": (
        *(f"/copies/{'4' * 32}/", f"/letters/{'4' * 32}/", f"/letters/{'4' * 32}/{'4' * 32}/"),
        *(f"/copy/{'4' * 32}", "/cases/", "/cases/new?channel=letter", f"/cases/{'4' * 32}/"),
        *(f"/cases/{'3' * 32}/", f"/copies/{'3' * 32}/", "/rights/", "/kiosk/"),
        *("/cases/visits", "/cases/visits?day=27.11.2026"),
    ),
    "daniel.ek": (
        *("/promises/", "/promises/public/", "/notice/versions/"),
        *("/promises/papers/", "/promises/papers/record/"),
        *("/breaches/new", f"/breaches/{'4' * 32}/"),
        *("/disclosures/", f"/disclosures/{'4' * 32}/", f"/complaints/{'4' * 32}/"),
        "/desk/",
        "/counts/",
        "/people/access-on",
        f"/people/access-on?day=20.11.2026&agent={person_id('anna.astrom').hex}",
        "/people/access-on?day=32.11.2026",
        "/people/widened/",
        "/people/confirm/",
        "/log/",
        "/state/",
        "/gaps/",
        f"/gaps/{'9' * 32}/",
        "/access/why",
        "/alerts/",
        f"/alerts/{'9' * 32}/",
        "/approvals/",
        "/queue/",
        "/keeping/",
        "/emergency/",
        f"/samples/{'8' * 32}/",
        f"/incidents/{'7' * 32}/",
        "/destruction/",
        "/destruction/new",
        f"/destruction/{'4' * 32}/",
    ),
    "aino.laine": (
        "/calls/",
        "/state/",
        "/gaps/",
        "/people/",
        "/people/?text=nobody+of+this+name",
        "/people/new",
        "/people/lists/",
        "/lines/",
        "/lines/peers/",
        f"/lines/{'7' * 32}/",
        "/programs/",
        "/api/",
        "/training/course/",
        "/people/confirm/",
        f"/people/{person_id('arvid.sund').hex}/",
        f"/people/{person_id('anna.astrom').hex}/",
        f"/people/{person_id('mikko.makinen').hex}/",
    ),
    "tuula.aho": (
        "/show-the-case/",
        "/account/near/",
        "/activities/",
        f"/activities/{'8' * 32}/",
        f"/calls/{'6' * 32}/",
    ),
    "sven.dahl": ("/alerts/", "/incidents/", f"/incidents/{'7' * 32}/", "/approvals/"),
    "karin.ek": ("/unassigned/", "/calls/"),
    "arvid.sund": (
        *("/notice/", "/promises/balancing/", "/promises/lint/"),
        "/desk/",
        "/report/",
        "/report/?from=1.9.2026&to=22.11.2026",
        "/report/?from=1.9.2026&to=32.9.2026",
        "/keeping/",
        "/proof/",
        "/proof/2026-11-22/",
        "/log/",
        "/access/",
        "/incidents/",
        "/samples/",
        f"/samples/{'8' * 32}/",
    ),
}
"""A person of each role, with the addresses of that role's pages."""


def own(login: str) -> tuple[str, ...]:
    """The pages, whatever they are about, to which nobody comes who stands before this person."""
    before = list(PLACES)[: list(PLACES).index(login)]
    seen = {kind(place) for one in before for place in PLACES[one]}
    found: dict[str, str] = {}
    for place in PLACES[login]:
        if kind(place) not in seen:
            found.setdefault(kind(place), place)
    return tuple(found.values())


def kind(place: str) -> str:
    return re.sub(r"[0-9a-f]{32}", "*", place)


def choose(page: Page, language: str) -> None:
    """Switches the language where one is."""
    page.click(f".tongues button[value={language}]")
    page.wait_for_selector(f"html[lang={language}]")


def walk(site: Site, login: str, whole: bool, **options: object) -> Iterator[tuple[Page, str, str]]:
    """Every page of this person in every language: the page, its address, the language.

    But for a whole walk, the pages that nobody comes to before, in Finnish, whose words are the
    longest: test_axe visits each in another.
    """
    for language in LANGUAGES if whole else LANGUAGES[:1]:
        page = site.sign_in(login, language, **options)
        for place in PLACES[login] if whole else own(login):
            page.goto(site.address + place)
            yield page, place, language


def open_player(site: Site, page: Page) -> None:
    """Anna's newest call with a hold, on its own page, with its lanes drawn."""
    page.goto(f"{site.address}/calls/")
    page.click("td.when a")
    page.click(".legs button")
    page.wait_for_selector(".wave")
