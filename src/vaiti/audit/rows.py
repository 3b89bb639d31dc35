"""The log's rows as the database gives them, for who reads very many: no objects are made."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from vaiti.audit.kinds import Kind
from vaiti.audit.stretch import Claim, Row
from vaiti.audit.tree import Place

AT_ONCE = 400  # values bound in one statement
_SQLITE = """\
SELECT l.seq, l.id, l.at || '', l.kind, l.commitment, c.salt, c.body, c.actor, c.subject
FROM audit_leaf l LEFT JOIN audit_content c ON c.leaf_id = l.id"""
_POSTGRESQL = """\
SELECT l.seq, replace(l.id::text, '-', ''), (extract(epoch FROM l.at) * 1000000)::bigint, l.kind,
 l.commitment, c.salt, c.body, c.actor, c.subject
FROM audit_leaf l LEFT JOIN audit_content c ON c.leaf_id = l.id"""


_BESIDE = _SQLITE.replace("ON c", "ON c.rowid = l.rowid + %s AND c")
_OFFSET = """\
SELECT c.rowid - l.rowid FROM audit_leaf l JOIN audit_content c ON c.leaf_id = l.id
WHERE l.seq >= %s AND l.seq < %s ORDER BY l.seq LIMIT 1"""


def read_alone() -> None:
    """Several processes are a core's work each: PostgreSQL adds no helpers of its own."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
            cursor.execute("SET jit = off")


def placed(first: int, end: int) -> list[Row]:
    where = "l.seq >= %s AND l.seq < %s ORDER BY l.seq"
    if connection.vendor == "postgresql":
        return _entries(where, [first, end])
    # both halves of an entry were written together, so that they lie side by side: that is half
    # the time of looking each up by its id, which is left for those that are not found so
    offset = next((offset for (offset,) in _asked(_OFFSET, [first, end])), 0)
    found = _asked(f"{_BESIDE} WHERE {where}", [offset, first, end])
    contents = _contents([row[1] for row in found if row[6] is None])
    return [(*row[:5], *contents[row[1]]) if row[1] in contents else row for row in found]


def _contents(ids: Sequence[str]) -> dict[str, tuple[bytes, str, str, str]]:
    contents: dict[str, tuple[bytes, str, str, str]] = {}
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        sql = f"""SELECT leaf_id, salt, body, actor, subject FROM audit_content
            WHERE leaf_id IN ({", ".join(["%s"] * len(some))})"""
        contents |= {leaf_id: (salt, *said) for leaf_id, salt, *said in _asked(sql, some)}
    return contents


def unplaced(size: int) -> Iterator[list[Row]]:
    """Those without a place in the tree of this size, though they may get one meanwhile."""
    ids = [leaf_id for (leaf_id,) in _asked("SELECT id FROM audit_leaf WHERE seq IS NULL", [])]
    ids += [one for (one,) in _asked("SELECT id FROM audit_leaf WHERE seq >= %s", [size])]
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        yield _entries(f"l.id IN ({', '.join(['%s'] * len(some))})", some)


def hashes(level: int, first: int, end: int) -> list[bytes]:
    """Of the stored nodes of one level, from the left."""
    sql = """SELECT hash FROM audit_node WHERE level = %s AND "index" >= %s AND "index" < %s
        ORDER BY "index" """
    return [bytes(hashed) for (hashed,) in _asked(sql, [level, first, end])]


def nodes(places: Sequence[Place]) -> dict[Place, bytes]:
    """Those that are there."""
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
        sql = f"""SELECT c.subject FROM audit_content c JOIN audit_leaf l ON l.id = c.leaf_id
            WHERE c.subject IN ({wanted}) AND l.kind = %s"""
        found |= {subject for (subject,) in _asked(sql, [*some, Kind.AUDIT_CONTENT_REMOVED.value])}
    return found


def _entries(where: str, values: Sequence[Any]) -> list[Row]:
    columns = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    return _asked(f"{columns} WHERE {where}", values)


def _asked(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
