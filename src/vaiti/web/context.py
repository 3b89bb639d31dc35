"""What every page shows around its content: where one is, who one is, in which language."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.access.limits import limits
from vaiti.people.book import PersonCard
from vaiti.web.places import GROUPS, PAPERS, places_of
from vaiti.web.wording import words

BESIDE_PAPERS = ("/promises/announcements/", "/promises/processors/", "/promises/year/")
"""What belongs to the documents, though its address does not lie below theirs."""
TONGUES = (("fi", "FI", "Suomi"), ("sv", "SV", "Svenska"), ("en", "EN", "English"))


@dataclass(frozen=True, slots=True)
class Tongue:
    code: str
    short: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Place:
    href: str
    label: str
    here: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Pages of the menu under one heading; the first group has none."""

    heading: str
    places: list[Place]


def page(request: HttpRequest) -> dict[str, Any]:
    """Reads nothing but the request: it must serve a page that says the database is away."""
    person: PersonCard | None = getattr(request, "person", None)
    language = get_language() or "en"
    roles = sorted(person.roles) if person else []
    return {
        "page": {
            "language": language,
            "tongues": [Tongue(*tongue, tongue[0] == language) for tongue in TONGUES],
            "here": request.get_full_path() if request.method == "GET" else "/",
            "person": person,
            "roles": [words.role(role) for role in roles],
            "menu": _menu(request, person),
            "reminder": getattr(request, "reminder", None),
        }
    }


def _menu(request: HttpRequest, person: PersonCard | None) -> list[Group]:
    if person is None:
        return []
    rules = limits()
    askers = rules.permits.roles if rules.permits.purposes else ()
    found = places_of(person.roles, rules.emergency.roles, askers)
    path = PAPERS[0] if request.path_info in BESIDE_PAPERS else request.path_info
    within = [href for href, _label in found if path.startswith(href)]
    here = max(within, key=len, default="")  # the nearest: one address may lie below another
    return [
        Group(_(heading) if heading else "", [Place(h, _(label), h == here) for h, label in places])
        for heading, every in GROUPS
        if (places := [one for one in every if one in found])
    ]
