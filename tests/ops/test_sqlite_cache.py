"""What connections of one process keep of the database's pages is bounded for all of them."""

import re
import sqlite3
from pathlib import Path

from vaiti.ops.django_config import CACHE_BYTES, sqlite_database

WRITERS = 8
MARGIN = 4 << 20  # statements, schemas and the pages that a commit holds


def test_caches_of_many_connections_stay_within_one_bound(tmp_path: Path) -> None:
    path, init = str(tmp_path / "book.db"), sqlite_database("")["OPTIONS"]["init_command"]
    opened = [sqlite3.connect(path, isolation_level=None) for _ in range(WRITERS)]
    for one in opened:
        one.executescript(init)
    opened[0].execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT)")
    size = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)"
    opened[0].execute(f"{size} INSERT INTO rows SELECT i, hex(zeroblob(1000)) FROM n")
    before = _own_bytes()
    for one in opened:
        one.execute("UPDATE rows SET text = text || 'x'")
    assert _own_bytes() - before < CACHE_BYTES + MARGIN
    for one in opened:
        assert one.execute("PRAGMA soft_heap_limit").fetchone() == (CACHE_BYTES,)
        one.close()


def _own_bytes() -> int:
    found = re.search(r"^RssAnon:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
    return int(found[1]) << 10 if found else 0
