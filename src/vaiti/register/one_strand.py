"""The statement for one person's legs, put together once for each set of filters.

Django takes longer to build it than a database to answer it. The statement is built with marks
where values go; asked again with the same filters set, only the values differ.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from vaiti.register.filters import Cursor
from vaiti.register.models import LONG_S, Leg

PERSON: Final = UUID(int=1)
LINE: Final = UUID(int=2)
"""Stand in the statement where each person goes, and each line."""

Sql = tuple[str, tuple[Any, ...]]
_LONG: Final = f'"register_leg"."length_s" >= {LONG_S}'
"""Spelled as in the condition of the index: a value that is given later is not compared to it."""
_SHAPES: Final = 512  # sets of filters, in each order, that are remembered


def counted(asked: Mapping[str, Any], most: int, *, on_line: bool) -> Sql:
    """`most` of the person's legs that pass `asked` (lookups with their values), in any order."""
    sql, places = _put_together(_kind(asked), tuple(map(_shape, asked.items())), "", most, on_line)
    return _filled(sql, places, list(asked.values()))


def beside(asked: Mapping[str, Any], cursor: Cursor | None, most: int, *, on_line: bool) -> Sql:
    """Those next to the cursor, in the order in which a page reads them."""
    way = "first" if cursor is None else "newer" if cursor.newer else "older"
    sql, places = _put_together(_kind(asked), tuple(map(_shape, asked.items())), way, most, on_line)
    given = [] if cursor is None else [cursor.at, cursor.leg_id]
    return _filled(sql, places, [*asked.values(), *given])


def in_order(legs: QuerySet[Leg], way: str, at: datetime | None, leg_id: int) -> QuerySet[Leg]:
    """The legs `older` or `newer` than a place in the list; `first`: from its beginning on."""
    if way == "newer":
        later = Q(started_at__gt=at) | Q(started_at=at, id__gt=leg_id)
        return legs.filter(later, started_at__gte=at).order_by("started_at", "id")
    if way == "older":
        earlier = Q(started_at__lt=at) | Q(started_at=at, id__lt=leg_id)
        legs = legs.filter(earlier, started_at__lte=at)
    return legs.order_by("-started_at", "-id")


@lru_cache(maxsize=_SHAPES)
def _put_together(
    kind: tuple[str, bool], shape: tuple[tuple[str, type], ...], way: str, most: int, on_line: bool
) -> tuple[str, tuple[tuple[int, Any], ...]]:
    """The statement, and for each of its parameters which value goes there; -1: itself."""
    marks = [_mark(its, number) for number, (_, its) in enumerate(shape)]
    asked = {name: mark for (name, _), mark in zip(shape, marks, strict=True)}
    legs = Leg.objects.filter(Q(**asked), person_id=PERSON)
    legs = legs.filter(line_id=LINE) if on_line else legs
    legs = legs.extra(where=[_LONG]) if kind[1] else legs
    if way:
        at, leg_id = _mark(datetime, len(marks)), _mark(int, len(marks) + 1)
        marks += [at, leg_id]
        legs = in_order(legs, way, at, leg_id)
    sql, values = legs.values_list("started_at", "id")[:most].query.sql_with_params()
    told = list(map(_for_database, marks))
    return sql, tuple((told.index(one), None) if one in told else (-1, one) for one in values)


def _filled(sql: str, places: Sequence[tuple[int, Any]], values: Sequence[Any]) -> Sql:
    told = list(map(_for_database, values))
    return sql, tuple(itself if which < 0 else told[which] for which, itself in places)


def _kind(asked: Mapping[str, Any]) -> tuple[str, bool]:
    """The database, and whether only long legs are asked for."""
    return connection.vendor, asked.get("length_s__gte", 0) >= LONG_S


def _shape(one: tuple[str, Any]) -> tuple[str, type]:
    return one[0], type(one[1])


def _mark(kind: type, number: int) -> Any:  # noqa: ANN401
    if kind is datetime:
        return datetime.fromisoformat("1971-01-01T00:00:00+00:00").replace(microsecond=number + 1)
    if kind is date:
        return date(1971, 2, 1 + number)
    if kind is int:
        return 1_000_000 + number  # no length has so many seconds
    return f"\ue000{number}"


def _for_database(value: Any) -> Any:  # noqa: ANN401
    """As the database's driver wants it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
