"""Where every system package is installed, a skip fails, but for the corpora's."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
SAMPLE = """
import pytest

@pytest.mark.corpora
def test_of_the_corpora() -> None:
    pytest.skip("no corpora here")

def test_of_a_browser() -> None:
    pytest.skip("install the package chromium")
"""


@pytest.mark.parametrize(("strict", "says"), [("", "2 skipped"), ("1", "1 failed, 1 skipped")])
def test_a_skip_fails_only_where_it_is_not_allowed(tmp_path: Path, strict: str, says: str) -> None:
    (tmp_path / "test_sample.py").write_text(SAMPLE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = corpora\n")
    options = ["-p", "skip_plugin", "-p", "no:django", "-p", "no:cacheprovider", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TESTS), "VAITI_NO_SKIP": strict},
        capture_output=True,
        text=True,
        check=False,
    )
    assert says in done.stdout
