"""What an administrator does to one person, each act a POST that is answered with the page again.

Acts that cut somebody off are asked about first, on a page of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.http import Http404, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.people import (
    book,
    confirming,
    delegation,
    duties,
    enrol,
    factors,
    recertify,
    returning,
    sessions,
    signin,
    widening,
)
from vaiti.people.errors import EnrolmentError
from vaiti.web import dates
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.staff import refusals
from vaiti.web.staff.people import as_id, must, person_page
from vaiti.web.wording import words

YEAR = 364  # days: a day typed without a year is the next such day


class WrongDay(ValueError):
    """A day was typed that is no day of the calendar."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One act as it was sent: on whom, with what typed, by whom, as of when."""

    person: UUID
    typed: QueryDict
    by: str
    see: Moments

    @property
    def now(self) -> datetime:
        return self.see.now

    def text(self, name: str) -> str:
        return self.typed.get(name, "").strip()

    def after(self, name: str) -> datetime | None:
        """The end of the day typed in the field, or None when it is empty. Raises WrongDay."""
        return end_of_day(self.text(name), self.see)

    def since(self, name: str) -> datetime | None:
        """The beginning of the day typed, or now if that is today. Raises WrongDay."""
        return beginning_of_day(self.text(name), self.see)

    def team(self) -> UUID:
        return as_id(self.text("team")) or UUID(int=0)


def end_of_day(text: str, see: Moments) -> datetime | None:
    try:
        day = dates.parse_day(text, see.today + timedelta(days=YEAR))
        return dates.day_begins(day + timedelta(days=1), see.zone) if day else None
    except (dates.NotADay, OverflowError) as error:
        raise WrongDay from error


def beginning_of_day(text: str, see: Moments) -> datetime | None:
    ends = end_of_day(text, see)
    if ends is None:
        return None
    day = see.day_of(ends - timedelta(hours=12))
    return see.now if day == see.today else dates.day_begins(day, see.zone)


def wrong_day(see: Moments) -> Trouble:
    example = {"example": see.example(7)}
    return Trouble(_("Nothing was changed"), _("Write a day like %(example)s.") % example)


def _grant(asked: Asked) -> None:
    enrol.grant_role(
        asked.person,
        asked.text("role"),
        since=asked.since("since"),
        until=asked.after("until"),
        by=asked.by,
        now=asked.now,
    )


def _put_into_team(asked: Asked) -> None:
    verb = enrol.lead_team if asked.text("as") == "leads" else enrol.join_team
    verb(asked.person, asked.team(), by=asked.by, now=asked.now)


def _release(asked: Asked) -> None:
    device = asked.text("device")
    if book.at_device(device, asked.now) != asked.person:
        raise EnrolmentError("nobody uses this device")
    enrol.release_device(device, by=asked.by, now=asked.now)


def _take_back(asked: Asked) -> None:
    found = as_id(asked.text("delegation")) or UUID(int=0)
    delegation.take_back(found, by=asked.by, now=asked.now)


ACTS: dict[str, Callable[[Asked], object]] = {
    "rename": lambda one: enrol.rename(one.person, one.text("name"), by=one.by, now=one.now),
    "company": lambda one: enrol.move_to_company(
        one.person, one.text("employer"), by=one.by, now=one.now
    ),
    "role": _grant,
    "role-end": lambda one: enrol.end_role(one.person, one.text("role"), by=one.by, now=one.now),
    "team": _put_into_team,
    "team-leave": lambda one: enrol.leave_team(one.person, one.team(), by=one.by, now=one.now),
    "device": lambda one: enrol.assign_device(
        one.person, one.text("device"), by=one.by, now=one.now
    ),
    "device-release": _release,
    "leave": lambda one: enrol.depart(one.person, at=one.after("last"), by=one.by, now=one.now),
    "return": lambda one: returning.come_back(
        one.person, employer=one.text("employer"), by=one.by, now=one.now
    ),
    "confirmer": lambda one: confirming.name_confirmer(
        one.person, as_id(one.text("confirmer")), by=one.by, now=one.now
    ),
    "stay": lambda one: enrol.stay(one.person, by=one.by, now=one.now),
    "delegation-end": _take_back,
    "factors-lost": lambda one: factors.remove_all(one.person, by=one.by, now=one.now),
    "sessions-end": lambda one: sessions.end_others(one.person, by=one.by, now=one.now),
    "settled": lambda one: recertify.settle(one.person, by=one.by, now=one.now),
}
GRAVE = frozenset({"leave", "role-end", "team-leave", "factors-lost"})


@only("POST")
def act(request: SignedIn, person_id: str, name: str) -> HttpResponseBase:
    must(duties.enters_people, request)
    if name not in ACTS:
        raise Http404
    see = Moments.at(request.moment)
    asked = Asked(UUID(hex=person_id), request.POST, request.person.id.hex, see)
    try:
        if name in GRAVE and "sure" not in request.POST:
            return _ask_first(request, name, asked)
        ACTS[name](asked)
    except EnrolmentError as refused:
        trouble = refusals.trouble(refused)
    except WrongDay:
        trouble = wrong_day(see)
    else:
        return HttpResponseRedirect(f"/people/{person_id}/?done={name}")
    return person_page(request, person_id, typed=request.POST, trouble=trouble)


def _ask_first(request: SignedIn, name: str, asked: Asked) -> HttpResponseBase:
    """What will happen, to be confirmed. Raises WrongDay."""
    names = book.names([asked.person])
    if not names:
        raise Http404
    title, sentence, button = _consequence(name, asked)
    given = {
        "title": title % {"name": names[asked.person]},
        "sentence": sentence,
        "button": button,
        "act": f"/people/{asked.person.hex}/do/{name}",
        "back": f"/people/{asked.person.hex}/",
        "fields": [
            (key, value)
            for key, value in request.POST.items()
            if key not in ("csrfmiddlewaretoken", "sure")
        ],
    }
    return render(request, "person_confirm.html", given)


def _consequence(name: str, asked: Asked) -> tuple[str, str, str]:
    """Title, sentence and button of the question."""
    if name == "leave":
        at = asked.after("last")
        when = asked.see.day_and_time(at) if at else ""
        sentence = (
            _("From %(when)s on they cannot sign in, hear or see anything.") % {"when": when}
            if at
            else _("They are signed out at once, and can no longer hear or see anything.")
        )
        return (
            _("End the employment of %(name)s?"),
            sentence + " " + _("Roles, teams, devices and delegations end with it."),
            _("End the employment"),
        )
    if name == "factors-lost":
        return (
            _("Remove the second factors of %(name)s?"),
            _(
                "Do it only when you are sure that it is this person who has lost them. They are "
                "signed out everywhere, sign in with the password alone, and enrol anew. The data "
                "protection officer is told."
            ),
            _("Remove the second factors"),
        )
    if name == "role-end":
        role = {"role": words.role(asked.text("role"))} if asked.text("role") in words.ROLES else {}
        return (
            _("End a role of %(name)s?"),
            _("What the role allows ends at once: %(role)s.") % ({"role": "–"} | role),
            _("End the role"),
        )
    return (
        _("Take %(name)s out of a team?"),
        _("Its leaders can no longer hear this person’s calls, from before neither."),
        _("Take out of the team"),
    )


@only("POST")
def give_password(request: SignedIn, person_id: str) -> HttpResponseBase:
    """A first password, made here and shown once."""
    must(duties.enters_people, request)
    try:
        made = signin.give_password(
            UUID(hex=person_id), by=request.person.id.hex, now=request.moment
        )
    except EnrolmentError as refused:
        return person_page(request, person_id, trouble=refusals.trouble(refused))
    return person_page(request, person_id, password=made)


@only("POST")
def mark_seen(request: SignedIn, person_id: str) -> HttpResponseBase:
    """The data protection officer has looked at what a machine widened."""
    must(duties.minds_widenings, request)
    widening.seen(UUID(hex=person_id), by=request.person.id.hex, now=request.moment)
    return HttpResponseRedirect(f"/people/{person_id}/?done=seen")
