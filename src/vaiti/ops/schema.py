"""Brings a database to this program's schema.

An empty one is given all its tables at once, as the models have them now: going through every
change that older databases went through takes seconds and ends at the same (a test compares).
"""

from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.executor import MigrationExecutor


def bring_up_to_date() -> None:
    """The default database, in a transaction where it is empty."""
    if not connection.introspection.table_names():
        _make_tables()
    call_command("migrate", verbosity=0)


def is_up_to_date() -> bool:
    """Whether the default database has the tables that this program knows."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _make_tables() -> None:
    executor = MigrationExecutor(connection)
    with connection.schema_editor(atomic=True) as editor:
        for model in _own_tables():
            editor.create_model(model)
        executor.recorder.ensure_schema()
        for room, name in executor.loader.graph.nodes:
            executor.recorder.record_applied(room, name)


def _own_tables() -> list[type[models.Model]]:
    """A table between two others is made with the one that names it."""
    return [one for one in apps.get_models() if one._meta.managed and not one._meta.proxy]
