"""Writes the log's rows in as few statements as there can be, each put together once a length.

Every act of the house waits for this.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from django.db import connection

from vaiti.audit.postgresql import ITS_EPOCH
from vaiti.values.clock import to_micros

AT_ONCE = 100  # entries in a statement
LEAF = "INSERT INTO audit_leaf (id, at, kind, commitment, salt, body, actor, subject) VALUES "
NODE = 'INSERT INTO audit_node (level, "index", hash)'


Written = tuple[int, bytes, bytes, str, str]
"""The id as a number, commitment, salt, body and subject."""


def insert(at: datetime, kind: str, actor: str, entries: Sequence[Written]) -> None:
    """By the driver itself: Django's cursors read each statement anew, for as long as it takes."""
    if connection.vendor == "postgresql":
        _add_to_transaction(at, kind.encode(), actor.encode(), entries)
    else:
        _insert_in_sqlite([str(at.astimezone(UTC).replace(tzinfo=None)), kind, actor], entries)


def _insert_in_sqlite(shared: list[object], entries: Sequence[Written]) -> None:
    for first in range(0, len(entries), AT_ONCE):
        some, values = entries[first : first + AT_ONCE], list(shared)
        for number, *said in some:
            values.append(f"{number:032x}")
            values += said
        with connection.wrap_database_errors:
            connection.connection.execute(_in_sqlite(len(some)), values)


def _add_to_transaction(
    at: datetime, kind: bytes, actor: bytes, entries: Sequence[Written]
) -> None:
    from vaiti.audit.postgresql.base import database

    moment = (to_micros(at) - ITS_EPOCH).to_bytes(8, signed=True)
    database().add(
        [
            (
                *(number.to_bytes(16), moment, kind, committed, salt),
                *(body.encode(), actor, subject.encode()),
            )
            for number, committed, salt, body, subject in entries
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
def _in_sqlite(rows: int) -> str:
    """The instant, kind and actor, which all share, are its first three values."""
    marks = [
        "(?{}, ?1, ?2, ?{}, ?{}, ?{}, ?3, ?{})".format(*range(at, at + 5))
        for at in range(4, 4 + 5 * rows, 5)
    ]
    return LEAF + ", ".join(marks)
