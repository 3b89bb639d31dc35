"""What is wrong just now, for those who keep the register running or answer for it."""

import re
from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.due import alarms
from vaiti.people import attention, book
from vaiti.web import alarm_places, backlog, recorders, setup, store_moving
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import DataPlace, wired
from vaiti.web.moments import Moments
from vaiti.web.places import STATE, places_of
from vaiti.web.silence import silent_since
from vaiti.web.wording import alarm_details, keeping_words, words

_ID = re.compile(r"\b[0-9a-f]{32}\b")
MOST_DIGITS = 9
"""Of how often an alarm was raised; more fit into no database."""


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """`place` is what a person calls the place that `key` names; empty where it has no name.
    `said` is the detail in the reader's language, and `quoted` what follows it in English.

    `seen` is where to say that an event has been seen; a state ends by itself and has none."""

    kind: str
    place: str
    key: str
    said: str
    quoted: str
    since: str
    last: str
    count: int
    seen: str


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A place where data lies or passes."""

    role: str
    provider: str
    country: str
    contract: str
    state: str
    well: bool


@only("GET")
def state(request: SignedIn) -> HttpResponseBase:
    return _page(request, again=False)


@only("POST")
def seen(request: SignedIn, alarm_id: str) -> HttpResponseBase:
    told = request.POST.get("count", "")
    count = int(told) if told.isdecimal() and len(told) <= MOST_DIGITS else 0
    try:
        attention.mark_seen(request.person.id, UUID(hex=alarm_id), count, request.moment)
    except attention.NotYours as error:
        raise Http404 from error
    except attention.HappenedAgain:
        return _page(request, again=True)
    return HttpResponseRedirect("/state/")


def _page(request: SignedIn, *, again: bool) -> HttpResponse:
    if STATE not in places_of(request.person.roles):
        raise Http404
    see = Moments.at(request.moment)
    standing = alarms.standing()
    reader = alarm_details.Reader(see, _names(standing))
    lines = [_line(alarm, reader) for alarm in standing]
    found = setup.checks(see)
    done = {"done": sum(check.done for check in found), "all": len(found)}
    set_up = _("%(done)d of %(all)d in place") % done
    silent = silent_since(request.moment)
    since = see.day_and_time(silent) if silent else ""
    all_recorders = recorders.told(see)
    given = {
        **{"silent": since, "alarms": lines, "again": again, "checks": found, "set_up": set_up},
        "kept": [_kept(one, see) for one in wired().places(request.moment)],
        "recorders": all_recorders,
        "recorders_said": recorders.explained(all_recorders),
        "backlog": backlog.told(see),
        "moving": store_moving.told(see),
    }
    return render(request, "state.html", given, status=409 if again else 200)


def _kept(one: DataPlace, see: Moments) -> KeptLine:
    state = keeping_words.state(one.state)
    if one.at:
        state = _("%(state)s on %(day)s") % {"state": state, "day": see.day(one.at)}
    role = keeping_words.role(one.role)
    return KeptLine(role, one.provider, one.country, one.contract, state, one.well)


def _names(standing: list[alarms.Standing]) -> dict[str, str]:
    """Of the people and teams that alarms about people name, by their ids."""
    told = [f"{one.key} {one.detail}" for one in standing if one.kind.startswith("people:")]
    ids = [UUID(hex=one) for one in _ID.findall(" ".join(told))]
    named = book.names(ids) | book.team_names() if ids else {}
    return {one.hex: name for one, name in named.items()}


def _line(alarm: alarms.Standing, reader: alarm_details.Reader) -> AlarmLine:
    told, see = reader.told(alarm), reader.see
    return AlarmLine(
        words.alarm(alarm.kind),
        alarm_places.place(alarm, reader.names, see.now),
        alarm.key,
        told.sentence,
        told.quoted,
        see.day_and_time(alarm.raised_at),
        see.day_and_time(alarm.last_at),
        alarm.count,
        f"/state/{alarm.id.hex}/seen" if alarm.event else "",
    )
