"""The API on a page, for those who write programs: made from the same table as the document."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render

from vaiti.web.api import document
from vaiti.web.api.operation import Operation
from vaiti.web.api.table import OPERATIONS
from vaiti.web.http.methods import only
from vaiti.web.http.problems import TITLES
from vaiti.web.http.request import SignedIn


@dataclass(frozen=True, slots=True)
class Line:
    method: str
    address: str
    about: str
    takes: list[str]
    scope: str
    answers: list[str]


@only("GET")
def reference(request: SignedIn) -> HttpResponseBase:
    given = {
        "operations": [_line(one) for one in OPERATIONS],
        "problems": [{"status": status, "title": title} for status, title in TITLES.items()],
    }
    return render(request, "api.html", given)


def _line(one: Operation) -> Line:
    body = one.body["properties"] if one.body else {}
    good = "200" if one.gives is not None else "204"
    return Line(
        one.method,
        document.address(one.path),
        one.about,
        [*one.query, *body],
        one.scope.value,
        [good, *(f"{status}: {why}" for status, why in one.refuses.items())],
    )
