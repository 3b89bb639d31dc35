"""The register as a stream, taken at one instant, and a register made from such a stream.

SQLite: one compact copy of the file (VACUUM INTO), in which nothing deleted is left. PostgreSQL:
each table by COPY, all in one transaction that sees one instant; pg_dump is not needed. Browsers'
sessions are left out: whoever was signed in then is not signed in after a restore.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vaiti.ops.backup.packing import Entry
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from psycopg import Connection

DATABASE = "db.sqlite3"
TABLE = "table/"
COLUMNS = "columns.json"
MIGRATIONS = "migrations.json"
PIECE = 1 << 20
PART = "db.backup.part"
LEFT_OUT = ("django_session", "django_migrations")


class CannotRestore(Exception):
    """The backup does not fit; the text says what to do."""


def register_entries(settings: Settings) -> Iterator[Entry]:
    """Django must be ready."""
    yield MIGRATIONS, [json.dumps(_applied()).encode()]
    if settings.database.url:
        yield from _postgresql_entries(settings.database.url)
    else:
        yield from _sqlite_entries(settings.folder / DATABASE, settings.run / PART)


def _applied() -> dict[str, str]:
    """The newest migration of each room."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    found = sorted(MigrationRecorder(connection).applied_migrations())
    return dict(found)


def _sqlite_entries(path: Path, part: Path) -> Iterator[Entry]:
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as live:
            live.execute("VACUUM INTO ?", (str(part),))
        with closing(sqlite3.connect(part, isolation_level=None)) as copy:
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DELETE FROM django_session")
        yield DATABASE, file_chunks(part)
    finally:
        part.unlink(missing_ok=True)


def file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(PIECE):
            yield chunk


def _postgresql_entries(url: str) -> Iterator[Entry]:
    import psycopg
    from psycopg.sql import SQL, Identifier

    with psycopg.connect(url) as server:
        server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        server.read_only = True
        columns = {table: _columns(server, table) for table in _tables()}
        yield COLUMNS, [json.dumps(columns).encode()]
        for table, names in columns.items():
            listed = SQL(", ").join(Identifier(name) for name in names)
            asked = SQL("COPY {} ({}) TO STDOUT").format(Identifier(table), listed)
            with server.cursor() as cursor, cursor.copy(asked) as copy:
                yield TABLE + table, (bytes(piece) for piece in copy)


def _tables() -> list[str]:
    from django.apps import apps

    models = apps.get_models(include_auto_created=True)
    return sorted({one._meta.db_table for one in models} - set(LEFT_OUT))


def _columns(server: "Connection[Any]", table: str) -> list[str]:
    """Those that are written: the others the database computes itself."""
    found = server.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        (table,),
    )
    return [name for (name,) in found]


def load(settings: Settings, entries: Iterable[tuple[str, Iterator[bytes]]]) -> None:
    """Makes the register of a new folder from these entries. Raises CannotRestore."""
    entries = iter(entries)
    name, chunks = next(entries)
    if name != MIGRATIONS:
        raise CannotRestore("the backup does not begin as one of a register")
    applied: dict[str, str] = json.loads(b"".join(chunks))
    if settings.database.url:
        _load_postgresql(settings.database.url, applied, entries)
    else:
        _load_sqlite(settings.folder / DATABASE, entries)


def _load_sqlite(path: Path, entries: Iterator[tuple[str, Iterator[bytes]]]) -> None:
    name, chunks = next(entries)
    if name != DATABASE:
        raise CannotRestore(
            "the backup is of a PostgreSQL register; name an empty database with --database-url"
        )
    with path.open("xb") as file:
        path.chmod(0o600)
        file.writelines(chunks)


def _load_postgresql(
    url: str, applied: dict[str, str], entries: Iterator[tuple[str, Iterator[bytes]]]
) -> None:
    import psycopg
    from psycopg.sql import SQL, Identifier

    name, chunks = next(entries)
    if name != COLUMNS:
        raise CannotRestore("the backup is of an SQLite register; restore it without a database")
    columns: dict[str, list[str]] = json.loads(b"".join(chunks))
    _make_tables(applied)
    with psycopg.connect(url) as server:
        for table in columns:
            server.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        for name, chunks in entries:
            table = name.removeprefix(TABLE)
            listed = SQL(", ").join(Identifier(one) for one in columns[table])
            asked = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), listed)
            with server.cursor() as cursor, cursor.copy(asked) as copy:
                for chunk in chunks:
                    copy.write(chunk)
            _go_on_counting(server, table)


def _make_tables(applied: dict[str, str]) -> None:
    from django.core.management import call_command
    from django.db import connection, connections

    if connection.introspection.table_names():
        raise CannotRestore("the database is not empty; name a new one")
    for room, migration in applied.items():
        call_command("migrate", room, migration, verbosity=0)
    connections.close_all()


def _go_on_counting(server: "Connection[Any]", table: str) -> None:
    """Numbers that the database gives go on after the highest one there is."""
    from psycopg.sql import SQL, Identifier, Literal

    found = server.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
        " AND table_name = %s AND is_identity = 'YES'",
        (table,),
    )
    for (column,) in found.fetchall():
        server.execute(
            SQL(
                "SELECT setval(pg_get_serial_sequence({}, {}), coalesce(max({}), 0) + 1, false)"
                " FROM {}"
            ).format(Literal(f'"{table}"'), Literal(column), Identifier(column), Identifier(table))
        )
