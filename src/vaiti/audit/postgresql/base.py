"""The connection: an entry waits for the next statement of its transaction, or for its commit.

An act that is only its entry is one message to the server and one answer, instead of three; another
act's last message is its entry and the commit together. Nothing is seen of it: whoever asks the
database for anything, by a cursor, asks after the entry was sent.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.postgresql import base
from psycopg import Cursor
from psycopg.pq import TransactionStatus

from vaiti.audit.postgresql.sending import BEGIN, COMMIT, Bound, array, prepare, send

if TYPE_CHECKING:
    from psycopg import Connection

AT_ONCE = 100  # entries in a statement

_COLUMNS = "INSERT INTO audit_leaf (id, at, kind, commitment, salt, body, actor, subject)"
_ONE = f"{_COLUMNS} VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
_SEVERAL = f"""{_COLUMNS} SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[],
 $4::bytea[], $5::bytea[], $6::text[], $7::text[], $8::text[])"""
_OF_ONE, _OF_SEVERAL = b"vaiti_entry", b"vaiti_entries"
_TYPES = (2950, 1184, 25, 17, 17, 25, 25, 25)  # of the columns, as PostgreSQL numbers its types

Entry = tuple[bytes, bytes, bytes, bytes, bytes, bytes, bytes, bytes]
"""The columns as PostgreSQL's binary format has them."""


class DatabaseWrapper(base.DatabaseWrapper):
    """The driver learns of a transaction with its first statement, of which there may be none."""

    connection: "Connection[Any]"

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own
        super().__init__(*args, **kwargs)
        self._waiting: list[Entry] = []
        self._begin_is_due = False
        self._is_prepared = False

    def add(self, entries: Sequence[Entry]) -> None:
        """Into the transaction that is open."""
        self._waiting += entries
        if len(self._waiting) > AT_ONCE:
            self._catch_up()

    def driver_cursor(self) -> "Cursor[Any]":
        """One of the driver's own, without what Django's do for each statement."""
        self.ensure_connection()
        self._catch_up()
        return Cursor(self.connection)

    def get_new_connection(self, conn_params: dict[str, Any]) -> "Connection[Any]":
        self._waiting, self._begin_is_due, self._is_prepared = [], False, False
        fresh: Connection[Any] = super().get_new_connection(conn_params)
        return fresh

    def create_cursor(self, name: str | None = None) -> Any:  # noqa: ANN401 - Django's own
        self._catch_up()
        return super().create_cursor(name)

    def _set_autocommit(self, autocommit: bool) -> None:
        self._begin_is_due = not autocommit
        if autocommit and not self.connection.autocommit:
            super()._set_autocommit(True)  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        self._waiting = []  # any savepoint was a statement, so what waits came after it
        super()._savepoint_rollback(sid)  # type: ignore[misc]

    def _rollback(self) -> None:
        self._waiting = []
        super()._rollback()  # type: ignore[misc]

    def _close(self) -> None:
        self._waiting = []
        super()._close()  # type: ignore[misc]

    def _commit(self) -> None:
        if not self._waiting:
            super()._commit()  # type: ignore[misc]
        elif self._begin_is_due:
            self._write()  # one statement is a transaction of its own
        else:
            self._write(COMMIT)

    def _catch_up(self) -> None:
        """Before any other statement."""
        if self._begin_is_due:
            self._begin_is_due = False
            super()._set_autocommit(False)  # type: ignore[misc]
        if self._waiting:
            self._write()

    def _write(self, *then: Bound) -> None:
        entries, self._waiting = self._waiting, []
        bound = [_bound(entries[at : at + AT_ONCE]) for at in range(0, len(entries), AT_ONCE)]
        with self.wrap_database_errors:
            self._prepare()
            idle = self.connection.info.transaction_status == TransactionStatus.IDLE
            first = [BEGIN] if idle and not self.connection.autocommit else []
            send(self.connection.pgconn, [*first, *bound, *then])

    def _prepare(self) -> None:
        """Once a connection: the server reads and plans what every act writes."""
        if not self._is_prepared:
            prepare(self.connection.pgconn, {_OF_ONE: _ONE, _OF_SEVERAL: _SEVERAL})
            self._is_prepared = True


def database() -> DatabaseWrapper:
    """This thread's connection, where the database is PostgreSQL."""
    return cast("DatabaseWrapper", connections[DEFAULT_DB_ALIAS])


def _bound(entries: Sequence[Entry]) -> Bound:
    if len(entries) == 1:
        return Bound(_OF_ONE, entries[0])
    columns = zip(_TYPES, zip(*entries, strict=True), strict=True)
    return Bound(_OF_SEVERAL, [array(kind, column) for kind, column in columns])
