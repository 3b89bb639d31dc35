"""SQL of the checks' own, for both databases: what they ask is asked by no room."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

Bound = str | int | datetime | date | UUID
AT_ONCE = 200  # rows in memory, where there are many


def rows(sql: str, *given: Bound) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_bound(one) for one in given])
        return list(cursor.fetchall())


def each(sql: str, *given: Bound) -> Iterator[tuple[Any, ...]]:
    """As `rows`, a few at a time: a round looks at thousands, and what it once needed the worker
    keeps."""
    with connection.cursor() as cursor:
        cursor.execute(sql, [_bound(one) for one in given])
        while some := cursor.fetchmany(AT_ONCE):
            yield from some


def count(sql: str, *given: Bound) -> int:
    ((found,),) = rows(sql, *given)
    return int(found or 0)


def logged(columns: str, where: str) -> str:
    """These entries of the log: its indexes hold what has its place, and what waits is looked
    through. What `where` binds is bound twice."""
    return " UNION ALL ".join(
        f"SELECT {columns} FROM audit_leaf l WHERE l.seq IS {state} AND {where}"
        for state in ("NOT NULL", "NULL")
    )


def instant(value: object) -> datetime:
    """As the database gave it: PostgreSQL an instant, SQLite its text or a time in UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def hexes(column: str) -> str:
    """The column's id as 32 hexadecimal digits, as the log writes it."""
    return f"replace(CAST({column} AS text), '-', '')"


def whole_second(column: str) -> str:
    """The column's instant without its fraction, to hold against the times of calls (N-12)."""
    if connection.vendor == "postgresql":
        return f"date_trunc('second', {column})"
    return f"substr({column}, 1, 19)"


def read_json(value: object) -> Any:  # noqa: ANN401 - whatever stands there
    """PostgreSQL's own value, or SQLite's text of it."""
    return json.loads(value) if isinstance(value, str) else value


def bound_id(name: str) -> str | UUID:
    """An id of 32 hexadecimal digits as the database keeps it."""
    return UUID(name) if connection.vendor == "postgresql" else name


def tables() -> set[str]:
    """Without those of SQLite itself (what ANALYZE found): nobody else may name one so."""
    with connection.cursor() as cursor:
        found = connection.introspection.table_names(cursor)
    return {one for one in found if not one.startswith("sqlite_")}


def _bound(value: Bound) -> Bound:
    if isinstance(value, datetime):
        return str(connection.ops.adapt_datetimefield_value(value.astimezone(UTC)))
    return value
