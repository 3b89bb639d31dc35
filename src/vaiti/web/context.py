"""What every page shows around its content: where one is, who one is, in which language."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from vaiti.access.limits import limits
from vaiti.people.book import PersonCard
from vaiti.web import words
from vaiti.web.places import places_of

TONGUES = (("fi", "FI", "Suomi"), ("sv", "SV", "Svenska"), ("en", "EN", "English"))

BESIDES = 84
"""Letters that fit beside the name of the product and of the reader, in a window of usual width."""
AROUND = 4
"""Letters' worth of space around each page's name."""


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


def page(request: HttpRequest) -> dict[str, Any]:
    """Reads nothing but the request: it must serve a page that says the database is away."""
    person: PersonCard | None = getattr(request, "person", None)
    language = get_language() or "en"
    roles = sorted(person.roles) if person else []
    places = _places(request, person)
    return {
        "page": {
            "language": language,
            "tongues": [Tongue(*tongue, tongue[0] == language) for tongue in TONGUES],
            "here": request.get_full_path() if request.method == "GET" else "/",
            "person": person,
            "roles": [words.role(role) for role in roles],
            "places": places,
            "many": sum(len(one.label) + AROUND for one in places) > BESIDES,
            "reminder": getattr(request, "reminder", None),
        }
    }


def _places(request: HttpRequest, person: PersonCard | None) -> list[Place]:
    if person is None:
        return []
    rules = limits()
    askers = rules.permits.roles if rules.permits.purposes else ()
    return [
        Place(href, _(label), request.path_info.startswith(href))
        for href, label in places_of(person.roles, rules.emergency.roles, askers)
    ]
