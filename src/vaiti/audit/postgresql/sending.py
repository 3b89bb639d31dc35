"""Statements by the protocol of PostgreSQL itself: sent together, answered together.

A cursor of the driver takes four times as long for one, and every act of the house waits for it.
"""

import select
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

_ARRAY = struct.Struct(">iiiii")  # dimensions, flags, type, length, first index
_LENGTH = struct.Struct(">i")


class Bound(NamedTuple):
    """A prepared statement's name with its values in binary, or a statement that has none."""

    statement: bytes
    values: Sequence[bytes] | None = None


BEGIN, COMMIT = Bound(b"BEGIN"), Bound(b"COMMIT")


def array(kind: int, values: Sequence[bytes]) -> bytes:
    """Of a type as PostgreSQL numbers it, without nulls."""
    parts = [_ARRAY.pack(1, 0, kind, len(values), 1)]
    for value in values:
        parts += _LENGTH.pack(len(value)), value
    return b"".join(parts)


def prepare(server: "PGconn", statements: Mapping[bytes, str]) -> None:
    """Raises psycopg.Error."""
    for name, sql in statements.items():
        _asked(server, [Bound(sql.encode())], as_name=name)


def send(server: "PGconn", statements: Sequence[Bound]) -> None:
    """All of them, or up to the first that fails. Raises psycopg.Error."""
    _asked(server, statements)


def _asked(server: "PGconn", statements: Sequence[Bound], as_name: bytes = b"") -> None:
    """A connection whose answers were not read to their end is closed: they would be taken for
    those of the next statement."""
    together = len(statements) > 1
    try:
        if together:
            server.enter_pipeline_mode()
        for one in statements:
            _send(server, one, as_name)
        if together:
            server.pipeline_sync()
        answers = _answers(server, together)
        if together:
            server.exit_pipeline_mode()
    except BaseException:
        server.finish()
        raise
    for answer in answers:
        if answer.status not in (ExecStatus.COMMAND_OK, ExecStatus.PIPELINE_SYNC):
            raise error_from_result(answer)


def _send(server: "PGconn", one: Bound, as_name: bytes) -> None:
    if as_name:
        server.send_prepare(as_name, one.statement)
    elif one.values is None:
        server.send_query_params(one.statement, None)
    else:
        formats = [Format.BINARY] * len(one.values)
        server.send_query_prepared(one.statement, one.values, formats)


def _answers(server: "PGconn", together: bool) -> list["PGresult"]:
    found: list[PGresult] = []
    while True:
        _await(server)
        answer = server.get_result()
        if answer is not None:
            found.append(answer)
        if answer is None and not together:
            return found
        if answer is not None and answer.status == ExecStatus.PIPELINE_SYNC:
            return found
        if server.status == ConnStatus.BAD:
            return found


def _await(server: "PGconn") -> None:
    """Until an answer is there. Other threads go on: one may be whom the server waits for."""
    unsent = server.flush()
    while unsent or server.is_busy():
        ready = select.poll()
        ready.register(server.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
        ready.poll()
        server.consume_input()
        unsent = server.flush()
