"""Many rows of this room in one statement each, put together once: a destruction of many calls
waits for these more than for anything else."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, models


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    once: bool = False,
) -> None:
    """With `once` a row whose key is there already is left out."""
    name = connection.ops.quote_name
    marks, names = ", ".join(["%s"] * len(columns)), ", ".join(map(name, columns))
    statement = f"INSERT INTO {name(model._meta.db_table)} ({names}) VALUES ({marks})"
    if once:
        statement += " ON CONFLICT DO NOTHING"
    with connection.cursor() as cursor:
        cursor.executemany(statement, [tuple(map(_adapted, row)) for row in rows])


def _adapted(value: object) -> object:
    """As the database keeps it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value
