"""Calls in the book that nobody reads any more, or few: they are hidden from lists and counts."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from vaiti.asking.prepared import Prepared
from vaiti.register.models import SEEN, Call

SPARE: Final = 200  # legs; what falls due in a day is destroyed within the hour


def leaving(most: int) -> list[UUID]:
    """Calls that are in the book and on their way out of it, `most` of them."""
    return [call for (call,) in _ON_THEIR_WAY.rows()[:most]]


def fallen_due(now: datetime, most: int) -> list[UUID]:
    """Calls whose day has come and that no worker has taken away yet, `most` of them."""
    return [call for (call,) in _DUE.rows(now=now)[:most]]


def narrowed(now: datetime, held: Collection[UUID], most: int) -> list[UUID]:
    """Calls that a hold has taken out of everybody's sight but its own people's, `most` of them."""
    found = _OUT_OF_SIGHT.rows(now=now)
    if len(found) <= SPARE:
        return [call for (call,) in found if call not in held]
    narrow = Call.objects.filter(narrow_at__lte=now, state__in=SEEN).exclude(id__in=held)
    return list(narrow.order_by("narrow_at").values_list("id", flat=True)[:most])


# spelled as in the condition of the index: a value that is given later is not compared to it
_ON_THEIR_WAY = Prepared(
    lambda: (
        Call.objects.extra(where=["""NOT ("register_call"."state" = 'kept')"""])
        .exclude(state__in=SEEN)
        .values_list("id")[: SPARE + 1]
    )
)
_DUE = Prepared(
    lambda now: (
        Call.objects.filter(due_at__lte=now).order_by("due_at").values_list("id")[: SPARE + 1]
    ),
    now=datetime,
)
# in the order of the index: after a migration PostgreSQL takes no call for one that is not held
_OUT_OF_SIGHT = Prepared(
    lambda now: (
        Call.objects.filter(narrow_at__isnull=False, narrow_at__lte=now, state__in=SEEN)
        .order_by("narrow_at")
        .values_list("id")[: SPARE + 1]
    ),
    now=datetime,
)
