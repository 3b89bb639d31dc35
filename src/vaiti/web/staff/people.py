"""Who is who: the list of people, one person's page, and entering a new one. No call is here."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import overview
from vaiti.people import (
    companies,
    confirming,
    directory,
    duties,
    enrol,
    factors,
    recertify,
    widening,
)
from vaiti.people.book import LANGUAGES
from vaiti.people.directory import Found, People, Profile, Wanted
from vaiti.people.errors import EnrolmentError
from vaiti.web import history
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.staff import refusals
from vaiti.web.staff.staying import Dated, Stays
from vaiti.web.staff.widening_lines import lines
from vaiti.web.wording import words

MAX_TEXT = 64  # characters of a search
FIELDS = ("text", "role", "team", "state")


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    name: str
    login: str
    employer: str
    roles: list[str]
    teams: list[str]
    presence: str
    leaving: bool


def must(duty: Callable[[Collection[str]], bool], request: SignedIn) -> None:
    """Raises Http404 for whoever has not this duty: the page is not there for them."""
    if not duty(request.person.roles):
        raise Http404


@only("GET")
def people(request: SignedIn) -> HttpResponseBase:
    must(duties.looks_at_people, request)
    see = Moments.at(request.moment)
    asked = {name: request.GET.get(name, "").strip()[:MAX_TEXT] for name in FIELDS}
    state = asked["state"] if asked["state"] in {*directory.STATES, "all"} else directory.HERE
    role = asked["role"] if asked["role"] in words.ROLES else ""
    wanted = Wanted(asked["text"], role, as_id(asked["team"]), state)
    number = request.GET.get("page", "")
    page = int(number) if number.isdecimal() and len(number) <= 6 else 1
    found = directory.search(wanted, request.moment, page)
    given = {
        "rows": [_row(one, see) for one in found.found],
        "count": count_of_people(found.count),
        "pages": _pages(found, asked),
        "text": asked["text"],
        "roles": role_choices(role),
        "teams": team_choices(request, asked["team"]),
        "states": [Choice(code, words.presence(code), code == state) for code in words.PRESENCES],
        "used": any(asked.values()),
        "enters": duties.enters_people(request.person.roles),
        "widenings": _to_look_at(request),
        "confirms": _to_confirm(request),
    }
    return render(request, "people.html", given)


def _to_look_at(request: SignedIn) -> str:
    """What waits for the officer; nothing for everybody else."""
    if not duties.minds_widenings(request.person.roles):
        return ""
    return _("Widenings to look at: %(count)d") % {"count": widening.count_unseen()}


def _to_confirm(request: SignedIn) -> str:
    if not duties.confirms_people(request.person.roles):
        return ""
    mine = confirming.to_confirm(request.person.id, wired().recertify, request.moment)
    due = sum(one.due <= request.moment for one in mine)
    return _("To confirm now: %(count)d") % {"count": due}


def _pages(found: People, asked: Mapping[str, str]) -> dict[str, str] | None:
    """Where one is among several pages, and the addresses of those beside; None for one page."""
    if found.pages == 1:
        return None
    kept = {name: value for name, value in asked.items() if value}

    def address(page: int) -> str:
        there = 0 < page <= found.pages
        return f"/people/?{urlencode({**kept, 'page': str(page)})}" if there else ""

    where = _("Page %(page)d of %(pages)d") % {"page": found.page, "pages": found.pages}
    return {"where": where, "before": address(found.page - 1), "after": address(found.page + 1)}


def _row(one: Found, see: Moments) -> Row:
    return Row(
        one.id.hex,
        one.name,
        one.login,
        one.employer,
        [words.role(role) for role in one.roles],
        list(one.teams),
        presence(one.ends, see),
        one.state == directory.LEAVING,
    )


def presence(ends: datetime | None, see: Moments) -> str:
    """Here, leaving at an instant to come, or gone since one."""
    if ends is None:
        return _("here")
    when = {"when": see.day_and_time(ends)}
    return _("leaves %(when)s") % when if ends > see.now else _("left %(when)s") % when


def count_of_people(count: int) -> str:
    return ngettext("%(count)d person", "%(count)d people", count) % {"count": count}


def role_choices(chosen: str = "") -> list[Choice]:
    return [Choice(code, words.role(code), code == chosen) for code in words.ROLES]


def team_choices(request: SignedIn, chosen: str = "") -> list[Choice]:
    known = directory.teams(request.moment)
    return [Choice(one.id.hex, one.name, one.id.hex == chosen) for one in known]


def company_choices(request: SignedIn, chosen: str = "") -> list[Choice]:
    known = companies.companies(request.moment)
    return [Choice(one.name, one.name, one.name == chosen) for one in known]


def as_id(text: str) -> UUID | None:
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


@only("GET", "POST")
def new_person(request: SignedIn) -> HttpResponseBase:
    must(duties.enters_people, request)
    if request.method != "POST":
        return _new_form(request, {})
    typed = request.POST
    try:
        person = enrol.add_person(
            login=typed.get("login", "").strip().casefold(),
            name=typed.get("name", ""),
            employer=typed.get("employer", ""),
            language=typed.get("language", ""),
            namesake="namesake" in typed,
            by=request.person.id.hex,
            now=request.moment,
        )
    except EnrolmentError as refused:
        return _new_form(request, typed, refusals.trouble(refused))
    return HttpResponseRedirect(f"/people/{person.hex}/?done=new")


def _new_form(
    request: SignedIn, typed: Mapping[str, str], trouble: Trouble | None = None
) -> HttpResponse:
    language = typed.get("language", "fi")
    given = {
        "typed": typed,
        "trouble": trouble,
        "employers": company_choices(request, typed.get("employer", "")),
        "languages": [Choice(code, words.language(code), code == language) for code in LANGUAGES],
    }
    return render(request, "person_new.html", given, status=422 if trouble else 200)


@only("GET")
def person(request: SignedIn, person_id: str) -> HttpResponseBase:
    return person_page(request, person_id)


def person_page(
    request: SignedIn,
    person_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    trouble: Trouble | None = None,
    password: str = "",
) -> HttpResponse:
    """The page with what is known; `typed` and `trouble` come from a form that was refused."""
    must(duties.looks_at_people, request)
    found = directory.profile(UUID(hex=person_id), request.moment)
    if found is None:
        raise Http404
    see = Moments.at(request.moment)
    roles = request.person.roles
    reported = recertify.reports_about(found.id)
    page = overview.read_history(request.person.id, found.id, request.moment)
    given = {
        "one": _facts(found, see),
        "stays": Stays.of(found, see),
        "enters": duties.enters_people(roles) and found.here,
        "returns": duties.enters_people(roles) and not found.here,
        "confirmers": _confirmers(request, found) if duties.enters_people(roles) else [],
        "settles": duties.enters_people(roles),
        "reports": [_report(*one, see) for one in reported],
        **_for_the_officer(found.id, see, duties.minds_widenings(roles)),
        "history": history.lines(page.entries, see),
        "older_history": page.before is not None,
        "factors": sorted(words.factor(one.kind) for one in factors.factors_of(found.id)),
        "grantable": role_choices((typed or {}).get("role", "")),
        "teams": team_choices(request, (typed or {}).get("team", "")),
        "employers": company_choices(request, found.employer),
        "typed": typed or {},
        "trouble": trouble,
        "password": password,
        "said": words.done(request.GET.get("done", "")),
        "like": _("Like %(example)s.") % {"example": see.example(7)},
    }
    return render(request, "person.html", given, status=422 if trouble else 200)


def _confirmers(request: SignedIn, found: Profile) -> list[Choice]:
    """Who may confirm this person, if somebody named does: nothing for members of led teams."""
    everybody = confirming.outsiders(wired().recertify, request.moment)
    named = {one.person: one.named for one in everybody}
    if found.id not in named:
        return []
    fit = {
        person: name
        for role in duties.CONFIRMS
        for person, name in directory.holders(role, request.moment)
        if person != found.id
    }
    chosen = named[found.id]
    ordered = sorted(fit.items(), key=lambda pair: pair[1])
    anybody = Choice(
        "", _("Any data protection officer; for officers any administrator"), not chosen
    )
    return [anybody, *(Choice(one.hex, name, one == chosen) for one, name in ordered)]


def _for_the_officer(person_id: UUID, see: Moments, minds: bool) -> dict[str, object]:
    if not minds:
        return {}
    found = lines(widening.unseen(person_id), see)
    return {"widened": found, "factors_removed": widening.factors_removed(person_id)}


def _facts(found: Profile, see: Moments) -> dict[str, object]:
    return {
        "id": found.id.hex,
        "name": found.name,
        "login": found.login,
        "employer": found.employer,
        "since": see.day_and_time(found.since),
        "ends": see.day_and_time(found.ends) if found.ends else "",
        "presence": presence(found.ends, see),
        "before": [
            Dated(_("Was here before"), note=f"{see.day(begun)} – {see.day(ended)}")
            for begun, ended in found.before
        ],
        "former": [
            Dated(_("Name until %(when)s") % {"when": see.day(until)}, note=name)
            for name, until in found.former_names
        ],
    }


def _report(leader: str, team: str, at: datetime, see: Moments) -> str:
    facts = {"leader": leader, "team": team, "when": see.day(at)}
    if not team:
        return _("%(leader)s says that something is wrong with this person (%(when)s).") % facts
    return _("%(leader)s says that this person is wrong in the team %(team)s (%(when)s).") % facts
