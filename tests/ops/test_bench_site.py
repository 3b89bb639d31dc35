"""The benchmarks of pages and listening measure real processes, and find what they look for."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from vaiti.ops.benches.site import percentile

pytestmark = pytest.mark.whole


def run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "vaiti", "bench", *arguments, "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_pages_are_measured_for_each_role_and_filter() -> None:
    found = run("pages", "--calls", "400", "--rounds", "1", "--people", "1")
    pages = {(one["who"], one["page"]): one for one in found["pages"]}
    for who in ("agent", "manager"):
        assert (who, "list, first visits") in pages
        for page in (
            *("list", "list, number", "list, line", "list, length", "list, destruction day"),
            *("list, deep", "call"),
        ):
            assert pages[who, page]["p95"] >= pages[who, page]["p50"] > 0
            assert pages[who, page]["whole_bytes"] > pages[who, page]["compressed_bytes"] > 0
    assert {page for who, page in pages if who == "officer"} == {*("home", "log", "queue", "state")}


def test_listeners_hear_without_a_stall() -> None:
    found = run("listen", "--listeners", "4", "--seconds", "1", "--minutes", "3")
    assert (found["stalls"], found["listeners"]) == (0, 4)
    assert found["fetches"] >= 1
    assert found["click_ms"] > 0
    assert found["seek_ms"] > 0


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_clicks_seeks_and_a_walk_are_measured_in_a_browser() -> None:
    if shutil.which("chromium") is None:
        pytest.skip("needs the Debian package chromium")
    found = run("listen", "--browser", "--listeners", "0", "--tries", "1", "--minutes", "3")
    browser = found["browser"]
    assert browser["walk_clicks"] == 4
    assert browser["click_95_ms"] >= browser["click_50_ms"] > 0
    assert browser["seek_95_ms"] >= browser["seek_50_ms"] > 0
    assert browser["walk_s"] > browser["walk_machine_s"] > 0
    assert len(found["web_mb"]) == 3


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.99)) == (
        50,
        95,
        7,
    )
