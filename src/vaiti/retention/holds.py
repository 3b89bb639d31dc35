"""Holds carried out: calls leave the dying day's key first, then the book says they are held.

In this order a fault between the two costs nothing: a key under a later day still dies by itself
when its call falls due, while a book that is ahead of the keys would lose what it promised to keep.
Who may is for access to say (access.holding), which gives what these verbs take.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.due import alarms
from vaiti.register import holding, holds
from vaiti.register.hold_rules import (
    LONGEST,
    HoldKind,
    HoldRefused,
    Keeping,
    Placing,
    Time,
    check_draft,
    check_time,
)
from vaiti.vault.keyclient import KeyClient, KeysRefused

ALARM = "retention:hold_review"
RENEWED = timedelta(days=60)
"""Before it would end: longer than the worker is ever away."""


def place(placing: Placing, keys: KeyClient, now: datetime) -> UUID:
    """Holds the calls from now on. Raises HoldRefused and KeysUnavailable."""
    check_draft(placing.draft, placing.calls, now)
    _move(placing.calls, placing.draft.time.ends_at, keys)
    return holding.place(placing.draft, placing.calls, by=placing.by, now=now)


def prolong(keeping: Keeping, time: Time, why: str, keys: KeyClient, now: datetime) -> None:
    """It has been looked at and is needed until `time` ends. Raises as `place` does."""
    check_time(HoldKind(keeping.kind), time, now)
    _move([one.call for one in holds.held(keeping.hold)], time.ends_at, keys)
    with transaction.atomic():
        holding.prolong(keeping.hold, time, why, by=keeping.by, now=now)
        alarms.clear(ALARM, keeping.hold.hex, now)


def end(keeping: Keeping, why: str, now: datetime) -> None:
    """What is past its ordinary day is due at once. Raises HoldRefused."""
    with transaction.atomic():
        holding.end(keeping.hold, why, by=keeping.by, now=now)
        alarms.clear(ALARM, keeping.hold.hex, now)


def look(now: datetime) -> None:
    """Writes down holds that ended by themselves; an alarm for each review that is overdue."""
    holding.lapse(now)
    due = {card.id.hex: card for card in holds.to_review(now)}
    with transaction.atomic():
        for key, card in due.items():
            alarms.raise_alarm(ALARM, key, f"calls={card.calls}", now)
        for one in alarms.standing():
            if one.kind == ALARM and one.key not in due:
                alarms.clear(ALARM, one.key, now)


def keep_restrictions(keys: KeyClient, now: datetime) -> int:
    """A restriction does not end by itself before the person was told (Art. 18(3)): it is renewed
    until then, and stays due for a look. How many. Raises as `place` does."""
    found = holds.untold(now, now + RENEWED)
    for card in found:
        ends_at = now + LONGEST[HoldKind.RESTRICTION]
        _move([one.call for one in holds.held(card.id)], ends_at, keys)
        holding.renew(card.id, ends_at, by=holding.ACTOR, now=now)
    return len(found)


def _move(calls: Sequence[UUID], ends_at: datetime, keys: KeyClient) -> None:
    try:
        for day, some in holding.days_needed(calls, ends_at).items():
            keys.move(some, day)
    except KeysRefused as error:
        raise HoldRefused("gone" if error.code == "gone" else "keys") from error
