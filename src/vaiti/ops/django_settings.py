"""Django's settings, made from the one settings file of a data folder.

`VAITI_DATA` names the data folder. Without it (tests, makemigrations, mypy) the database is
SQLite in memory, or the PostgreSQL server that `VAITI_TEST_DATABASE` names as a libpq URI.
"""

import os
from pathlib import Path
from typing import Any

from vaiti.ops.django_config import database_for_tests, django_settings
from vaiti.ops.settings import load_settings


def from_environment() -> dict[str, Any]:
    """The settings of the data folder that VAITI_DATA names, or those for tests without one."""
    folder = os.environ.get("VAITI_DATA")
    if folder:
        return load_settings(Path(folder)).django()
    database = database_for_tests(os.environ.get("VAITI_TEST_DATABASE", ""))
    return django_settings(database, "only-for-tests-" + "x" * 40, ["*"], secure=False)


globals().update(from_environment())
