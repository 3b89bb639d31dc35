"""What must go, and when it is late. Pure: instants and days in, decisions out."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

KEY_GRACE = timedelta(hours=1)  # N-19: keys are destroyed within an hour of the due instant
BYTES_GRACE = timedelta(hours=24)  # N-19: ciphertext and metadata within a day
INTAKE_DAYS_KEPT = 1  # a recorder may seal to yesterday's key until its orders expire


class Reason(StrEnum):
    """Why a call stands on a plan."""

    EXPIRED = "expired"


def reason_to_destroy(due_at: datetime, now: datetime) -> Reason | None:
    """From the due instant on, and not a moment before: N-18 is a promise to the customer too."""
    return Reason.EXPIRED if due_at <= now else None


def day_is_over(day: date, zones: Collection[ZoneInfo], now: datetime) -> bool:
    """Whether the day has ended in each of the zones that a notice ever named."""
    return bool(zones) and all(now.astimezone(zone).date() > day for zone in zones)


def spent_intake_days(
    alive: Iterable[date], in_journal: Collection[date], now: datetime
) -> list[date]:
    """The intake days whose keys nothing is sealed to any more, nor can be."""
    newest = now.astimezone(UTC).date() - timedelta(days=INTAKE_DAYS_KEPT)
    return sorted(day for day in alive if day < newest and day not in in_journal)
