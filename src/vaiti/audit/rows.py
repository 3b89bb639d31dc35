"""The log's rows as the database gives them, for who reads very many: no objects are made."""

import gc
import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from vaiti.audit.kinds import Kind
from vaiti.audit.postgresql import ITS_EPOCH
from vaiti.audit.stretch import Claim, Row, micros
from vaiti.audit.tree import Place

AT_ONCE = 400  # values bound in one statement
_SQLITE = """\
SELECT seq, id, at || '', kind, commitment, salt, body, actor, subject FROM audit_leaf"""
_POSTGRESQL = """\
SELECT seq, uuid_send(id), timestamptz_send(at), kind, commitment, salt, body, actor, subject
FROM audit_leaf"""
_NEWEST = "(SELECT size, note FROM audit_checkpoint ORDER BY size DESC LIMIT 1) AS newest"
_WITH_NEWEST = f"""\
SELECT l.seq, {{instant}}, l.kind, l.commitment, newest.size, newest.note
FROM audit_leaf l LEFT JOIN {_NEWEST} ON 1 = 1 WHERE l.id = %s"""
_NODES = """\
SELECT n.level, n."index", n.hash FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, place)
JOIN audit_node n ON n.level = wanted.level AND n."index" = wanted.place"""
_LEVELS = """\
SELECT told FROM unnest(%s::int[], %s::bigint[], %s::bigint[]) AS wanted (level, first, ending)
CROSS JOIN LATERAL (
 SELECT string_agg(hash, ''::bytea ORDER BY "index") AS told FROM audit_node n
 WHERE n.level = wanted.level AND n."index" >= wanted.first AND n."index" < wanted.ending
 AND octet_length(hash) = 32
) row ORDER BY wanted.level"""


def read_alone() -> None:
    """Several processes are a core's work each: PostgreSQL adds no helpers of its own, and what
    was loaded until now is not looked through for garbage again and again."""
    gc.freeze()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SET jit = off")


def placed(first: int, end: int) -> list[Row]:
    return _entries("seq >= %s AND seq < %s ORDER BY seq", [first, end])


class Newest(NamedTuple):
    """A leaf and the newest checkpoint, of which there may be none yet."""

    seq: int | None
    at_us: int
    kind: str
    commitment: bytes
    size: int | None
    note: str


def with_newest(leaf_id: UUID) -> Newest | None:
    """In one question, for a proof is asked for one by one; None when there is no such leaf."""
    if connection.vendor == "postgresql":
        found = _asked_in_binary(_WITH_NEWEST.format(instant="timestamptz_send(l.at)"), [leaf_id])
    else:
        found = _asked(_WITH_NEWEST.format(instant="l.at || ''"), [leaf_id.hex])
    for seq, at, kind, committed, size, note in found:
        at_us = micros(at) if isinstance(at, str) else ITS_EPOCH + int.from_bytes(at, signed=True)
        return Newest(seq, at_us, kind, bytes(committed), size, note or "")
    return None


def unplaced(size: int) -> Iterator[list[Row]]:
    """Those without a place in the tree of this size, though they may get one meanwhile."""
    ids = [leaf_id for (leaf_id,) in _asked("SELECT id FROM audit_leaf WHERE seq IS NULL", [])]
    ids += [one for (one,) in _asked("SELECT id FROM audit_leaf WHERE seq >= %s", [size])]
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        yield _entries(f"id IN ({', '.join(['%s'] * len(some))})", some)


def hashes(level: int, first: int, end: int) -> list[bytes]:
    """Of the stored nodes of one level, from the left."""
    sql = """SELECT hash FROM audit_node WHERE level = %s AND "index" >= %s AND "index" < %s
        ORDER BY "index" """
    return [bytes(hashed) for (hashed,) in _asked(sql, [level, first, end])]


def level_by_level(first: int, end: int, highest: int) -> list[bytes]:
    """The hashes of the stored nodes over these leaves, one after the other, from level 0 up."""
    levels = range(highest + 1)
    if connection.vendor == "postgresql":
        starts, ends = [first >> level for level in levels], [end >> level for level in levels]
        told = _asked_in_binary(_LEVELS, [list(levels), starts, ends])
        return [one or b"" for (one,) in told]
    return [b"".join(hashes(level, first >> level, end >> level)) for level in levels]


def nodes(places: Sequence[Place]) -> dict[Place, bytes]:
    """Those that are there."""
    if connection.vendor == "postgresql":
        asked = [[level for level, _ in places], [index for _, index in places]]
        there = _asked_in_binary(_NODES, asked)
        return {(level, index): hashed for level, index, hashed in there}
    found: dict[Place, bytes] = {}
    for first in range(0, len(places), AT_ONCE):
        some = places[first : first + AT_ONCE]
        wanted = ", ".join(["(%s, %s)"] * len(some))
        # joined in this order: a list of pairs after IN would read the whole table
        sql = f"""WITH wanted (level, place) AS (VALUES {wanted})
            SELECT n.level, n."index", n.hash FROM wanted CROSS JOIN audit_node n
            WHERE n.level = wanted.level AND n."index" = wanted.place"""
        rows = _asked(sql, [number for place in some for number in place])
        found |= {(level, index): bytes(hashed) for level, index, hashed in rows}
    return found


def claims(first: int, end: int) -> list[Claim]:
    """The checkpoints that sign more than `first` entries, and at most `end`."""
    sql = "SELECT size, root, note FROM audit_checkpoint WHERE size > %s AND size <= %s ORDER BY 1"
    return [Claim(size, bytes(root), note) for size, root, note in _asked(sql, [first, end])]


def excused(leaf_ids: Sequence[str]) -> set[str]:
    """Which of these have an entry that says that their content was removed."""
    found: set[str] = set()
    for first in range(0, len(leaf_ids), AT_ONCE):
        some = leaf_ids[first : first + AT_ONCE]
        wanted = ", ".join(["%s"] * len(some))
        asked = [*some, Kind.AUDIT_CONTENT_REMOVED.value]
        for state in ("NULL", "NOT NULL"):  # those that wait first: they may get their place
            sql = f"""SELECT subject FROM audit_leaf
                WHERE subject IN ({wanted}) AND kind = %s AND seq IS {state}"""
            found |= {subject for (subject,) in _asked(sql, asked)}
    return found


def _entries(where: str, values: Sequence[Any]) -> list[Row]:
    if connection.vendor != "postgresql":
        return _asked(f"{_SQLITE} WHERE {where}", values)
    found = _asked_in_binary(f"{_POSTGRESQL} WHERE {where}", values)
    if not found:
        return []
    places, ids, instants, *rest = zip(*found, strict=True)  # by columns: half the time
    micros_there = struct.unpack(f">{len(instants)}q", b"".join(instants))
    moments = [one + ITS_EPOCH for one in micros_there]
    return list(zip(places, map(bytes.hex, ids), moments, *rest, strict=True))


def _asked_in_binary(sql: str, values: Sequence[Any]) -> list[Any]:
    """By the driver of PostgreSQL itself, which need not write bytes as text then."""
    from vaiti.audit.postgresql.base import database

    with connection.wrap_database_errors, database().driver_cursor() as cursor:
        cursor.execute(sql, values, binary=True, prepare=True)
        return cursor.fetchall()


def _asked(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
