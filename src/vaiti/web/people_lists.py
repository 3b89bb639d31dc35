"""The lists that people stand on: teams, and the controller's companies (N-24)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.people import companies, directory, duties, enrol
from vaiti.people.errors import EnrolmentError
from vaiti.web import refusals, words
from vaiti.web.errors import Trouble
from vaiti.web.methods import only
from vaiti.web.moments import Moments
from vaiti.web.people import count_of_people, must
from vaiti.web.request import SignedIn

ACTS: dict[str, Callable[[str, str, datetime], object]] = {
    "team": lambda name, by, now: enrol.add_team(name, by=by, now=now),
    "company": lambda name, by, now: companies.add_company(name, by=by, now=now),
    "company-end": lambda name, by, now: companies.end_company(name, by=by, now=now),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A team."""

    name: str
    id: str
    leaders: str
    members: str


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    since: str
    people: str


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
    if act == "company-end" and "sure" not in request.POST:
        return _ask_first(request, name)
    try:
        ACTS[act](name, request.person.id.hex, request.moment)
    except EnrolmentError as refused:
        return _page(request, refusals.trouble(refused), act=act, name=name)
    return HttpResponseRedirect("/people/lists/?done=list")


def _page(
    request: SignedIn, trouble: Trouble | None = None, *, act: str = "", name: str = ""
) -> HttpResponse:
    see = Moments.at(request.moment)
    given = {
        "teams": [
            Line(one.name, one.id.hex, ", ".join(one.leaders), count_of_members(one.members))
            for one in directory.teams(request.moment)
        ],
        "companies": [
            Company(
                one.name,
                _("from %(when)s") % {"when": see.day(one.since)},
                count_of_people(one.people),
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
