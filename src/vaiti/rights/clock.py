"""The one-month clock of a person's request (Art. 12(3); Regulation 1182/71 Art. 3). Pure.

A request is due on the day with the same number in the next month, or on that month's last day,
until the end of the day. Where that is no working day the law's outer limit is the next one: it is
shown, and nobody plans by it.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from vaiti.rights.holidays import Calendar

SLOW = (10, 20, 25)  # days from arrival, each an alarm: without undue delay is the main rule
SOON = timedelta(days=2)
ASKED_SOON = timedelta(days=10)
"""A doubt about who asks suspends the clock only if it was told within so many days."""


class Stage(StrEnum):
    """What a clock says on a day, each once. The unpaused ones: as if it had never stood still."""

    SLOW_10 = "slow_10"
    SLOW_20 = "slow_20"
    SLOW_25 = "slow_25"
    SOON = "soon"
    SOON_UNPAUSED = "soon_unpaused"
    OVERDUE = "overdue"
    OVERDUE_UNPAUSED = "overdue_unpaused"


class ClockRefused(Exception):
    """`code` says what the law does not allow."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to a request that its limits depend on.

    `extended_on`: the person was told of two months more. `asked_on`: they were asked who they are,
    and `answered_on`: they have shown it.
    """

    received: date
    extended_on: date | None = None
    asked_on: date | None = None
    answered_on: date | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """`due` is planned by; `outer` is what the law allows at most."""

    due: date
    outer: date


@dataclass(frozen=True, slots=True)
class Clock:
    """`unpaused`: the limits if the time in which the person was asked who they are counts too."""

    limits: Limits
    unpaused: Limits
    paused: bool

    @property
    def due(self) -> date:
        return self.limits.due


def months_after(day: date, months: int) -> date:
    """The same day number so many months later, or the last day of a month that has none."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(day.day, (following - timedelta(days=1)).day))


def read(course: Course, calendar: Calendar, today: date) -> Clock:
    """The clock as it stands on `today`."""
    whole = _limits(months_after(course.received, _months(course)), calendar)
    stood = _stood(course, today)
    moved = _limits(whole.due + stood, calendar) if stood else whole
    return Clock(moved, whole, paused=_counts(course) and course.answered_on is None)


def _months(course: Course) -> int:
    """With an extension three from arrival, not two from the first due day."""
    return 3 if course.extended_on is not None else 1


def _limits(due: date, calendar: Calendar) -> Limits:
    return Limits(due, calendar.next_working(due))


def _counts(course: Course) -> bool:
    asked = course.asked_on
    return asked is not None and asked - course.received <= ASKED_SOON


def _stood(course: Course, today: date) -> timedelta:
    """How long the clock has stood still."""
    if course.asked_on is None or not _counts(course):
        return timedelta()
    until = today if course.answered_on is None else course.answered_on
    return max(until - course.asked_on, timedelta())


def check_extension(course: Course, today: date) -> None:
    """It is told within the first month, or not at all. Raises ClockRefused."""
    if course.extended_on is not None:
        raise ClockRefused("extended")
    if today > months_after(course.received, 1):
        raise ClockRefused("late")


def check_asking(course: Course, today: date) -> None:
    """Whether asking who somebody is stops the clock. Raises ClockRefused."""
    if course.asked_on is not None:
        raise ClockRefused("asked_already")
    if today - course.received > ASKED_SOON:
        raise ClockRefused("doubt_late")


def stages(course: Course, calendar: Calendar, today: date) -> tuple[Stage, ...]:
    """Every stage that the request has reached by `today`."""
    clock, age = read(course, calendar, today), (today - course.received).days
    found = [Stage(f"slow_{days}") for days in SLOW if age >= days]
    found += _near(clock.limits, today, Stage.SOON, Stage.OVERDUE)
    if clock.unpaused != clock.limits:
        found += _near(clock.unpaused, today, Stage.SOON_UNPAUSED, Stage.OVERDUE_UNPAUSED)
    return tuple(found)


def _near(limits: Limits, today: date, soon: Stage, over: Stage) -> list[Stage]:
    found = [soon] if today >= limits.due - SOON else []
    return [*found, over] if today > limits.due else found


def ends(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which a limit of that day is over: 24:00 local time."""
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
