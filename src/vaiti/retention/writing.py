"""Many rows of this room in one statement each, put together once: a destruction of many calls
waits for these more than for anything else."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection, models

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
    with connection.cursor() as cursor:
        cursor.executemany(statement, [tuple(map(_adapted, row)) for row in rows])


def _adapted(value: Value) -> Value:
    """As the database keeps it."""
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        adapted: Value = connection.ops.adapt_datetimefield_value(value)
        return adapted
    if isinstance(value, date):
        return str(connection.ops.adapt_datefield_value(value))
    return value
