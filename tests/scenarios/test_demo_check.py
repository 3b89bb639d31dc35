"""The demo's check, whole, on PostgreSQL; on SQLite CI runs it by itself.

What a deployment on PostgreSQL answers for itself each run proves too: test_bad_days.py.
"""

import json
import subprocess
import sys

import pytest

from scenarios.worlds import postgresql

pytestmark = [pytest.mark.timeout(900), pytest.mark.whole]


def test_the_whole_story_holds_on_postgresql() -> None:
    with postgresql() as server:
        command = ["demo", "--check", "--database-url", server.get_uri()]
        done = subprocess.run(
            [sys.executable, "-m", "vaiti", *command], capture_output=True, text=True, check=False
        )
    told = json.loads(done.stdout.splitlines()[-1])
    assert [step for step in told["steps"] if not step["ok"]] == []
    assert told["ok"] is True
    assert done.returncode == 0
