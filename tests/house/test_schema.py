"""N-11: the schema is closed. docs/schema.md says why each column exists; the database agrees."""

import re

import pytest
from django.apps import apps
from django.db import connection

from house.sources import ROOT
from vaiti.promises.approved import approved
from vaiti.promises.older import rows
from web.test_translations import facts_named

PAGE = ROOT / "docs" / "schema.md"
TABLE = re.compile(r"### (\w+)")
COLUMN = re.compile(r"\| (\w+) \| (\S.*) \|")


def documented() -> dict[str, list[str]]:
    """Table to columns; a column without a reason is not documented."""
    tables: dict[str, list[str]] = {}
    for line in PAGE.read_text().splitlines():
        if title := TABLE.fullmatch(line):
            columns = tables.setdefault(title[1], [])
        elif (row := COLUMN.fullmatch(line)) and row[1] != "column":
            columns.append(row[1])
    return tables


@pytest.mark.django_db
def test_n11_the_database_has_the_documented_columns_and_no_others() -> None:
    with connection.cursor() as cursor:
        live = {
            table: sorted(
                column.name
                for column in connection.introspection.get_table_description(cursor, table)
            )
            for table in connection.introspection.table_names(cursor)
            if not table.startswith("sqlite_")  # what ANALYZE writes down
        }
    assert live == {table: sorted(columns) for table, columns in documented().items()}


@pytest.mark.django_db
def test_n11_a_column_that_creeps_in_is_seen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE register_call ADD COLUMN sentiment integer")
    with pytest.raises(AssertionError):
        test_n11_the_database_has_the_documented_columns_and_no_others()


def test_n11_the_approved_list_is_what_the_page_documents() -> None:
    """A new column is a line in src/vaiti/promises/approved.toml too: a live check reads it."""
    told = {table: sorted(columns) for table, columns in approved().tables.items()}
    assert told == {table: sorted(columns) for table, columns in documented().items()}


def test_n11_every_fact_of_an_entry_is_approved() -> None:
    """A new name of a fact is a word in src/vaiti/promises/approved.toml too."""
    rooms = (one for one in (ROOT / "src").rglob("*.py") if not {"web", "demo"} & set(one.parts))
    named = {name for module in rooms for name in facts_named(module.read_text())}
    assert named - approved().facts == set()


def test_n11_every_table_of_the_register_is_known_to_the_scan() -> None:
    """Who adds a table says in promises/older/rows.py whether it dies with the call."""
    there = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    told = {*rows.AGED, *rows.HANGING, *rows.OUTLIVING, *rows.OF_CASES, "django_migrations"}
    assert there <= told
    for table, column in rows.AGED.items():
        model = next(one for one in apps.get_models() if one._meta.db_table == table)
        assert column in {field.column for field in model._meta.local_fields}
