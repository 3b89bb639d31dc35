"""Writes the log's rows in as few statements as there can be, each put together once a length.

Every act of the house waits for this. PostgreSQL takes both halves of an entry in one statement.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

AT_ONCE = 100  # entries in a statement
LEAF = "INSERT INTO audit_leaf (id, at, kind, commitment) VALUES "
CONTENT = "INSERT INTO audit_content (leaf_id, salt, body, actor, subject) VALUES "
NODE = 'INSERT INTO audit_node (level, "index", hash) VALUES '


class Written(NamedTuple):
    """An entry with both its halves."""

    leaf_id: UUID
    kind: str
    commitment: bytes
    salt: bytes
    body: str
    actor: str
    subject: str


def insert(at: datetime, entries: Sequence[Written]) -> None:
    """All of one instant."""
    moment = connection.ops.adapt_datetimefield_value(at)
    for first in range(0, len(entries), AT_ONCE):
        some = entries[first : first + AT_ONCE]
        ids = [_id(one.leaf_id) for one in some]
        leaves = [
            (name, moment, one.kind, one.commitment) for name, one in zip(ids, some, strict=True)
        ]
        contents = [
            (name, one.salt, one.body, one.actor, one.subject)
            for name, one in zip(ids, some, strict=True)
        ]
        _insert_both(leaves, contents)


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
            values = [(seq, _id(leaf_id)) for leaf_id, seq in places]
            cursor.executemany("UPDATE audit_leaf SET seq = %s WHERE id = %s", values)


def insert_nodes(nodes: Sequence[tuple[int, int, bytes]]) -> None:
    with connection.cursor() as cursor:
        for first in range(0, len(nodes), AT_ONCE):
            some = nodes[first : first + AT_ONCE]
            cursor.execute(NODE + _marks(3, len(some)), _flat(some))


def _insert_both(leaves: Sequence[Sequence[Any]], contents: Sequence[Sequence[Any]]) -> None:
    """By the driver itself: Django's cursors read each statement anew, for as long as it takes."""
    leaf, content = LEAF + _marks(4, len(leaves)), CONTENT + _marks(5, len(leaves))
    with connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            _insert_prepared(
                f"WITH leaves AS ({leaf}) {content}", [*_flat(leaves), *_flat(contents)]
            )
        else:
            connection.connection.execute(leaf.replace("%s", "?"), _flat(leaves))
            connection.connection.execute(content.replace("%s", "?"), _flat(contents))


def _insert_prepared(both: str, values: Sequence[Any]) -> None:
    """The server reads and plans the statement once a connection and length."""
    from psycopg import Cursor

    with Cursor(connection.connection) as cursor:
        cursor.execute(both, values, prepare=True)


@cache
def _marks(columns: int, rows: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


def _flat(rows: Iterable[Sequence[Any]]) -> list[Any]:
    return list(chain.from_iterable(rows))


def _id(leaf_id: UUID) -> UUID | str:
    return leaf_id if connection.features.has_native_uuid_field else leaf_id.hex
