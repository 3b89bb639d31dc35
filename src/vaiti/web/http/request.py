"""The request as this room's middleware has completed it. Names the attributes; adds no code."""

from datetime import datetime

from django.http import HttpRequest

from vaiti.people.book import PersonCard
from vaiti.people.sessions import Visit


class Request(HttpRequest):
    """`moment` is the one instant at which the whole request is answered; `language` fi, sv, en."""

    moment: datetime
    language: str


class SignedIn(Request):
    """A request that the middleware has let through to a page for persons."""

    person: PersonCard
    visit: Visit
    reminder: object = None


def is_fragment(request: HttpRequest) -> bool:
    """Whether the page's own script asks for a part of a page (htmx)."""
    return request.headers.get("HX-Request") == "true"
