"""A shorter time of storage: wished for in the settings, approved by the officer, carried out.

A wish changes nothing. Longer than callers were told is never taken: only a new notice can say so,
and only to those who call after it.
"""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.due import alarms
from vaiti.notice import rules, versions
from vaiti.notice.due import Months
from vaiti.notice.models import Decision
from vaiti.register.shortening import kept_calls, shorten
from vaiti.retention.preview import Preview, preview

WAITING = "retention:period_waiting"
TOO_LONG = "retention:period_too_long"
KEY = "settings"
ACTOR = "system:retention"
COUNTED_AGAIN = timedelta(hours=6)


class TooLong(Exception):
    """Callers were told a shorter time: the rule may shorten it, never lengthen it."""

    def __init__(self, months: int, told: int) -> None:
        super().__init__(
            f"callers are told that calls are kept for {told} months: {months} would be longer. "
            f"Publish a notice that says so first; it holds for calls after it"
        )


def look_ahead(months: int, now: datetime) -> Preview:
    """What keeping calls for so many months would do now. Raises TooLong."""
    notice = versions.in_force(now)
    if notice is not None and months > notice.retention_months:
        raise TooLong(months, notice.retention_months)
    zone = notice.zone if notice else ZoneInfo("UTC")
    today = now.astimezone(zone).date()
    return preview(months, kept_calls(months, now), today, now)


def watch(wanted: int, now: datetime) -> None:
    """Puts what the settings wish before the officer, or takes it back; 0 is no wish."""
    notice = versions.in_force(now)
    if notice is None:
        return
    told = notice.retention_months
    too_long = wanted > told
    _alarm(TOO_LONG, f"months={wanted} told={told}" if too_long else "", now)
    standing = rules.last_approved()
    stands = min(told, standing.months) if standing else told
    if too_long or wanted in (0, stands) or _refused(wanted):
        rules.withdraw(by=ACTOR, now=now)
    else:
        _put_forward(wanted, now)
    waits = rules.waiting()
    _alarm(WAITING, f"rule={waits.number} months={waits.months}" if waits else "", now)


def _refused(wanted: int) -> bool:
    """Whether the officer has said no to it, and nothing else was wished for since."""
    last = next(iter(rules.every()), None)
    return last is not None and (last.decision, last.months) == (Decision.REFUSED, wanted)


def _put_forward(wanted: int, now: datetime) -> None:
    waits = rules.waiting()
    if waits is None or waits.months != wanted:
        rules.propose(wanted, _counts(wanted, now), by=ACTOR, now=now)
    elif waits.counted_at <= now - COUNTED_AGAIN:
        rules.count_again(waits.number, _counts(wanted, now), now)


def _counts(months: int, now: datetime) -> dict[str, Any]:
    return look_ahead(months, now).as_counts()


def decide(number: int, *, approved: bool, by: str, now: datetime) -> None:
    """Raises RuleDecided, and then nothing has changed."""
    with transaction.atomic():
        rules.decide(number, approved=approved, by=by, now=now)
        _alarm(WAITING, "", now)


def under_way() -> bool:
    """Whether an approved version is not carried out whole."""
    rule = rules.last_approved()
    return rule is not None and rule.applied_at is None


def carry_out(now: datetime) -> int:
    """Shortens the next calls by the newest version that was approved; how many there were.

    Called again and again, beside intake and never at the same time: a call that enters later has
    its day by the rule already.
    """
    rule = rules.last_approved()
    if rule is None or rule.applied_at is not None:
        return 0
    kept = Months(rule.months, rule.number)
    with transaction.atomic():
        last, shortened = shorten(rule.applied_through, kept, now)
        rules.applied(rule.number, last, shortened, now)
    return shortened


def _alarm(kind: str, detail: str, now: datetime) -> None:
    if detail:
        alarms.raise_alarm(kind, KEY, detail, now)
    else:
        alarms.clear(kind, KEY, now)
