"""A range of days cut into hours, days or weeks for a picture, in the register's zone. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from vaiti.web.dates import day_begins

MOST_DAYS = 366
MOST_OF_HOURS = 2  # days
MOST_OF_DAYS = 62
USUAL = 30  # days, where no first one is asked for
HOUR = timedelta(hours=1)
LATEST = date.max - timedelta(days=2)  # its end can still be written in every zone


class Unit(StrEnum):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `begins` on and before `ends`, in UTC; the local days of both, the last one included."""

    begins: datetime
    ends: datetime
    first: date
    last: date


def range_of(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days that are drawn: a month where none are asked for, and never more than MOST_DAYS."""
    last = min(last or max(first or today, today), LATEST)
    if first is None or first > last:
        first = max(date.min + timedelta(days=USUAL), last) - timedelta(days=USUAL - 1)
    return max(first, last - timedelta(days=min(MOST_DAYS - 1, (last - date.min).days))), last


def cut(first: date, last: date, zone: ZoneInfo) -> tuple[Unit, list[Stretch]]:
    """Hours of up to two days, days of up to two months, and otherwise weeks from Monday on."""
    days = (last - first).days + 1
    if days <= MOST_OF_HOURS:
        return Unit.HOUR, _hours(first, last, zone)
    if days <= MOST_OF_DAYS:
        return Unit.DAY, [_stretch(day, day, zone) for day in _steps(first, last, 1)]
    begins = [first, *_steps(first + timedelta(days=7 - first.weekday()), last, 7)]
    ends = [day - timedelta(days=1) for day in begins[1:]] + [last]
    return Unit.WEEK, [_stretch(*week, zone) for week in zip(begins, ends, strict=True)]


def _steps(first: date, last: date, step: int) -> list[date]:
    return [first + timedelta(days=at) for at in range(0, (last - first).days + 1, step)]


def _stretch(first: date, last: date, zone: ZoneInfo) -> Stretch:
    return Stretch(day_begins(first, zone), day_begins(last + timedelta(days=1), zone), first, last)


def _hours(first: date, last: date, zone: ZoneInfo) -> list[Stretch]:
    """As many as those days have: 23 or 25 where clocks are moved."""
    whole, found = _stretch(first, last, zone), []
    at = whole.begins
    while at < whole.ends:
        day = at.astimezone(zone).date()
        found.append(Stretch(at, min(at + HOUR, whole.ends), day, day))
        at += HOUR
    return found
