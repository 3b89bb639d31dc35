"""What must go, and when it is late. Pure: instants and days in, decisions out."""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from vaiti.notice.due import due_instant

KEY_GRACE = timedelta(hours=1)  # N-19: keys are destroyed within an hour of the due instant
BYTES_GRACE = timedelta(hours=24)  # N-19: ciphertext and metadata within a day
REFUSED_GRACE = timedelta(hours=72)  # over a weekend, to mend what made intake refuse a call
NEVER_ALLOWED = (  # codes of docs/intake.md
    *("no_notice", "number_not_masked", "unlisted_line"),
    "canary_unknown",
)
INTAKE_DAYS_KEPT = 2  # orders of a day's last second live 26 hours: into the day after the next


class Reason(StrEnum):
    """Why a call stands on a plan.

    EXPIRED: its due instant has come. REFUSED: it should never have been recorded, or not like
    this, and did not enter the book. ABANDONED: it lay in the journal for as long as any call may.
    The others stand on an order (retention.orders). ERASURE and OBJECTION: a person asked, Articles
    17 and 21. UNWANTED: it is in the book, and should not have been recorded.
    """

    EXPIRED = "expired"
    REFUSED = "refused"
    ABANDONED = "abandoned"
    ERASURE = "erasure"
    OBJECTION = "objection"
    UNWANTED = "unwanted"


NEVER_ENTERED = (Reason.REFUSED, Reason.ABANDONED)
"""Of calls that lose their line should they enter the book after all."""


def reason_to_destroy(due_at: datetime, now: datetime) -> Reason | None:
    """From the due instant on, and not a moment before: N-18 is a promise to the customer too."""
    return Reason.EXPIRED if due_at <= now else None


def outlived(
    last_written: datetime, terms: Collection[tuple[int, ZoneInfo]], now: datetime
) -> bool:
    """Whether a call last written to then would be due by every notice there was (months, zone)."""
    return bool(terms) and all(
        due_instant(last_written, months, zone) <= now for months, zone in terms
    )


def day_is_over(day: date, zones: Collection[ZoneInfo], now: datetime) -> bool:
    """Whether the day has ended in each of the zones that a notice ever named."""
    return bool(zones) and all(now.astimezone(zone).date() > day for zone in zones)


def spent_intake_days(
    alive: Iterable[date], in_journal: Collection[date], now: datetime
) -> list[date]:
    """The intake days whose keys nothing is sealed to any more, nor can be."""
    newest = now.astimezone(UTC).date() - timedelta(days=INTAKE_DAYS_KEPT)
    return sorted(day for day in alive if day < newest and day not in in_journal)
