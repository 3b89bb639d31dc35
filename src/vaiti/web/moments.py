"""Instants and lengths in the reader's language, in the register's zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_noop, ngettext
from django.utils.translation import gettext as _

from vaiti.notice import versions
from vaiti.web import dates

WEEKDAYS = (
    gettext_noop("Monday"),
    gettext_noop("Tuesday"),
    gettext_noop("Wednesday"),
    gettext_noop("Thursday"),
    gettext_noop("Friday"),
    gettext_noop("Saturday"),
    gettext_noop("Sunday"),
)
SOON = 7  # days before destruction from which on it is said with emphasis


@dataclass(frozen=True, slots=True)
class Moments:
    """Writes instants as seen at `now` in `zone`."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def at(cls, now: datetime) -> "Moments":
        """In the zone of the notice in force; in UTC before the first one is published."""
        return cls(now, versions.zone_at(now) or ZoneInfo("UTC"))

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def day(self, instant: datetime) -> str:
        return dates.write_day(self.day_of(instant))

    def time(self, instant: datetime, *, seconds: bool = False) -> str:
        separator = ":" if get_language() == "en" else "."
        return dates.write_time(instant, self.zone, separator, seconds=seconds)

    def day_and_time(self, instant: datetime, *, seconds: bool = False) -> str:
        """23.11.2026 kl. 14.02; 23.11.2026 klo 14.02; 23.11.2026 at 14:02."""
        return self.joined(self.day(instant), self.time(instant, seconds=seconds))

    def joined(self, day: str, time: str) -> str:
        return _("%(day)s at %(time)s") % {"day": day, "time": time}

    def example(self, days: int) -> str:
        """A day to show as an example of how one is typed, so many days from today."""
        return dates.write_day(self.today + timedelta(days=days))

    def day_name(self, day: date) -> str:
        """Today, yesterday, or the weekday."""
        days = (self.today - day).days
        if days == 0:
            return _("Today")
        if days == 1:
            return _("Yesterday")
        return _(WEEKDAYS[day.weekday()])

    def until(self, instant: datetime) -> str:
        days = dates.days_until(instant, self.now, self.zone)
        if days <= 0:
            return _("today")
        return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}

    def countdown(self, instant: datetime) -> str:
        """As `until`, but in hours and then minutes when less than two days remain."""
        left = instant - self.now
        if left >= timedelta(days=2):
            return self.until(instant)
        minutes = max(0, int(left.total_seconds()) // 60)
        if minutes >= 60:
            hours = minutes // 60
            return ngettext("in %(count)d hour", "in %(count)d hours", hours) % {"count": hours}
        return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}

    def is_soon(self, instant: datetime) -> bool:
        return dates.days_until(instant, self.now, self.zone) <= SOON


def between(began: datetime, ended: datetime) -> str:
    return dates.write_length(ended - began)


def spoken_length(length: timedelta) -> str:
    """4 min 31 s, for headings and for those who listen to the page."""
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    if minutes:
        return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
    return _("%(seconds)d s") % {"seconds": seconds}


def write_share(part: int, whole: int) -> str:
    """In percent with one decimal, half up: 3,4; in English 3.4. Nothing of nothing is 0."""
    tenths = (2000 * part + whole) // (2 * whole) if whole else 0
    comma = "." if get_language() == "en" else ","
    return f"{tenths // 10}{comma}{tenths % 10}"
