"""Who is trained and has promised secrecy: for managers of their people, else of everybody."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.people import book
from vaiti.people.expiry import days_left, warns
from vaiti.people.readiness import ReadyLine, overview
from vaiti.web import dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.places import OVERSEES
from vaiti.web.staff.training import last_day


@dataclass(frozen=True, slots=True)
class PersonLine:
    """`weight` is a class of tags: bad hears nothing, warn will not for long."""

    name: str
    weight: str
    state: str
    trained_until: str
    signed_on: str


@only("GET")
def people(request: SignedIn) -> HttpResponseBase:
    """First whoever hears nothing, then whoever will soon not, then the others."""
    if not OVERSEES & request.person.roles:
        raise Http404
    see = Moments.at(request.moment)
    lines = [_line(one, see) for one in overview(_overseen(request), request.moment)]
    lines.sort(key=lambda one: ("bad", "warn", "good").index(one.weight))
    missing = sum(one.weight == "bad" for one in lines)
    shown = {"lines": lines, "missing": missing, "said": _said(missing, len(lines))}
    return render(request, "training_people.html", shown)


def _overseen(request: SignedIn) -> frozenset[UUID]:
    """Everybody with a role; to who is a manager and nothing more, their own people."""
    if request.person.roles & OVERSEES == {"manager"}:
        return book.subordinates(request.person.id, request.moment)
    return frozenset(card.id for card in book.persons(request.moment) if card.roles)


def _said(missing: int, of: int) -> str:
    if not missing:
        return _("Everybody here is trained and has given the undertaking.")
    return ngettext(
        "%(count)d person of %(of)d may hear no calls yet.",
        "%(count)d persons of %(of)d may hear no calls yet.",
        missing,
    ) % {"count": missing, "of": of}


def _line(one: ReadyLine, see: Moments) -> PersonLine:
    weight, state = _state(one, see)
    return PersonLine(
        name=one.name,
        weight=weight,
        state=state,
        trained_until=last_day(see, one.ready.trained_until),
        signed_on=dates.write_day(one.signed_on) if one.signed_on else "",
    )


def _state(one: ReadyLine, see: Moments) -> tuple[str, str]:
    ready = one.ready
    if not ready.trained and not ready.sworn:
        return "bad", _("Neither trained nor sworn to secrecy")
    if not ready.trained:
        return "bad", _("Not trained")
    if not ready.sworn:
        return "bad", _("No undertaking of secrecy")
    if ready.ends is not None and _ends_soon(ready.ends, see):
        return "warn", _("Expires soon")
    return "good", _("Ready")


def _ends_soon(ends: datetime, see: Moments) -> bool:
    return bool(warns(days_left(ends, see.now, see.zone)))
