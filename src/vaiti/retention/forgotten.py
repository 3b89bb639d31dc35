"""Whether the database has let go of removed rows, beneath its tables: in files, for old readers.

SQLite: database and write-ahead log are looked through for words of each row, so that a copy that
somebody made of a table is found too. PostgreSQL's files are not ours to read: it is asked for
transactions that began before the rows went, for which it keeps them; VACUUM follows.
"""

import mmap
from collections.abc import Collection, Iterator
from pathlib import Path
from uuid import UUID

from django.db import connection

from vaiti.retention import rows

WORDS = b'"sha256": "'
"""So a call's row says the hash of its recording, and no other row: the log writes no space."""
HEX = 64
SUFFIXES = ("", "-wal", "-journal")
OLDER = (
    "SELECT count(*) FROM pg_stat_activity AS other,"
    " (SELECT max(age(xmin)) AS since FROM retention_tombstone WHERE call = ANY(%s)) AS gone"
    " WHERE other.datname = current_database() AND other.pid <> pg_backend_pid()"
    " AND age(other.backend_xmin) >= gone.since"
)


def left(calls: Collection[UUID], hashes: Collection[str]) -> str:
    """`files_hold`, `transaction_open`, or nothing. The calls have their tombstones.

    Raises rows.DatabaseBusy. Outside of any transaction.
    """
    if connection.vendor != "sqlite" and _read_by_older(calls):
        return "transaction_open"
    rows.scrub()
    if connection.vendor == "sqlite" and _in_files(frozenset(hashes)):
        return "files_hold"
    return ""


def _read_by_older(calls: Collection[UUID]) -> bool:
    """Sessions of other users of the server are seen only by a member of pg_read_all_stats."""
    with connection.cursor() as cursor:
        cursor.execute(OLDER, [list(calls)])
        return bool(cursor.fetchone()[0])


def _in_files(hashes: frozenset[str]) -> bool:
    name = str(connection.settings_dict["NAME"])
    wanted = {one.encode() for one in hashes if len(one) == HEX}
    return any(
        not wanted.isdisjoint(_hashes_in(Path(name + suffix))) for suffix in SUFFIXES if wanted
    )


def _hashes_in(path: Path) -> Iterator[bytes]:
    """Every hash that the file says so, in rows that live or are dead; none without a file."""
    if not path.exists() or not path.stat().st_size:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = content.find(WORDS)
        while at >= 0:
            begins = at + len(WORDS)
            yield content[begins : begins + HEX]
            at = content.find(WORDS, begins)
