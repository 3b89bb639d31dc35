"""Who had access on a day, in words: for the officer, the auditor and the administrator."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import on_day
from vaiti.access.doors import NotVisible
from vaiti.access.on_day import Day, Heard, PersonsDay, Way
from vaiti.people import book, duties
from vaiti.people.as_of import Span
from vaiti.web import dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import MAX_FIELD, Choice
from vaiti.web.staff.people import as_id, count_of_people, must
from vaiti.web.wording import access_words, words


@dataclass(frozen=True, slots=True)
class Right:
    """One way to hear: the sentence, and whose calls with when where it was not all day."""

    sentence: str
    whose: list[str]
    when: str


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    name: str
    employer: str
    roles: list[str]
    teams: list[str]
    rights: list[Right]


@only("GET")
def access_on(request: SignedIn) -> HttpResponseBase:
    must(duties.looks_at_people, request)
    see = Moments.at(request.moment)
    typed = request.GET.get("day", "").strip()[:MAX_FIELD]
    agent = as_id(request.GET.get("agent", ""))
    given: dict[str, object] = {
        "typed": typed,
        "example": see.example(-1),
        "wrong": "",
        "lines": None,
    }
    try:
        day = dates.parse_day(typed, see.today) or see.today
        told = _told(request, see, day, agent)
    except (dates.NotADay, OverflowError):
        given["wrong"] = _("Write a day like %(example)s.") % {"example": see.example(-1)}
        return render(request, "access_on.html", given | _agents({}, agent), status=422)
    given |= {
        "typed": dates.write_day(day),
        "lines": [_line(one, told, see) for one in told.people],
        "count": count_of_people(len(told.people)),
        "heading": _heading(day, agent),
    }
    return render(request, "access_on.html", given | _agents(told.names, agent))


def _told(request: SignedIn, see: Moments, day: date, agent: UUID | None) -> Day:
    begins = dates.day_begins(day, see.zone)
    ends = dates.day_begins(day + timedelta(days=1), see.zone)
    try:
        return on_day.had_access(request.person.id, begins, ends, request.moment, agent)
    except NotVisible as error:
        raise Http404 from error


def _heading(day: date, agent: UUID | None) -> str:
    written = dates.write_day(day)
    if agent is None:
        return _("Who had access on %(day)s") % {"day": written}
    name = book.names([agent]).get(agent, "–")
    return _("Who could hear %(name)s on %(day)s") % {"name": name, "day": written}


def _agents(names: dict[UUID, str], chosen: UUID | None) -> dict[str, list[Choice]]:
    found = sorted(names.items(), key=lambda one: one[1].casefold())
    return {"agents": [Choice(one.hex, name, one == chosen) for one, name in found]}


def _line(one: PersonsDay, told: Day, see: Moments) -> Line:
    return Line(
        one.id.hex,
        one.name,
        one.employer,
        [_with_span(words.role(kind), span, told, see) for kind, span in one.roles],
        [
            _with_span(f"{name} ({_('leader') if leads else _('member')})", span, told, see)
            for name, leads, span in one.teams
        ],
        [_right(way, heard, told, see) for way, heard in one.ways],
    )


def _right(way: Way, heard: tuple[Heard, ...], told: Day, see: Moments) -> Right:
    sentence = access_words.way_to_hear(
        way.rule,
        team=told.teams.get(way.team, "") if way.team else "",
        giver=told.names.get(way.giver, "–") if way.giver else "",
        reference=way.reference,
    )
    if way.team is None:
        spans = [span for one in heard for span in one.spans]
        return Right(sentence, [], ", ".join(filter(None, (_when(s, told, see) for s in spans))))
    whose = sorted(
        (told.names.get(one.agent, "–") if one.agent else "–", one.spans) for one in heard
    )
    return Right(sentence, [_named(name, spans, told, see) for name, spans in whose], "")


def _named(name: str, spans: tuple[Span, ...], told: Day, see: Moments) -> str:
    when = ", ".join(filter(None, (_when(span, told, see) for span in spans)))
    return f"{name} ({when})" if when else name


def _with_span(label: str, span: Span, told: Day, see: Moments) -> str:
    when = _when(span, told, see)
    return f"{label} ({when})" if when else label


def _when(span: Span, told: Day, see: Moments) -> str:
    """The part of the day, in wall time; nothing for the whole of it."""
    begins = max(span.begins, told.span.begins)
    last = told.span.ends if told.span.ends is not None else span.ends
    ends = min(filter(None, (span.ends, last)), default=None)
    if begins == told.span.begins and ends == told.span.ends:
        return ""
    end = "24" if ends == told.span.ends or ends is None else see.time(ends)
    return f"{see.time(begins)}–{end}"
