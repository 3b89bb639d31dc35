"""Who may hear what: the table that decides, for everyone to read."""

from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import table as access_table
from vaiti.access.table import Besides, Correcting, Hearing, RoleRow
from vaiti.web import access_words, words
from vaiti.web.methods import only
from vaiti.web.request import SignedIn


@dataclass(frozen=True, slots=True)
class Line:
    """One role in words; `own` when the reader has it."""

    role: str
    own: bool
    rows: list[str]
    hears: list[str]
    besides: list[str]


@only("GET")
def table(request: SignedIn) -> HttpResponseBase:
    asks = bool(request.person.roles & access_table.holders(Besides.EXPLANATIONS))
    lines = [_line(row, request.person.roles) for row in access_table.table()]
    return render(request, "access.html", {"lines": lines, "asks": asks})


def _line(row: RoleRow, held: frozenset[str]) -> Line:
    return Line(
        role=words.role(row.role),
        own=row.role in held,
        rows=[access_words.relation(one.value) for one in row.rows],
        hears=[hearing(one) for one in row.hears],
        besides=[
            *(_correcting(one) for one in row.corrects),
            *(access_words.besides(one.value) for one in row.besides),
        ],
    )


def _correcting(one: Correcting) -> str:
    parts = ", ".join(access_words.part(part.value) for part in one.parts)
    given = {"parts": parts, "whose": access_words.relation(one.relation.value)}
    return _("put right what is wrong of %(whose)s: %(parts)s") % given


def hearing(one: Hearing) -> str:
    """What is heard, and after which steps."""
    what = access_words.relation(one.relation.value)
    steps = [access_words.need(need.value) for need in one.needs]
    if not steps:
        return what
    *first, last = steps
    listed = _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}
    return _("%(what)s, once the listener %(steps)s") % {
        "what": what,
        "steps": listed if first else last,
    }
