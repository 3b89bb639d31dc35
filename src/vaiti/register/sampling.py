"""What a sample is drawn from, and what may be told of the calls in it: nothing of their agents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vaiti.register.admission import MADE_UP
from vaiti.register.models import Call, State
from vaiti.values.ids import ObjectId

READ = (
    *("id", "direction", "customer", "started_at", "ended_at", "taken_in_at", "due_at"),
    *("line__label", "line__number", "notice_id", "object_id", "recorder", "recording"),
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Those that began from `begins` on and before `ends`, on the line of this number if given."""

    begins: datetime
    ends: datetime
    line: str = ""


@dataclass(frozen=True, slots=True)
class Traced:
    """One call, from its arrival on. `segments` and `sha256` are of the sealed object.

    There is no `sound` of a call that a demo made up.
    """

    id: UUID
    direction: str
    line: str
    customer: str
    started_at: datetime
    ended_at: datetime
    taken_in_at: datetime
    due_at: datetime
    notice: str
    object_id: ObjectId
    segments: int
    sha256: str
    sound: bool


def count(of: Drawn, now: datetime, most: int) -> int:
    """How many calls there are to draw from, counted up to `most`."""
    return _readable(of, now).order_by()[:most].count()


def ids(of: Drawn, now: datetime, taken_in: datetime | None = None) -> Iterator[UUID]:
    """The calls to draw from; of those, if `taken_in` is given, the ones in the book by then."""
    rows = _readable(of, now)
    if taken_in is not None:
        rows = rows.filter(taken_in_at__lte=taken_in)
    yield from rows.order_by().values_list("id", flat=True).iterator(chunk_size=10_000)


def trace(calls: Iterable[UUID], now: datetime) -> dict[UUID, Traced]:
    """Those of the calls that can still be read."""
    rows = _open(now).filter(id__in=list(calls))
    return {row["id"]: _traced(row) for row in rows.values(*READ)}


def _readable(of: Drawn, now: datetime) -> QuerySet[Call]:
    rows = _open(now).filter(started_at__gte=of.begins, started_at__lt=of.ends)
    return rows.filter(line__number=of.line) if of.line else rows


def _open(now: datetime) -> QuerySet[Call]:
    """Those that may be read, and that no hold has narrowed."""
    narrowed = Q(narrow_at__isnull=False, narrow_at__lte=now)
    return Call.objects.filter(state=State.KEPT, due_at__gt=now).exclude(narrowed)


def _traced(row: dict[str, Any]) -> Traced:
    return Traced(
        id=row["id"],
        direction=row["direction"],
        line=row["line__label"],
        customer=row["customer"],
        started_at=row["started_at"].replace(microsecond=0),
        ended_at=row["ended_at"].replace(microsecond=0),
        taken_in_at=row["taken_in_at"],
        due_at=row["due_at"],
        notice=row["notice_id"],
        object_id=ObjectId(row["object_id"].hex),
        segments=row["recording"].get("segments", 0),
        sha256=row["recording"].get("sha256", ""),
        sound=row["recorder"] != MADE_UP,
    )
