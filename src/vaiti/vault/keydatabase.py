"""The key store's SQLite file: how it is opened, and how what was deleted leaves it."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vaiti.vault.keysealing import KeyStoreError

_TABLES = (
    "CREATE TABLE IF NOT EXISTS store (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS intake (day TEXT PRIMARY KEY, public BLOB NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS day (day TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS call (call_id TEXT PRIMARY KEY, day TEXT NOT NULL,"
    " sealed BLOB NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS call_day ON call (day)",
    "CREATE TABLE IF NOT EXISTS dead (kind TEXT, name TEXT, PRIMARY KEY (kind, name))"
    " WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS given (leaf TEXT PRIMARY KEY, at_us INTEGER NOT NULL)"
    " WITHOUT ROWID",
)


def connect(path: Path) -> sqlite3.Connection:
    """Exclusive, so that a second key process is refused; what is deleted is overwritten."""
    make_private(path)
    database = sqlite3.connect(path, timeout=2, isolation_level=None, check_same_thread=False)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA temp_store = MEMORY")
        database.execute("PRAGMA synchronous = FULL")
        settings = [
            database.execute("PRAGMA journal_mode = WAL").fetchone()[0],
            database.execute("PRAGMA secure_delete = ON").fetchone()[0],
        ]
        if settings != ["wal", 1]:
            raise KeyStoreError("this SQLite cannot delete securely; use another build of it")
        for table in _TABLES:
            database.execute(table)
    except sqlite3.OperationalError as error:
        database.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise KeyStoreError("another key process holds the key store; stop it first") from error
        raise KeyStoreError(f"{path} cannot be opened: {error}") from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise KeyStoreError(f"{path} is no key store, or is damaged: {error}") from error
    return database


def make_private(path: Path) -> None:
    """SQLite gives its log the file's own mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise KeyStoreError(f"{path} cannot be opened: {error.strerror}") from error


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")


def scour(database: sqlite3.Connection) -> None:
    """Empties the write-ahead log, whose old pages still hold what was deleted."""
    busy, left, _ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy or left:
        raise KeyStoreError("the key store's log could not be emptied; destroy the key again")
