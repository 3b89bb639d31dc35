"""Days as Finns write them, and instants in the register's zone. Pure.

Native date fields show the browser's own order of day and month, so days are typed as text.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_FINNISH = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})?")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
MAX_TYPED = 20  # characters of a typed day


class NotADay(ValueError):
    """What was typed is no day of the calendar."""


def parse_day(text: str, today: date, *, ahead: bool = False) -> date | None:
    """The day that `text` means: 25.5.2018, 25.5.18, 25.5. or 2018-05-25; None when empty.

    A day without a year is the latest such day that is not after `today`, or with `ahead` the
    next one that is not before it. Raises NotADay.
    """
    typed = "".join(text.split())
    if not typed:
        return None
    if len(typed) > MAX_TYPED:
        raise NotADay
    try:
        if iso := _ISO.fullmatch(typed):
            return date(*(int(part) for part in iso.groups()))
        if finnish := _FINNISH.fullmatch(typed):
            return _finnish_day(finnish, today, ahead=ahead)
    except ValueError as error:
        raise NotADay from error
    raise NotADay


def _finnish_day(match: re.Match[str], today: date, *, ahead: bool) -> date:
    day, month, year = int(match[1]), int(match[2]), match[3]
    if year:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    step = 1 if ahead else -1
    for candidate in range(today.year, today.year + 9 * step, step):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue  # 29.2. of a year that has none
        if found == today or (found > today) is ahead:
            return found
    raise NotADay


def write_day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def day_begins(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which `day` begins in `zone`."""
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def day_ends(day: date, zone: ZoneInfo) -> datetime:
    """The instant, in UTC, at which the day after `day` begins."""
    return day_begins(day + timedelta(days=1), zone)


def day_before(instant: datetime, zone: ZoneInfo) -> date:
    """The last day in `zone` that is over at `instant`, or of which `instant` is the end."""
    return (instant - timedelta(microseconds=1)).astimezone(zone).date()


def write_time(instant: datetime, zone: ZoneInfo, separator: str, *, seconds: bool = False) -> str:
    """The wall time in `zone`, 14.02; 03.30 UTC+3, with its offset, when the hour comes twice."""
    local = instant.astimezone(zone)
    parts = [f"{local.hour:02}", f"{local.minute:02}"]
    if seconds:
        parts.append(f"{local.second:02}")
    return separator.join(parts) + (f" {_offset(local)}" if _comes_twice(local) else "")


def _comes_twice(local: datetime) -> bool:
    """N-12: without the offset, such a wall time would name two instants."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def _offset(local: datetime) -> str:
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def write_length(length: timedelta) -> str:
    """4:31, or 1:04:31 from an hour on. Whole seconds, as stored (N-12)."""
    seconds = max(0, int(length.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02}:{left:02}"
    return f"{minutes}:{left:02}"


def days_until(instant: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Calendar days in `zone` from today to the day of `instant`; 0 is today."""
    return (instant.astimezone(zone).date() - now.astimezone(zone).date()).days
