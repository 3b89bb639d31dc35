"""Training activities: for trainers, for the officer who watches, and for the agents (N-06)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.request import QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from vaiti.access import activities as verbs
from vaiti.access import commenting
from vaiti.access.activities import ActivityCard, Plan
from vaiti.access.activity_rules import MAX_NAME, MOST_AT_ONCE
from vaiti.access.commenting import Mine
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.access.errors import MandateError
from vaiti.access.limits import limits
from vaiti.notice import lines
from vaiti.register.calls import LegCard
from vaiti.web import dates
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments, between
from vaiti.web.places import LISTENED, places_of
from vaiti.web.searching import MAX_FIELD, Choice
from vaiti.web.wording import access_words

GATHER = 5  # calls of one draw unless another number is given
BACK = timedelta(days=14)  # how far back calls are drawn unless other days are given


@dataclass(frozen=True, slots=True)
class Activity:
    id: str
    name: str
    reference: str
    ends: str
    open: bool
    leads: bool
    calls: str
    cap: int
    lines: str
    drawn_from: str


@dataclass(frozen=True, slots=True)
class Part:
    """One agent's part of a call that was gathered."""

    call: str
    leg: int
    agent: str
    began: str
    length: str
    line: str
    activity: str = ""
    remarks: str = ""


@only("GET", "POST")
def activities(request: SignedIn) -> HttpResponseBase:
    """A POST opens one."""
    if request.method == "GET":
        return _list(request)
    see = Moments.at(request.moment)
    try:
        made = verbs.open_activity(request.person.id, _plan(request.POST, see), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except MandateError as error:
        return _list(request, _trouble(error))
    return HttpResponseRedirect(f"/activities/{made.hex}/")


def _plan(form: QueryDict, see: Moments) -> Plan:
    """Nothing where a field cannot be read, so that the refusal says what to give."""
    begins, ends = _day(form, "from", see, 0), _day(form, "to", see, 1)
    if begins is None or ends is None:
        begins = ends = see.now
    return Plan(
        name=form.get("name", "").strip()[: MAX_NAME + 1],
        reference=form.get("reference", "").strip()[:MAX_FIELD],
        lines=tuple(form.getlist("line")),
        begins=begins,
        ends=ends,
        days=_number(form.get("days", "")),
        cap=_number(form.get("cap", "")),
    )


def _day(form: QueryDict, name: str, see: Moments, later: int) -> datetime | None:
    try:
        day = dates.parse_day(form.get(name, "").strip()[:MAX_FIELD], see.today)
        return dates.day_begins(day + timedelta(days=later), see.zone) if day else None
    except (dates.NotADay, OverflowError):
        return None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _list(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    see, rules = Moments.at(request.moment), limits().activities
    try:
        found = verbs.activities(request.person.id, request.moment)
    except NotVisible as error:
        raise Http404 from error
    typed = request.POST
    given = {
        "activities": [_activity(one, see) for one in found],
        "opens": "trainer" in request.person.roles,
        "lines": [
            Choice(line.number, line.said(request.language), line.number in typed.getlist("line"))
            for line in lines.standing(request.moment)
            if line.number in rules.lines
        ],
        "cap": rules.calls_per_agent,
        "longest": rules.longest_days,
        "name": typed.get("name", "")[:MAX_NAME],
        "reference": typed.get("reference", "")[:40],
        "begins": typed.get("from", dates.write_day(see.today - BACK))[:20],
        "ends": typed.get("to", dates.write_day(see.today))[:20],
        "days": typed.get("days", str(rules.longest_days))[:4],
        "wanted_cap": typed.get("cap", str(rules.calls_per_agent))[:4],
        "trouble": trouble,
    }
    return render(request, "activities.html", given, status=422 if trouble else 200)


def _activity(card: ActivityCard, see: Moments) -> Activity:
    mandate, here = card.mandate, get_language() or "en"
    labels = {one.number: one.said(here) for one in lines.standing(see.now)}
    count = len(mandate.calls)
    return Activity(
        id=mandate.id.hex,
        name=card.name,
        reference=mandate.reference,
        ends=see.day_and_time(mandate.ends_at),
        open=mandate.open,
        leads=card.leads,
        calls=ngettext("%(count)d call", "%(count)d calls", count) % {"count": count},
        cap=mandate.cap or 0,
        lines=", ".join(labels.get(line, line) for line in card.lines),
        drawn_from=f"{see.day(card.begins)}–{see.day(card.ends - timedelta(microseconds=1))}",
    )


@only("GET", "POST")
def activity(request: SignedIn, activity_id: str) -> HttpResponseBase:
    """A POST names its act: gather more calls, or close it."""
    if request.method == "GET":
        return _page(request, activity_id)
    try:
        trouble = _do(request, UUID(hex=activity_id))
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except MandateError as error:
        trouble = _trouble(error)
    if trouble:
        return _page(request, activity_id, trouble)
    return HttpResponseRedirect(f"/activities/{activity_id}/")


def _do(request: SignedIn, activity: UUID) -> Trouble | None:
    person, now = request.person.id, request.moment
    if request.POST.get("act") == "close":
        verbs.close_activity(person, activity, now)
        return None
    wanted = _number(request.POST.get("calls", "")) or GATHER
    if verbs.gather(person, activity, wanted, now):
        return None
    return Trouble(
        _("No further call could be gathered"),
        _(
            "Of each agent as many are gathered as the caps allow, or there is no other call on "
            "these lines and days. Objected calls are left out."
        ),
    )


def _page(request: SignedIn, activity_id: str, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    try:
        found = verbs.activity(request.person.id, UUID(hex=activity_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    shown = _activity(found.card, see)
    given = {
        "activity": shown,
        "parts": [_part(leg, see) for leg in found.legs],
        "gathers": shown.leads and shown.open,
        "gather": GATHER,
        "most": MOST_AT_ONCE,
        "comments": limits().activities.comments,
        "trouble": trouble,
    }
    return render(request, "activity.html", given, status=422 if trouble else 200)


def _part(leg: LegCard, see: Moments) -> Part:
    return Part(
        call=leg.call.id.hex,
        leg=leg.id,
        agent=leg.agent,
        began=see.day_and_time(leg.started_at),
        length=between(leg.started_at, leg.ended_at),
        line=leg.call.line_label,
    )


@only("GET")
def mine(request: SignedIn) -> HttpResponseBase:
    """What was gathered of the agent's own calls, and how many comments there are."""
    if LISTENED not in places_of(request.person.roles):
        raise Http404
    see = Moments.at(request.moment)
    try:
        found = commenting.gathered_of(request.person.id, request.moment)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    given = {"parts": [_own(one, see) for one in found]}
    return render(request, "activities_mine.html", given)


def _own(one: Mine, see: Moments) -> Part:
    leg, count = one.leg, one.remarks
    said = ngettext("%(count)d comment", "%(count)d comments", count) % {"count": count}
    return Part(
        call=leg.call.id.hex,
        leg=leg.id,
        agent=leg.agent,
        began=see.day_and_time(leg.started_at),
        length=between(leg.started_at, leg.ended_at),
        line=leg.call.line_label,
        activity=f"{one.activity} · {_('until')} {see.day(one.ends_at)}",
        remarks=said if count else "",
    )


def _trouble(error: MandateError) -> Trouble:
    return Trouble(_("Nothing was changed"), access_words.refusal(str(error)))
