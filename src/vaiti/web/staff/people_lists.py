"""The lists that people stand on: teams, and the controller's companies (N-24)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.people import companies, directory, duties, enrol, teams
from vaiti.people.directory import TeamCard
from vaiti.people.errors import EnrolmentError
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.staff import refusals
from vaiti.web.staff.people import as_id, count_of_people, must
from vaiti.web.wording import words

Act = Callable[[QueryDict, str, datetime], object]


def _team(typed: QueryDict) -> UUID:
    return as_id(typed.get("team", "")) or UUID(int=0)


def _company(typed: QueryDict, by: str, now: datetime) -> None:
    outside = typed.get("outside") == "yes"
    companies.add_company(typed.get("name", ""), by=by, now=now, outside=outside)


ACTS: dict[str, Act] = {
    "team": lambda typed, by, now: enrol.add_team(typed.get("name", ""), by=by, now=now),
    "team-rename": lambda typed, by, now: teams.rename_team(
        _team(typed), typed.get("name", ""), by=by, now=now
    ),
    "team-end": lambda typed, by, now: teams.end_team(_team(typed), by=by, now=now),
    "company": _company,
    "company-end": lambda typed, by, now: companies.end_company(
        typed.get("name", ""), by=by, now=now
    ),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A team. `former` tells its earlier names."""

    name: str
    id: str
    leaders: str
    members: str
    former: str


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    since: str
    people: str
    outside: bool


def count_of_members(count: int) -> str:
    return ngettext("%(count)d member", "%(count)d members", count) % {"count": count}


@only("GET", "POST")
def lists(request: SignedIn) -> HttpResponseBase:
    if request.method != "POST":
        must(duties.looks_at_people, request)
        return _page(request)
    must(duties.enters_people, request)
    act, name = request.POST.get("act", ""), request.POST.get("name", "")
    if act not in ACTS:
        raise Http404
    if act in QUESTIONS and "sure" not in request.POST:
        return QUESTIONS[act](request, name)
    try:
        ACTS[act](request.POST, request.person.id.hex, request.moment)
    except EnrolmentError as refused:
        return _page(request, refusals.trouble(refused), act=act, name=name)
    return HttpResponseRedirect("/people/lists/?done=list")


def _page(
    request: SignedIn, trouble: Trouble | None = None, *, act: str = "", name: str = ""
) -> HttpResponse:
    see = Moments.at(request.moment)
    given = {
        "teams": [
            Line(
                one.name,
                one.id.hex,
                ", ".join(one.leaders),
                count_of_members(one.members),
                _formerly(one, see),
            )
            for one in directory.teams(request.moment)
        ],
        "companies": [
            Company(
                one.name,
                _("from %(when)s") % {"when": see.day(one.since)},
                count_of_people(one.people),
                one.outside,
            )
            for one in companies.companies(request.moment)
        ],
        "enters": duties.enters_people(request.person.roles),
        "trouble": trouble,
        "act": act,
        "name": name,
        "said": words.done(request.GET.get("done", "")),
    }
    return render(request, "people_lists.html", given, status=422 if trouble else 200)


def _formerly(one: TeamCard, see: Moments) -> str:
    return ", ".join(
        _("%(name)s until %(when)s") % {"name": name, "when": see.day(until)}
        for name, until in one.former_names
    )


def _ask_before_team(request: SignedIn, name: str) -> HttpResponse:
    known = {one.id: one.name for one in directory.teams(request.moment)}
    team = _team(request.POST)
    given = {
        "title": _("End the team %(name)s?") % {"name": known.get(team, "–")},
        "sentence": _(
            "Nobody is in it any more: its leaders no longer hear its members, and what was handed "
            "over ends. Its past stays in the history; its name is not given again."
        ),
        "button": _("End the team"),
        "act": "/people/lists/",
        "back": "/people/lists/",
        "fields": [("act", "team-end"), ("team", team.hex)],
    }
    return render(request, "person_confirm.html", given)


def _ask_first(request: SignedIn, name: str) -> HttpResponse:
    given = {
        "title": _("Take %(name)s off the list?") % {"name": name},
        "sentence": _("Nobody who works for this company can be given an account any more."),
        "button": _("Take off the list"),
        "act": "/people/lists/",
        "back": "/people/lists/",
        "fields": [("act", "company-end"), ("name", name)],
    }
    return render(request, "person_confirm.html", given)


QUESTIONS = {"company-end": _ask_first, "team-end": _ask_before_team}
"""What is asked about before it is done."""
