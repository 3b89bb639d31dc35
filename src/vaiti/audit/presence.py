"""Looks up one entry for a process without Django, over connections of its own that only read."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote
from uuid import UUID

from vaiti.values.clock import to_micros

PATIENCE: Final = 5.0  # seconds for a database that is busy or away

_ENTRY = "SELECT at, kind, commitment, salt, body FROM audit_leaf WHERE salt IS NOT NULL AND id = "


class LogUnreadable(Exception):
    """The register's database cannot be asked just now."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that stands in the log with its content, its commitment checked."""

    at_us: int
    kind: str
    actor: str
    subject: str
    facts: Mapping[str, Any]


class Entries(Protocol):
    """The log of one database. Threads may share it."""

    def entry(self, leaf: str) -> Found | None:
        """The entry of that leaf; None where none stands. Raises LogUnreadable."""


class SqliteEntries:
    """Opens the file for each look: a connection that stayed would keep the last writer from
    putting its write-ahead log into the file when Vaiti stops.
    """

    def __init__(self, path: Path) -> None:
        self._address = f"file:{quote(str(path))}?mode=ro"

    def entry(self, leaf: str) -> Found | None:
        if (name := _leaf_id(leaf)) is None:
            return None
        try:
            with closing(sqlite3.connect(self._address, PATIENCE, uri=True)) as database:
                row = database.execute(f"{_ENTRY}?", (name.hex,)).fetchone()
        except sqlite3.Error as error:
            raise LogUnreadable("the register's database cannot be read") from error
        if row is None:
            return None
        at = datetime.fromisoformat(row[0]).replace(tzinfo=UTC)
        return _found(at, *row[1:])


class PostgresqlEntries:
    """One connection, made again when the server was away."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._guard = threading.Lock()
        self._connection: Any = None

    def entry(self, leaf: str) -> Found | None:
        if (name := _leaf_id(leaf)) is None:
            return None
        with self._guard:
            row = self._row(name)
        return None if row is None else _found(row[0], *row[1:])

    def close(self) -> None:
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _row(self, name: UUID) -> Any:  # noqa: ANN401 - what the driver's rows are
        import psycopg

        stale = self._connection is not None
        for _ in range(1 + stale):
            try:
                if self._connection is None:
                    self._connection = psycopg.connect(
                        self._uri,
                        autocommit=True,
                        connect_timeout=int(PATIENCE),
                        options="-c default_transaction_read_only=on",
                    )
                return self._connection.execute(f"{_ENTRY}%s", (name,)).fetchone()
            except psycopg.Error as error:
                failed = error
                if self._connection is not None:
                    self._connection.close()
                self._connection = None
        raise LogUnreadable("the register's database cannot be read") from failed


def entries_of(uri: str) -> Entries:
    """Of a libpq URI, or of the path of an SQLite file."""
    if uri.startswith(("postgresql://", "postgres://")):
        return PostgresqlEntries(uri)
    return SqliteEntries(Path(uri))


def _leaf_id(leaf: str) -> UUID | None:
    try:
        return UUID(hex=leaf)
    except ValueError:
        return None


def _found(at: datetime, kind: str, commitment: bytes, salt: bytes, body: str) -> Found | None:
    """None where the content is not what the leaf commits to: then it proves nothing."""
    if hashlib.sha256(bytes(salt) + body.encode()).digest() != bytes(commitment):
        return None
    content = json.loads(body)
    return Found(to_micros(at), kind, content["actor"], content["subject"], content["facts"])
