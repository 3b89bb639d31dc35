"""Many rows of this room in one statement each, put together once: a destruction of many calls
waits for these more than for anything else."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models
from django.db.models.expressions import RawSQL

Value = UUID | date | str | int | None  # a datetime is a date too


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Value]],
    *,
    once: bool = False,
) -> None:
    """With `once` a row whose key is there already is left out."""
    name = connection.ops.quote_name
    marks, names = ", ".join(["%s"] * len(columns)), ", ".join(map(name, columns))
    statement = f"INSERT INTO {name(model._meta.db_table)} ({names}) VALUES ({marks})"
    if once:
        statement += " ON CONFLICT DO NOTHING"
    known = _adapters()
    adapted = [tuple(known.get(type(value), _same)(value) for value in row) for row in rows]
    with connection.cursor() as cursor:
        cursor.executemany(statement, adapted)


def among(keys: Sequence[UUID] | Sequence[int]) -> RawSQL | list[Any]:
    """The keys as one value of a statement, however many: `id__in=among(keys)`. Each would be bound
    and looked at by itself else."""
    if not keys:
        return []  # which says nothing of their kind
    if connection.vendor == "sqlite":
        told = [one.hex if isinstance(one, UUID) else one for one in keys]
        return RawSQL("SELECT value FROM json_each(%s)", (json.dumps(told),))
    kind = "uuid" if isinstance(keys[0], UUID) else "bigint"
    return RawSQL(f"SELECT unnest(%s::{kind}[])", (list(keys),))


def _adapters() -> Mapping[type, Callable[[Any], Value]]:
    """How the database keeps a value of each kind that is not kept as it is."""
    asked = connection.ops
    instants = dict[datetime, Value]()  # rows of one statement share most of theirs

    def instant(value: datetime) -> Value:
        if value not in instants:
            instants[value] = asked.adapt_datetimefield_value(value)
        return instants[value]

    return {
        UUID: (lambda value: value) if connection.features.has_native_uuid_field else _hex,
        datetime: instant,
        date: lambda value: str(asked.adapt_datefield_value(value)),
    }


def _hex(value: UUID) -> str:
    return value.hex


def _same(value: Value) -> Value:
    return value
