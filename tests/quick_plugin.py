"""What makes tests quick and lets them prove no less.

After a test that commits, Django empties every table, and PostgreSQL makes new files for each and
for all its indexes. A test fills a few tables with a few rows: only those are emptied, row by row.
What held many rows is truncated as before, so that the planner does not remember them.

The tests' database is made from the models, as a new deployment's is; that one which went through
every change is the same is a test of its own (tests/ops/test_schema.py).

What is read to find the tests stays to the end: the collector of garbage need not go through it,
neither while it is read nor after each test that makes much.

A password's hash is made with little work in the process of the tests; that production's is made
with much is a test of its own (tests/ops/test_init.py).
"""

import gc
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

MANY = 300
"""Rows of one table."""


def pytest_configure() -> None:
    from django.contrib.auth.hashers import ScryptPasswordHasher
    from django.db.backends.base import creation
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]
    ScryptPasswordHasher.work_factor, ScryptPasswordHasher.parallelism = 16, 1
    creation.call_command = made_at_once


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def made_at_once(name: str, *arguments: object, **options: Any) -> None:  # noqa: ANN401
    """What Django calls to make the tables of the tests' database."""
    from django.core.management import call_command

    from vaiti.ops.schema import bring_up_to_date

    if name == "migrate":
        bring_up_to_date()
    else:
        call_command(name, *arguments, **options)


def empty(_case: object = None) -> None:
    from django.db import connection, transaction

    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # no key is checked while rows go
            cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(which_hold_rows())
        held = [name for (name,) in cursor.fetchall()]
        many = [name for name in held if delete(cursor, name) > MANY]
        if many and connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(many)} CASCADE")


def delete(cursor: Any, table: str) -> int:  # noqa: ANN401 - a cursor of either database
    cursor.execute(f"DELETE FROM {table}")
    return int(cursor.rowcount)


@cache
def which_hold_rows() -> str:
    """Asks every table once whether there is a row in it."""
    from django.db import connection

    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    quoted = (connection.ops.quote_name(name) for name in sorted(tables))
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})" for name in quoted)
    return " UNION ALL ".join(asked)
