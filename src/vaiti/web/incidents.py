"""Incidents: opened by the officer or the security lead, with their people and calls."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import approvals
from vaiti.access import incidents as verbs
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.mandates import MandateCard
from vaiti.people import book
from vaiti.web.approvals import Asked, asked
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import access_words

DAYS = 30  # that an incident lasts unless another number is given


@dataclass(frozen=True, slots=True)
class Incident:
    id: str
    reference: str
    opened: str
    ends: str
    open: bool
    people: int
    calls: int


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call of the incident and what became of the reader's own request for it."""

    id: str
    asked: Asked | None
    may_ask: bool


@only("GET", "POST")
def incidents(request: SignedIn) -> HttpResponseBase:
    if request.method == "GET":
        return _list(request)
    reference = request.POST.get("reference", "").strip()
    days = request.POST.get("days", "")
    try:
        made = verbs.open_incident(request.person.id, reference, _number(days), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _list(request, _trouble(error), reference[:40], days[:4])
    return HttpResponseRedirect(f"/incidents/{made.hex}/")


def _number(text: str) -> int:
    """Nothing where there is no number, so that the refusal says what to give."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _list(
    request: SignedIn, trouble: Trouble | None = None, reference: str = "", days: str = str(DAYS)
) -> HttpResponse:
    found, leads = verbs.incidents(request.person.id, request.moment)
    given = {
        "incidents": [_incident(one, request.moment) for one in found],
        "leads": leads,
        "longest": verbs.LONGEST.days,
        "trouble": trouble,
        "reference": reference,
        "days": days,
    }
    return render(request, "incidents.html", given, status=422 if trouble else 200)


def _incident(card: MandateCard, now: datetime) -> Incident:
    see = Moments.at(now)
    return Incident(
        id=card.id.hex,
        reference=card.reference,
        opened=see.day_and_time(card.opened_at),
        ends=see.day_and_time(card.ends_at),
        open=card.open,
        people=len(card.persons),
        calls=len(card.calls),
    )


@only("GET", "POST")
def incident(request: SignedIn, incident_id: str) -> HttpResponseBase:
    """A POST names its act in `act`, and the person or call in `what`."""
    if request.method == "GET":
        return _page(request, incident_id)
    act, what = request.POST.get("act", ""), request.POST.get("what", "").strip()
    if act not in ACTS:
        return errors.show(request, "bad")
    try:
        ACTS[act](request.person.id, UUID(hex=incident_id), _id(what), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, incident_id, _trouble(error))
    return HttpResponseRedirect(f"/incidents/{incident_id}/")


def _id(text: str) -> UUID:
    """An id that names nothing where the text is none: the verbs say so in their words."""
    try:
        return UUID(hex=text) if len(text) == 32 else UUID(int=0)
    except ValueError:
        return UUID(int=0)


def _close(person: UUID, mandate: UUID, _what: UUID, now: datetime) -> None:
    verbs.close_incident(person, mandate, now)


def _ask(person: UUID, mandate: UUID, call: UUID, now: datetime) -> None:
    approvals.ask(person, mandate, call, now)


ACTS: dict[str, Callable[[UUID, UUID, UUID, datetime], None]] = {
    "name": verbs.name_person,
    "release": verbs.release_person,
    "add": verbs.add_call,
    "remove": verbs.remove_call,
    "close": _close,
    "ask": _ask,
}


def _page(request: SignedIn, incident_id: str, trouble: Trouble | None = None) -> HttpResponse:
    try:
        view = verbs.incident(request.person.id, UUID(hex=incident_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    named = book.names(view.card.persons)
    people = [one for one in book.persons(request.moment) if one.id not in named]
    given = {
        "incident": _incident(view.card, request.moment),
        "leads": view.leads and view.card.open,
        "named": [Choice(one.hex, name, False) for one, name in named.items()],
        "people": [Choice(one.id.hex, one.name, False) for one in people],
        "calls": [_call(view, call, request.moment) for call in view.card.calls],
        "trouble": trouble,
    }
    return render(request, "incident.html", given, status=422 if trouble else 200)


def _call(view: verbs.IncidentView, call: UUID, now: datetime) -> CallLine:
    mine = view.asked.get(call)
    idle = mine is None or mine.state.value in ("refused", "over")
    return CallLine(
        call.hex, asked(mine, now) if mine else None, view.named and view.card.open and idle
    )


def _trouble(error: MandateError) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))
