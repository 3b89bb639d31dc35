"""When a call falls due for destruction: calendar months in the register's zone (N-18, Q-b). Pure.

The due instant is computed once, from the end of the call, and stored with the name of the rule,
so that a later rule or a later notice never lengthens what a caller was promised.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

RULE = "calendar-months/1"
MAX_MONTHS = 1200


@dataclass(frozen=True, slots=True)
class Months:
    """For how long a call is kept, and by which version of the rule; 0 is the notice alone."""

    months: int
    number: int = 0

    @property
    def rule(self) -> str:
        """As it is stored with a call."""
        return f"{RULE};rule={self.number}" if self.number else RULE


@dataclass(frozen=True, slots=True)
class Approved:
    """A version of the rule, in force from `since` until the next one."""

    number: int
    months: int
    since: datetime


def months_kept(told: int, ended_at: datetime, approved: Sequence[Approved]) -> Months:
    """For a call whose caller was told `told` months; `approved` is in the order of their numbers.

    The version that was in force at the call's end counts, and each later one that is shorter: a
    call is never kept for longer than was so at its end.
    """
    before = [one for one in approved if one.since <= ended_at][-1:]
    later = [one for one in approved if one.since > ended_at]
    found = [Months(told), *(Months(one.months, one.number) for one in (*before, *later))]
    return min(found, key=lambda one: (one.months, -one.number))


def due_instant(end: datetime, months: int, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, from which a call that ended at `end` may no longer be read.

    It is the same wall-clock time in `zone` `months` calendar months later; a day that the month
    lacks becomes its last day; a wall time that does not exist, or exists twice, becomes the
    earlier instant. Raises ValueError for a naive `end` or months outside 1 to MAX_MONTHS.
    """
    if end.tzinfo is None:
        raise ValueError("the end of a call carries its zone")
    if not 1 <= months <= MAX_MONTHS:
        raise ValueError(f"retention is between 1 and {MAX_MONTHS} months")
    local = end.astimezone(zone)
    day = add_months(local.date(), months)
    wall = local.replace(year=day.year, month=day.month, day=day.day)
    # fold 0 and 1 give the two readings of a wall time that is missing or doubled (PEP 495)
    return min(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def add_months(day: date, months: int) -> date:
    """`day` moved by whole calendar months, clamped to the last day of the month reached."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def destruction_day(due_at: datetime, zone: ZoneInfo) -> date:
    """The local date on which a call due at `due_at` is destroyed: names its day key."""
    return due_at.astimezone(zone).date()
