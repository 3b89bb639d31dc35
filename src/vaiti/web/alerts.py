"""Listening that asks for an explanation, for the officer: why, the entries, the answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import alerts as verbs
from vaiti.access import complaints, spot_checks
from vaiti.access.alerts import AlertCard
from vaiti.access.complaints import ComplaintCard
from vaiti.access.doors import NotVisible
from vaiti.access.errors import MandateError
from vaiti.access.limits import limits
from vaiti.audit.reading import LogEntry
from vaiti.due import alarms
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.showing import check
from vaiti.web.wording import access_words, alert_words, words


@dataclass(frozen=True, slots=True)
class Alert:
    id: str
    title: str
    why: str
    who: str
    when: str
    answer: str
    waits: bool
    answered: str
    reference: str


@dataclass(frozen=True, slots=True)
class Entry:
    at: str
    act: str
    call: str
    why: str


@only("GET")
def alerts(request: SignedIn) -> HttpResponseBase:
    return page(request)


def page(
    request: SignedIn, trouble: Trouble | None = None, typed: Mapping[str, str] | None = None
) -> HttpResponse:
    """`typed` is what stays in the form of complaints, to be mended."""
    see = Moments.at(request.moment)
    try:
        found = verbs.alerts(request.person.id, request.moment)
        checks = spot_checks.to_look_at(request.person.id, request.moment)
        came = complaints.complaints(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    shown = [_alert(one, see) for one in found]
    given = {
        "waiting": [one for one in shown if one.waits],
        "answered": [one for one in shown if not one.waits],
        "checks": [check(one, see) for one in checks],
        "complaints": [_complaint(one, see) for one in came],
        "asks": bool(limits().misuse.after_complaint),
        "days": limits().misuse.complaint_days,
        "typed": typed or {},
        "example": see.example(-1),
        "trouble": trouble,
    }
    return render(request, "alerts.html", given, status=422 if trouble else 200)


def _complaint(card: ComplaintCard, see: Moments) -> dict[str, str]:
    when = see.day(card.came_at)
    return {"id": card.id.hex, "who": card.person, "reference": card.reference, "when": when}


def _alert(card: AlertCard, see: Moments) -> Alert:
    begins, ends = see.day_and_time(card.begins), see.day_and_time(card.ends)
    answered = see.day_and_time(card.answered_at) if card.answered_at else ""
    return Alert(
        id=card.id.hex,
        title=alert_words.title(card.rule),
        why=alert_words.why(card.rule, card.count, card.least),
        who=card.person,
        when=begins if begins == ends else f"{begins} – {ends}",
        answer=alert_words.answer(card.answer),
        waits=not card.answer,
        answered=f"{card.answered_by} · {answered}" if answered else "",
        reference=card.reference,
    )


@only("GET", "POST")
def alert(request: SignedIn, alert_id: str) -> HttpResponseBase:
    if request.method == "GET":
        return _page(request, alert_id)
    said, reference = request.POST.get("answer", ""), request.POST.get("reference", "").strip()
    try:
        verbs.answer(request.person.id, UUID(hex=alert_id), said, reference, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return _page(request, alert_id, _trouble(error))
    alarms.clear(verbs.ALARM, alert_id, request.moment)
    return HttpResponseRedirect("/alerts/")


def _page(request: SignedIn, alert_id: str, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    try:
        card, entries = verbs.alert(request.person.id, UUID(hex=alert_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    given = {
        "alert": _alert(card, see),
        "entries": [_entry(one, see) for one in entries],
        "typed": request.POST.get("reference", "")[:40],
        "trouble": trouble,
    }
    return render(request, "alert.html", given, status=422 if trouble else 200)


def _entry(one: LogEntry, see: Moments) -> Entry:
    purpose, reference = str(one.facts.get("purpose", "")), str(one.facts.get("reference", ""))
    said = [words.purpose(purpose) if purpose else "", reference]
    return Entry(
        at=see.day_and_time(one.at, seconds=True),
        act=words.act(one.kind),
        call=one.subject,
        why=" · ".join(filter(None, said)),
    )


@only("POST")
def decide(request: SignedIn, check_id: str) -> HttpResponseBase:
    """What came of a listening whose case was to be shown."""
    decision = request.POST.get("decision", "")
    try:
        spot_checks.decide(request.person.id, UUID(hex=check_id), decision, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except MandateError as error:
        return page(request, _trouble(error))
    alarms.clear(spot_checks.ALARM, check_id, request.moment)
    return HttpResponseRedirect("/alerts/")


def _trouble(error: MandateError) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))
