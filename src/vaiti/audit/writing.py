"""Writes the log's rows in as few statements as there can be, each put together once a length.

Every act of the house waits for this.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from vaiti.audit.postgresql import ITS_EPOCH
from vaiti.values.clock import to_micros

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
    if connection.vendor == "postgresql":
        _add_to_transaction(to_micros(at) - ITS_EPOCH, entries)
        return
    moment = connection.ops.adapt_datetimefield_value(at)
    for first in range(0, len(entries), AT_ONCE):
        some = entries[first : first + AT_ONCE]
        values = [value for leaf_id, *rest in some for value in (leaf_id.hex, moment, *rest)]
        with connection.wrap_database_errors:
            connection.connection.execute(_in_sqlite(len(some)), values)


def _add_to_transaction(micros: int, entries: Sequence[Written]) -> None:
    from vaiti.audit.postgresql.base import database

    moment = micros.to_bytes(8, signed=True)
    database().add(
        [
            (
                *(leaf_id.bytes, moment, kind.encode(), committed, salt),
                *(body.encode(), actor.encode(), subject.encode()),
            )
            for leaf_id, kind, committed, salt, body, actor, subject in entries
        ]
    )


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


@cache
def _marks(columns: int, rows: int) -> str:
    return ", ".join([f"({', '.join(['%s'] * columns)})"] * rows)


@cache
def _in_sqlite(rows: int) -> str:
    return LEAF + _marks(8, rows).replace("%s", "?")
