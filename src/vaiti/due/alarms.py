"""States that are wrong and that somebody must see, each with its beginning and its end.

`kind` and `key` name the state, `detail` says what to look at: codes and ids, never personal data.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from vaiti.due.models import Alarm


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm that has been raised and not cleared; `count` says how often it was raised."""

    kind: str
    key: str
    detail: str
    raised_at: datetime
    last_at: datetime
    count: int


def raise_alarm(kind: str, key: str, detail: str, now: datetime) -> bool:
    """Raises the alarm in the caller's transaction; True when it was not standing already."""
    if _raise_again(kind, key, detail, now):
        return False
    try:
        with transaction.atomic():
            Alarm.objects.create(kind=kind, key=key, detail=detail, raised_at=now, last_at=now)
    except IntegrityError:
        # somebody else raised it in this moment
        _raise_again(kind, key, detail, now)
        return False
    return True


def known(kind: str, key: str, at: datetime) -> bool:
    """Whether the state, at `at` or later, has been raised already; it may have been cleared."""
    return Alarm.objects.filter(kind=kind, key=key, last_at__gte=at).exists()


def clear(kind: str, key: str, now: datetime) -> bool:
    """Ends the state; True when the alarm was standing."""
    return bool(_standing(kind, key).update(cleared_at=now))


def standing() -> list[Standing]:
    """All that is wrong now, the oldest first."""
    return [
        Standing(row.kind, row.key, row.detail, row.raised_at, row.last_at, row.count)
        for row in Alarm.objects.filter(cleared_at__isnull=True).order_by("raised_at", "id")
    ]


def _raise_again(kind: str, key: str, detail: str, now: datetime) -> bool:
    return bool(_standing(kind, key).update(count=F("count") + 1, last_at=now, detail=detail))


def _standing(kind: str, key: str) -> QuerySet[Alarm]:
    return Alarm.objects.filter(kind=kind, key=key, cleared_at__isnull=True)
