"""Rows into tables faster than the ORM does it, on SQLite and on PostgreSQL.

The secondary indexes are taken away first and made again when all rows are there, in one
transaction: what is killed half way leaves the tables as they were.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection, models

from vaiti.ops.demo.filling.made_up import Columns

BYTES_A_CALL: Final = 300  # of index pages that rows in no order touch again and again
LEAST_CACHE: Final = 64 << 20  # bytes
INDEX_MEMORY: Final = "1GB"  # for indexes; as PostgreSQL comes they take several times as long

Say = Callable[[str], None]
Tables = Sequence[type[models.Model]]


def copy(model: type[models.Model], columns: Columns) -> int:
    """Appends the rows; columns that are not given get their field's default."""
    given: dict[str, Sequence[Any]] = dict(columns)
    size = len(given["id"])
    for field in model._meta.concrete_fields:
        if str(field.column) not in given and not field.generated:
            default = field.get_db_prep_save(field.get_default(), connection)
            given[str(field.column)] = [default] * size
    names = ", ".join(map(connection.ops.quote_name, given))
    table = connection.ops.quote_name(model._meta.db_table)
    rows = zip(*given.values(), strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["?"] * len(given))
            # beneath Django's cursor, which would look at each row again
            cursor.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        else:
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as to:
                to.write("".join(map(_line, rows)))
    return size


def _line(row: Sequence[Any]) -> str:
    """A line of COPY's text format. What is made up holds no tab, line end or backslash."""
    return "\t".join("\\N" if value is None else str(value) for value in row) + "\n"


@contextmanager
def filling(tables: Tables, calls: int, say: Say) -> Iterator[None]:
    """Around the calls of `copy`, for some `calls` calls in all, in the caller's transaction."""
    names = [table._meta.db_table for table in tables]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA soft_heap_limit = 0")
            cursor.execute(f"PRAGMA cache_size = -{(LEAST_CACHE + calls * BYTES_A_CALL) >> 10}")
        again = _drop_sqlite(names)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL maintenance_work_mem = '{INDEX_MEMORY}'")
        again = _drop_postgresql(names)
    yield
    _make(again, say)
    _number_on(tables)


def analyse() -> None:
    """Lets the planner know how many rows there are now; gives the cache back.

    PostgreSQL's own upkeep would come to many new rows within minutes: until then no index of them
    is read without its table.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("ANALYZE")
        else:
            cursor.execute("VACUUM (ANALYZE)")
    connection.close()


def _make(statements: Sequence[str], say: Say) -> None:
    with connection.cursor() as cursor:
        for number, statement in enumerate(statements, 1):
            say(f"making index {number} of {len(statements)} …")
            cursor.execute(statement)


def _drop_sqlite(tables: Sequence[str]) -> list[str]:
    """Drops what can be dropped of indexes; answers what makes them again."""
    marks = ", ".join(["%s"] * len(tables))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master"
            f" WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ({marks})",
            list(tables),
        )
        found = dict(cursor.fetchall())
        for name in found:
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
    return list(found.values())


def _drop_postgresql(tables: Sequence[str]) -> list[str]:
    """Drops foreign keys and indexes; answers what makes them again, indexes first."""
    indexes, keys = [], []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may wait for a table's change
        for table in map(connection.ops.quote_name, tables):
            cursor.execute(
                "SELECT quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE conrelid = %s::regclass AND contype = 'f'",
                [table],
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
                keys.append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            cursor.execute(
                "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index i"
                " WHERE indrelid = %s::regclass AND NOT EXISTS"
                " (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)",
                [table],
            )
            for name, definition in cursor.fetchall():
                cursor.execute(f"DROP INDEX {name}")
                indexes.append(definition)
    return indexes + keys


def _number_on(tables: Tables) -> None:
    """Rows came with their numbers: the next one given by the database comes after them."""
    from django.core.management.color import no_style

    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), tables):
            cursor.execute(statement)
