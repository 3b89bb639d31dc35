"""Who comes to listen on a day: a page for the door, and to be printed for it."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access.doors import NotVisible
from vaiti.rights import visiting
from vaiti.rights.visiting import Visitor
from vaiti.web import dates
from vaiti.web.casework.own_case import Time, time_of
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import WEEKDAYS, Moments
from vaiti.web.wording import copy_words


@dataclass(frozen=True, slots=True)
class Row:
    """One visitor. `code`: whether they can open the kiosk, or have been there already."""

    case: str
    number: str
    name: str
    language: str
    begins: str
    ends: str
    time: Time
    code: str


@only("GET")
def visits(request: SignedIn) -> HttpResponseBase:
    """Of today, or of the day that was typed."""
    see, typed = Moments.at(request.moment), request.GET.get("day", "")[: dates.MAX_TYPED]
    given: dict[str, object] = {"typed": typed, "example": see.example(1)}
    try:
        day = dates.parse_day(typed, see.today, ahead=True) or see.today
        given |= _of_day(request, see, day)
    except (dates.NotADay, OverflowError):
        given["wrong"] = _("Write a day like %(example)s.") % {"example": see.example(1)}
        return render(request, "visits.html", given, status=422)
    return render(request, "visits.html", given)


def _of_day(request: SignedIn, see: Moments, day: date) -> dict[str, object]:
    begins, ends = dates.day_begins(day, see.zone), dates.day_ends(day, see.zone)
    before, after = (dates.write_day(day + timedelta(days=step)) for step in (-1, 1))
    try:
        found = visiting.on_day(request.person.id, begins, ends, request.moment)
    except NotVisible as error:
        raise Http404 from error
    return {
        "rows": [_row(one, see) for one in found.visitors],
        "day": f"{_(WEEKDAYS[day.weekday()])} {dates.write_day(day)}",
        "is_today": day == see.today,
        "before": before,
        "after": after,
        "next": see.day(found.next_at) if found.next_at else "",
        "typed": dates.write_day(day),
    }


def _row(one: Visitor, see: Moments) -> Row:
    ends_at = one.slot.begins_at + timedelta(minutes=one.slot.minutes)
    if one.been:
        code = _("has been here")
    else:
        code = _("has a code") if one.coded else _("has no code yet: make one on the case’s page")
    return Row(
        case=one.case.hex,
        number=one.number,
        name=one.name,
        language=copy_words.language(one.language),
        begins=see.time(one.slot.begins_at),
        ends=see.time(ends_at),
        time=time_of(one.slot, see),
        code=code,
    )
