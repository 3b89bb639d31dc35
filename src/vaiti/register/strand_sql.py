"""Strands as statements, and what a database answers to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.db.models.fields import UUIDField

from vaiti.register.models import Leg
from vaiti.register.one_strand import Sql

_UUID: Final["UUIDField[UUID, UUID]"] = UUIDField()

Place = tuple[Any, int]
"""Where a leg stands in the list: its start as the database's driver gives it, and its id."""


def compiled(legs: QuerySet[Leg], most: int | None) -> list[Sql]:
    """One statement; none where the conditions can never hold."""
    try:
        return [legs.values_list("started_at", "id")[:most].query.sql_with_params()]
    except EmptyResultSet:
        return []


def prepared(one: UUID) -> Any:  # noqa: ANN401 - as the database's driver wants it
    return _UUID.get_db_prep_value(one, connection)


def array(ids: Sequence[UUID]) -> str:
    return f"{{{','.join(map(str, ids))}}}"


def numbered(parts: Sequence[Sql]) -> list[tuple[Any, int, int]]:
    """The places of legs on SQLite, each with the number of its strand.

    Starts as text, which sorts as they do: the driver would take longer to read a thousand of them
    than SQLite to find them.
    """
    strands = (
        f"SELECT started_at || '', id, {number} FROM ({sql})"
        for number, (sql, _) in enumerate(parts)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(strands), [one for _, given in parts for one in given])
        return list(cursor.fetchall())


def rows(statement: Sql) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(*statement)
        return list(cursor.fetchall())


def instant(one: datetime) -> Any:  # noqa: ANN401 - as the database's driver wants it
    return connection.ops.adapt_datetimefield_value(one)
