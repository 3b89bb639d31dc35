"""Writes the log's rows in as few statements as there can be, each put together once a length.

Every act of the house waits for this.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

AT_ONCE = 100  # entries in a statement
LEAF = "INSERT INTO audit_leaf (id, at, kind, commitment, salt, body, actor, subject) VALUES "
NODE = 'INSERT INTO audit_node (level, "index", hash)'


class Written(NamedTuple):
    """An entry with its content, but for its instant."""

    leaf_id: UUID
    kind: str
    commitment: bytes
    salt: bytes
    body: str
    actor: str
    subject: str


def insert(at: datetime, entries: Sequence[Written]) -> None:
    """All of one instant. By the driver itself: Django's cursors read each statement anew, for as
    long as it takes."""
    moment = connection.ops.adapt_datetimefield_value(at)
    on_server = connection.vendor == "postgresql"
    for first in range(0, len(entries), AT_ONCE):
        some = entries[first : first + AT_ONCE]
        values = [
            value
            for leaf_id, kind, *rest in some
            for value in (leaf_id if on_server else leaf_id.hex, moment, kind, *rest)
        ]
        with connection.wrap_database_errors:
            if on_server:
                _insert_prepared(LEAF + _marks(8, len(some)), values)
            else:
                connection.connection.execute(_in_sqlite(len(some)), values)


def place(places: Sequence[tuple[UUID, int]]) -> None:
    """Gives leaves their place."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "UPDATE audit_leaf SET seq = given.seq FROM"
                " (SELECT unnest(%s::uuid[]) AS id, unnest(%s::bigint[]) AS seq) AS given"
                " WHERE audit_leaf.id = given.id",
                [[leaf_id for leaf_id, _ in places], [seq for _, seq in places]],
            )
        else:
            values = [(seq, leaf_id.hex) for leaf_id, seq in places]
            cursor.executemany("UPDATE audit_leaf SET seq = %s WHERE id = %s", values)


def insert_nodes(nodes: Sequence[tuple[int, int, bytes]]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"{NODE} SELECT unnest(%s::smallint[]), unnest(%s::bigint[]), unnest(%s::bytea[])",
                [list(column) for column in zip(*nodes, strict=True)],
            )
        else:
            cursor.executemany(f"{NODE} VALUES (%s, %s, %s)", nodes)


def _insert_prepared(statement: str, values: Sequence[Any]) -> None:
    """The server reads and plans the statement once a connection and length."""
    from psycopg import Cursor

    with Cursor(connection.connection) as cursor:
        cursor.execute(statement, values, prepare=True)


@cache
def _marks(columns: int, rows: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


@cache
def _in_sqlite(rows: int) -> str:
    return LEAF + _marks(8, rows).replace("%s", "?")
