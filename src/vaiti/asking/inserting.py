"""Rows put into the database by a statement that is put together once.

Django builds an insertion anew each time, field by field, which takes ten times as long as the
database takes for it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import connection, models

Adapt = Callable[[Any], Any]
Fields = tuple["models.Field[Any, Any]", ...]

AT_ONCE: Final = 500
"""Rows in a statement: PostgreSQL reads each as one text."""


def insert(rows: Sequence[models.Model], *, unless_there: bool = False) -> None:
    """As `bulk_create` of rows of one model: all have their ids, or the database gives them and
    nobody is told. Raises IntegrityError; `unless_there` leaves out what would raise it."""
    if not rows:
        return
    fields, vendor = _fields(type(rows[0]), rows[0].pk is not None), connection.vendor
    columns, begins = _adapted(fields, vendor), _begins(fields)
    ends = " ON CONFLICT DO NOTHING" if unless_there else ""
    values = [[adapt(getattr(row, name)) for name, adapt in columns] for row in rows]
    marks = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        if vendor == "sqlite":  # which keeps the statement of one row as it has read it
            cursor.executemany(begins + marks + ends, values)
            return
        for first in range(0, len(values), AT_ONCE):
            some = values[first : first + AT_ONCE]
            statement = begins + ", ".join([marks] * len(some)) + ends
            cursor.execute(statement, [one for row in some for one in row])


@cache
def _fields(model: type[models.Model], with_id: bool) -> Fields:
    every = model._meta.local_concrete_fields
    return tuple(one for one in every if not one.generated and (with_id or not one.primary_key))


@cache
def _adapted(fields: Fields, vendor: str) -> tuple[tuple[str, Adapt], ...]:
    """The attribute of each, and what makes of its value what the driver wants."""
    return tuple((one.attname, _adapter(one, vendor)) for one in fields)


def _adapter(field: "models.Field[Any, Any]", vendor: str) -> Adapt:
    if isinstance(field, models.JSONField):
        return _as_json
    return _in_sqlite if vendor == "sqlite" else _as_it_is


def _as_json(value: Any) -> Any:  # noqa: ANN401
    return None if value is None else connection.ops.adapt_json_value(value, None)


def _in_sqlite(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return str(value) if isinstance(value, date) else value


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


@cache
def _begins(fields: Fields) -> str:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(str(one.column)) for one in fields)
    return f"INSERT INTO {quoted(fields[0].model._meta.db_table)} ({names}) VALUES "
