"""Makes up a long audit log, as the log itself would have written it, for benchmarks."""

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vaiti.audit.checkpoint import Signer
from vaiti.audit.tree import Place, fold, levels, node_hash, parts
from vaiti.values.clock import to_micros

SIGNER = Signer("vaiti/bench", bytes(range(32)))
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 2048  # entries under one checkpoint: a power of two
KIND = "access:call:seen"
UNSAFE = (
    "PRAGMA journal_mode = OFF",  # random ids are written all over the file, again and again
    "PRAGMA synchronous = OFF",
    "PRAGMA cache_size = -2000000",
    "PRAGMA soft_heap_limit = 0",
)
UNASKED = "name LIKE 'audit_leaf_%newest' OR name = 'audit_leaf_actor'"
"""Indexes that only pages need; they would be a fifth of the file."""
LATER = "'audit_leaf_subject'"

COLUMNS = "audit_leaf (id, seq, at, kind, commitment, salt, body, actor, subject)"
LEAVES = f"INSERT INTO {COLUMNS} VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
NODES = 'INSERT INTO audit_node (level, "index", hash) VALUES (?, ?, ?)'
CHECKPOINTS = "INSERT INTO audit_checkpoint (size, root, note, at) VALUES (?, ?, ?, ?)"

Values = tuple[object, ...]


@dataclass
class Written:
    """The rows of some entries."""

    leaves: list[Values] = field(default_factory=list)
    nodes: list[Values] = field(default_factory=list)
    checkpoint: Values = ()


def fill(path: Path, entries: int) -> None:
    """Into a database of SQLite that has its tables."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for pragma in UNSAFE:
            file.execute(pragma)
        unasked = file.execute(f"SELECT name FROM sqlite_master WHERE {UNASKED}").fetchall()
        for (name,) in unasked:
            file.execute(f'DROP INDEX "{name}"')
        file.execute("BEGIN")
        for some in made_up(entries):
            file.executemany(LEAVES, some.leaves)
            file.executemany(NODES, some.nodes)
            file.execute(CHECKPOINTS, some.checkpoint)
        file.execute("COMMIT")
        file.execute("PRAGMA analysis_limit = 1000")
        file.execute("ANALYZE")
        file.execute("PRAGMA journal_mode = WAL")


def fill_postgresql(uri: str, entries: int) -> None:
    """Into a database that has its tables: without write-ahead log; the index that random subjects
    would write all over comes afterwards."""
    import psycopg

    with psycopg.connect(uri) as database:
        for table in ("audit_leaf", "audit_node", "audit_checkpoint"):
            database.execute(f"ALTER TABLE {table} SET UNLOGGED")
        indexes_there = "(SELECT indexname AS name, indexdef FROM pg_indexes) AS those"
        unasked = database.execute(f"SELECT name FROM {indexes_there} WHERE {UNASKED}")
        later = database.execute(f"SELECT name, indexdef FROM {indexes_there} WHERE name = {LATER}")
        indexes: dict[str, str] = dict(later.fetchall())
        for name in {*indexes, *(one for (one,) in unasked.fetchall())}:
            database.execute(f'DROP INDEX "{name}"')
        for some in made_up(entries):
            for into, rows in (
                (COLUMNS, map(_in_utc, some.leaves)),
                ('audit_node (level, "index", hash)', some.nodes),
            ):
                with database.cursor().copy(f"COPY {into} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            size, root, note, at = some.checkpoint
            values = (size, root, note, f"{at}+00")
            database.execute("INSERT INTO audit_checkpoint VALUES (%s, %s, %s, %s)", values)
    with psycopg.connect(uri, autocommit=True) as database:
        database.execute("SET maintenance_work_mem = '512MB'")
        for definition in indexes.values():
            database.execute(definition)
        database.execute("VACUUM ANALYZE")


def _in_utc(leaf: Values) -> Values:
    leaf_id, seq, at, *rest = leaf
    return leaf_id, seq, f"{at}+00", *rest


def made_up(entries: int) -> Iterator[Written]:
    edge: dict[Place, bytes] = {}
    for first in range(0, entries, AT_ONCE):
        end = min(first + AT_ONCE, entries)
        some = Written()
        hashes = [_entry(number, some) for number in range(first, end)]
        grown = _grown(edge, first, hashes)
        some.nodes = [(*place, hashed) for place, hashed in grown.items()]
        known = edge | grown
        edge = {place: known[place] for place in parts(0, end)}
        root = fold(list(edge.values()))
        some.checkpoint = (end, root, SIGNER.sign(end, root), str(BEGINS.replace(tzinfo=None)))
        yield some


def _entry(number: int, some: Written) -> bytes:
    """Adds its rows, and returns its leaf's hash."""
    at = BEGINS + timedelta(seconds=number, microseconds=number % 1000)
    drawn = os.urandom(48)
    millis = to_micros(at) // 1000
    leaf_id, salt = f"{millis:012x}7{drawn[:10].hex()[:19]}", drawn[16:]
    actor, subject = f"{number % 2000:032x}", hashlib.md5(b"%d" % number).hexdigest()
    facts = f'"leg":{number},"rule":"own_leg"'
    body = f'{{"actor":"{actor}","facts":{{{facts}}},"subject":"{subject}"}}'
    committed = hashlib.sha256(salt + body.encode()).digest()
    moment = str(at.replace(tzinfo=None))
    said = (salt, body, actor, subject)
    some.leaves.append((leaf_id, number, moment, KIND, committed, *said))
    named = f'"commitment":"{committed.hex()}","id":"{leaf_id}","kind":"{KIND}"'
    return hashlib.sha256(b'\x00{"at_us":%d,%b}' % (to_micros(at), named.encode())).digest()


def _grown(edge: dict[Place, bytes], first: int, hashes: list[bytes]) -> dict[Place, bytes]:
    """The nodes that these leaves complete."""
    grown = {
        (level, (first >> level) + offset): hashed
        for level, row in enumerate(levels(hashes))
        for offset, hashed in enumerate(row)
    }
    level, index = AT_ONCE.bit_length() - 1, first // AT_ONCE
    while len(hashes) == AT_ONCE and index & 1:
        joined = node_hash(edge[level, index - 1], grown[level, index])
        level, index = level + 1, index >> 1
        grown[level, index] = joined
    return grown
