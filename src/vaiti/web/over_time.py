"""Calls over time as a picture, with the table behind it; a bar leads to the list of its days."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import counting
from vaiti.access.doors import NotVisible, Unprepared
from vaiti.register.filters import Filters
from vaiti.register.tally import Tally
from vaiti.web import bars, dates, searching
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, write_share
from vaiti.web.searching import Search
from vaiti.web.spans import Stretch, Unit, cut, range_of

PICTURES = Pace(most=60, seconds=60)  # a person a minute, as of the list (N-23)
OPEN = "picture=open"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table, which says what the picture shows."""

    label: str
    href: str
    count: int
    interrupted: int
    paused: int


@dataclass(frozen=True, slots=True)
class Offered:
    """Where the picture of what is searched for is, and whether it is shown at once."""

    address: str
    open: bool


def picture_of(request: SignedIn, search: Search) -> Offered:
    query = urlencode(search.given)
    address = "/calls/over-time" + (f"?{query}" if query else "")
    return Offered(address, request.GET.get("picture") == "open")


@only("GET")
def calls(request: SignedIn) -> HttpResponseBase:
    see = Moments.at(request.moment)
    search = searching.read(request.GET.dict(), see, wired().region)
    if "number" in search.given and request.GET.get("number") != search.given["number"]:
        raise Http404  # no page of ours gives out such an address
    return _page(request, search, see, of_all=False)


@only("GET")
def counts(request: SignedIn) -> HttpResponseBase:
    """For the officer: of all calls, narrowed by days only."""
    if not request.person.roles & counting.COUNTERS:
        raise Http404
    see = Moments.at(request.moment)
    days = {name: request.GET.get(name, "") for name in ("from", "to")}
    return _page(request, searching.read(days, see, wired().region), see, of_all=True)


def _page(request: SignedIn, search: Search, see: Moments, *, of_all: bool) -> HttpResponse:
    if not PICTURES.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=PICTURES.seconds)
    given: dict[str, object] = {"form": search, "of_all": of_all, "back": search.address()}
    if search.filters is None:
        return render(request, "over_time.html", given, status=422)
    first, last = range_of(search.filters.from_day, search.filters.to_day, see.today)
    narrowed = replace(search.filters, from_day=first, to_day=last)
    unit, stretches = cut(first, last, see.zone)
    found = _ask(request, narrowed, stretches, of_all=of_all)
    lines = [
        Line(_label(one, unit, see), _address(search, one, of_all=of_all), *_numbers(tally))
        for one, tally in zip(stretches, found, strict=True)
    ]
    given |= {
        "picture": bars.draw([_column(line) for line in lines]) if _any(lines) else None,
        "lines": lines,
        "caption": _caption(unit, first, last),
        "said": _said(lines),
    }
    return render(request, "over_time.html", given)


def _ask(
    request: SignedIn, filters: Filters, stretches: list[Stretch], *, of_all: bool
) -> tuple[Tally, ...]:
    spans = [(one.begins, one.ends) for one in stretches]
    person, now = request.person.id, request.moment
    try:
        if of_all:
            return counting.all_calls_over_time(person, spans, now)
        return counting.calls_over_time(person, filters, spans, now)
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except NotVisible as error:
        raise Http404 from error


def _numbers(tally: Tally) -> tuple[int, int, int]:
    return tally.count, tally.interrupted, tally.paused


def _column(line: Line) -> bars.Counted:
    parts = (("interrupted", line.interrupted), ("paused", line.paused))
    return bars.Counted(line.label, line.href, line.count, parts)


def _any(lines: list[Line]) -> bool:
    return any(line.count for line in lines)


def _label(one: Stretch, unit: Unit, see: Moments) -> str:
    if unit is Unit.HOUR:
        return _("%(day)s at %(time)s") % {
            "day": dates.write_day(one.first),
            "time": see.time(one.begins),
        }
    if one.first == one.last:
        return dates.write_day(one.first)
    return f"{dates.write_day(one.first)}–{dates.write_day(one.last)}"


def _address(search: Search, one: Stretch, *, of_all: bool) -> str:
    """The same search, of the days of this bar, with the picture of them."""
    days = {"from": dates.write_day(one.first), "to": dates.write_day(one.last)}
    if of_all:
        return f"/counts/?{urlencode(days)}"
    return f"/calls/?{urlencode(search.given | days)}&{OPEN}"


def _caption(unit: Unit, first: date, last: date) -> str:
    days = {"first": dates.write_day(first), "last": dates.write_day(last)}
    captions = {
        Unit.HOUR: _("Calls by the hour, %(first)s–%(last)s"),
        Unit.DAY: _("Calls by the day, %(first)s–%(last)s"),
        Unit.WEEK: _("Calls by the week, %(first)s–%(last)s"),
    }
    return captions[unit] % days


def _said(lines: list[Line]) -> str:
    whole = sum(line.count for line in lines)
    interrupted = sum(line.interrupted for line in lines)
    paused = sum(line.paused for line in lines)
    return ", ".join(
        (
            ngettext("%(count)d call", "%(count)d calls", whole) % {"count": whole},
            _("%(count)d (%(share)s %%) interrupted") % _share(interrupted, whole),
            _("%(count)d (%(share)s %%) with a pause") % _share(paused, whole),
        )
    )


def _share(part: int, whole: int) -> dict[str, object]:
    return {"count": part, "share": write_share(part, whole)}
