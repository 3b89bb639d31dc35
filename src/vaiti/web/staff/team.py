"""A manager's own page: their teams to confirm, who is wrong in them, and handing them over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.people import delegation, directory, duties, recertify
from vaiti.people.delegation import REASONS, Handed
from vaiti.people.errors import EnrolmentError
from vaiti.people.recertify import Led
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.staff import refusals
from vaiti.web.staff.people import as_id, must
from vaiti.web.staff.person_acts import WrongDay, beginning_of_day, end_of_day, wrong_day
from vaiti.web.staff.staying import Dated, handed
from vaiti.web.wording import words

SOON = timedelta(days=14)  # before a confirmation is due from which on it is said with emphasis
MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Member:
    id: str
    name: str
    roles: list[str]
    since: str
    reported: bool


@dataclass(frozen=True, slots=True)
class Team:
    """A team that the manager leads. `tone` is a class of the style sheet's tags."""

    id: str
    name: str
    due: str
    tone: str
    members: list[Member]
    handed: list[Dated]


@only("GET")
def team(request: SignedIn) -> HttpResponseBase:
    must(duties.leads_people, request)
    return _page(request)


@only("POST")
def act(request: SignedIn, name: str) -> HttpResponseBase:
    must(duties.leads_people, request)
    if name not in ACTS:
        raise Http404
    see = Moments.at(request.moment)
    try:
        ACTS[name](request.person.id, request.POST, see)
    except EnrolmentError as refused:
        return _page(request, request.POST, refusals.trouble(refused))
    except WrongDay:
        return _page(request, request.POST, wrong_day(see))
    return HttpResponseRedirect(f"/team/?done={name}")


def _id(typed: QueryDict, name: str) -> UUID:
    return as_id(typed.get(name, "")) or UUID(int=0)


def _confirm(leader: UUID, typed: QueryDict, see: Moments) -> None:
    recertify.confirm(leader, _id(typed, "team"), see.now)


def _report(leader: UUID, typed: QueryDict, see: Moments) -> None:
    recertify.report(leader, _id(typed, "team"), _id(typed, "person"), see.now)


def _hand_over(leader: UUID, typed: QueryDict, see: Moments) -> None:
    ends = end_of_day(typed.get("last", ""), see)
    if ends is None:
        raise WrongDay
    delegation.hand_over(
        leader,
        _id(typed, "team"),
        _id(typed, "receiver"),
        begins=beginning_of_day(typed.get("first", ""), see) or see.now,
        ends=ends,
        reason=typed.get("reason", ""),
        by=leader.hex,
        now=see.now,
    )


def _take_back(leader: UUID, typed: QueryDict, see: Moments) -> None:
    found = delegation.delegation(_id(typed, "delegation"))
    if found is None or found.giver != leader:
        raise EnrolmentError("there is no such delegation any more")
    delegation.take_back(found.id, by=leader.hex, now=see.now)


ACTS = {
    "confirmed": _confirm,
    "reported": _report,
    "delegation": _hand_over,
    "delegation-end": _take_back,
}


def _page(
    request: SignedIn, typed: Mapping[str, str] | None = None, trouble: Trouble | None = None
) -> HttpResponse:
    see, me, given = Moments.at(request.moment), request.person.id, typed or {}
    led = recertify.led_by(me, wired().recertify, request.moment)
    delegations = delegation.delegations_of(me, request.moment)
    page = {
        "teams": [_team(one, delegations, see) for one in led],
        "stand_ins": [handed(one, see) for one in delegations if one.receiver == me],
        "choices": _choices([(one.team.hex, one.name) for one in led], given.get("team")),
        "receivers": _choices(_managers(request), given.get("receiver")),
        "reasons": _choices([(code, words.reason(code)) for code in REASONS], given.get("reason")),
        "typed": given,
        "trouble": trouble,
        "said": words.done(request.GET.get("done", "")),
        "like": _("Like %(example)s.") % {"example": see.example(7)},
    }
    return render(request, "team.html", page, status=422 if trouble else 200)


def _choices(offered: list[tuple[str, str]], chosen: str | None) -> list[Choice]:
    return [Choice(value, label, value == chosen) for value, label in offered]


def _managers(request: SignedIn) -> list[tuple[str, str]]:
    """Those to whom one may hand over: all managers but oneself."""
    found = directory.holders(MANAGER, request.moment)
    return [(one.hex, name) for one, name in found if one != request.person.id]


def _team(led: Led, delegations: list[Handed], see: Moments) -> Team:
    due, tone = _due(led, see)
    given = [one for one in delegations if one.giver == led.leader and one.team == led.team]
    return Team(
        led.team.hex,
        led.name,
        due,
        tone,
        [
            Member(
                one.id.hex,
                one.name,
                [words.role(role) for role in one.roles],
                _("from %(when)s") % {"when": see.day(one.since)},
                one.reported,
            )
            for one in recertify.members(led.team, see.now)
        ],
        [handed(one, see) for one in given],
    )


def _due(led: Led, see: Moments) -> tuple[str, str]:
    """When the next word is due, and how loud that is said."""
    when = {"when": see.day(led.due)}
    if led.due <= see.now:
        return _("to be confirmed since %(when)s") % when, "bad"
    if led.due - see.now <= SOON:
        return _("to be confirmed by %(when)s") % when, "warn"
    return _("next time by %(when)s") % when, ""
