"""States that are wrong and that somebody must see, each with its beginning and its end.

A state is cleared by whoever raised it, when it is gone; an event stands until it has been seen.
`kind` and `key` name the state, `detail` says what to look at: codes and ids, never personal data.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from vaiti.due.models import Alarm


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that has been raised and not cleared; `count` says how often it was raised."""

    id: UUID
    kind: str
    key: str
    detail: str
    raised_at: datetime
    last_at: datetime
    count: int
    event: bool


def raise_alarm(kind: str, key: str, detail: str, now: datetime, *, event: bool = False) -> bool:
    """Raises the alarm in the caller's transaction; True when it was not standing already.

    `event` for what has happened, and not for what is so: `see` ends it.
    """
    if _raise_again(kind, key, detail, now):
        return False
    told = {"kind": kind, "key": key, "detail": detail, "event": event}
    try:
        with transaction.atomic():
            Alarm.objects.create(**told, raised_at=now, last_at=now)
    except IntegrityError:
        # somebody else raised it in this moment
        _raise_again(kind, key, detail, now)
        return False
    return True


def see(alarm_id: UUID, count: int, now: datetime) -> bool:
    """Ends an event that somebody has seen; False when it has happened again, or is gone."""
    mine = Alarm.objects.filter(id=alarm_id, event=True, count=count, cleared_at__isnull=True)
    return bool(mine.update(cleared_at=now))


def known(kind: str, key: str, at: datetime) -> bool:
    """Whether the state, at `at` or later, has been raised already; it may have been cleared."""
    return Alarm.objects.filter(kind=kind, key=key, last_at__gte=at).exists()


def clear(kind: str, key: str, now: datetime) -> bool:
    """Ends the state; True when the alarm was standing."""
    return bool(_standing(kind, key).update(cleared_at=now))


def clear_all(kinds: Iterable[str], keys: Iterable[str], now: datetime) -> int:
    """Ends these states of all these keys; how many were standing."""
    raised = Alarm.objects.filter(kind__in=list(kinds), key__in=list(keys))
    return raised.filter(cleared_at__isnull=True).update(cleared_at=now)


def standing() -> list[Standing]:
    """All that is wrong now, the oldest first."""
    rows = Alarm.objects.filter(cleared_at__isnull=True)
    return [_shown(row) for row in rows.order_by("raised_at", "id")]


def newest(keys: Iterable[str]) -> dict[str, Standing]:
    """The last event about each of `keys`, seen or not."""
    rows = Alarm.objects.filter(key__in=list(keys), event=True).order_by("last_at")
    return {row.key: _shown(row) for row in rows}


def raised_since(at: datetime) -> list[Standing]:
    """What was raised at `at` or later, of what has been cleared too; the oldest first."""
    rows = Alarm.objects.filter(raised_at__gte=at)
    return [_shown(row) for row in rows.order_by("raised_at", "id")]


def _shown(row: Alarm) -> Standing:
    return Standing(
        *(row.id, row.kind, row.key, row.detail, row.raised_at, row.last_at, row.count),
        event=row.event,
    )


def _raise_again(kind: str, key: str, detail: str, now: datetime) -> bool:
    return bool(_standing(kind, key).update(count=F("count") + 1, last_at=now, detail=detail))


def _standing(kind: str, key: str) -> QuerySet[Alarm]:
    return Alarm.objects.filter(kind=kind, key=key, cleared_at__isnull=True)
