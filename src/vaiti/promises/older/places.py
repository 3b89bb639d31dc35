"""What a look at one place found, and how old anything may be. Pure."""

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

GRACE = timedelta(hours=24)  # N-19: sealed bytes and rows are gone within a day
MOST_NAMED = 20  # of what was found in a place; all are counted


@dataclass(frozen=True, slots=True)
class Looked:
    """`counted` things were looked at in the place: `older` than promised are so many of them, and
    `strange` are those that nothing accounts for. `fault` is why the place could not be seen whole.
    `found` names some of both for whoever must look: paths and tables, never what is in them."""

    place: str
    counted: int = 0
    older: int = 0
    strange: int = 0
    oldest: datetime | None = None
    fault: str = ""
    found: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not (self.older or self.strange or self.fault)


class Tally:
    """Counts the things of one place as they are looked at."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.counted = self.older = self.strange = 0
        self.oldest: datetime | None = None
        self.fault = ""
        self._found: list[str] = []

    def saw(
        self, at: datetime | None, name: str, limit: datetime | None = None, *, many: int = 1
    ) -> None:
        """`many` things, the oldest of them from `at`; with a `limit`, none may be from before."""
        self.counted += many
        if at is not None:
            self.oldest = at if self.oldest is None else min(self.oldest, at)
            if limit is not None and at < limit:
                self.is_older(name)

    def is_older(self, name: str, many: int = 1) -> None:
        self.older += many
        self._name(name)

    def is_strange(self, name: str, many: int = 1) -> None:
        self.strange += many
        self._name(name)

    def result(self) -> Looked:
        counts = (self.counted, self.older, self.strange)
        return Looked(self.place, *counts, self.oldest, self.fault, tuple(self._found))

    def _name(self, name: str) -> None:
        if len(self._found) < MOST_NAMED:
            self._found.append(name)


@dataclass(frozen=True, slots=True)
class Limits:
    """Nothing of a call is from before `calls`; what no row names yet, from before `settled`; no
    case was closed before `cases`, where that is known."""

    calls: datetime
    settled: datetime
    zone: ZoneInfo
    cases: datetime | None = None


def limits(now: datetime, months: int, zone: ZoneInfo) -> Limits:
    """`months` and `zone` are those that callers were told. A day of grace, and no more."""
    return Limits(months_before(now - GRACE, months, zone), now - GRACE, zone)


def months_before(instant: datetime, months: int, zone: ZoneInfo) -> datetime:
    """What ended before this was due before `instant`.

    Counted backwards: for a day that the earlier month does not have, its end stands. What ended on
    the last days of a month, and is due on the last day of a shorter one, is told a day later.
    """
    local = instant.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 - months, 12)
    if local.day <= calendar.monthrange(year, month + 1)[1]:
        return local.replace(year=year, month=month + 1)
    year, month = divmod(year * 12 + month + 1, 12)
    return datetime(year, month + 1, 1, tzinfo=zone)
