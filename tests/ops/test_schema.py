"""A new database, as the tests' own is, has the schema of one that went through every change."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ops.schema_told import told

ROOT = Path(__file__).parents[2]


@pytest.mark.django_db(transaction=True)
def test_a_new_database_is_as_one_that_was_changed_step_by_step(tmp_path: Path) -> None:
    database: dict[str, Any] = {
        name: value for name, value in connection.settings_dict.items() if name != "TEST"
    }
    database["NAME"] = str(tmp_path / "old.sqlite3")
    if connection.vendor == "postgresql":
        database["NAME"] = f"old_{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database['NAME']}")
    made = subprocess.run(
        [sys.executable, "-m", "ops.schema_told", json.dumps(database, default=str)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    old = json.loads(made.stdout)
    new = json.loads(json.dumps(told()))
    assert _not_in(new, old["schema"]) == []
    assert _not_in(old["schema"], new) == []
    assert old["applied"] == sorted(map(list, MigrationRecorder(connection).applied_migrations()))


def _not_in(some: dict[str, list[str]], others: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [
        (name, part)
        for name, parts in some.items()
        for part in parts
        if part not in others.get(name, [])
    ]
