"""How long what was learnt counts: calendar months, to the end of the last day. Pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_MONTHS = 60
WARN_DAYS = (30, 7)
"""Calendar days before the end at which the person is told, and told with more weight."""


@dataclass(frozen=True, slots=True)
class Term:
    """How many months a passed section counts, and in which zone its last day ends."""

    months: int
    zone: ZoneInfo

    def end_of(self, passed_on: date) -> datetime:
        """The instant, in UTC, from which what was passed on this day counts no more.

        It is the midnight after the same day `months` later; a day that the month lacks is its
        last one.
        """
        index = passed_on.year * 12 + passed_on.month - 1 + self.months
        year, month = divmod(index, 12)
        last = date(year, month + 1, min(passed_on.day, monthrange(year, month + 1)[1]))
        return self.midnight_after(last)

    def midnight_after(self, day: date) -> datetime:
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC)

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


def days_left(valid_to: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Calendar days from today to the last day on which it counts; 0 is today."""
    last = (valid_to - timedelta(microseconds=1)).astimezone(zone).date()
    return (last - now.astimezone(zone).date()).days


def warns(days: int) -> int:
    """Which of WARN_DAYS has been reached, the smallest; 0 for none."""
    return min((limit for limit in WARN_DAYS if days <= limit), default=0)
