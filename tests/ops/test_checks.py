"""`vaiti test`: parts side by side, shown one after another, and one verdict over all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sharing_plugin import LONG, LONGEST
from vaiti.ops import checks
from vaiti.ops.checks import (
    MOST_LINES,
    Part,
    Result,
    shown,
    suites,
    summed_up,
    temporary_files,
    together,
)

TESTS = Path(__file__).resolve().parents[1]
SAMPLE = """
import os
import pytest
from django.db import connection

@pytest.mark.django_db
def test_of_one_file() -> None:
    assert connection.settings_dict["NAME"].endswith(os.environ["PYTEST_XDIST_WORKER"])
"""


def part(name: str, status: int = 0) -> Part:
    lines = f"print('{name} begins'); print('{name} says', file=sys.stderr)"
    return Part(name, ("-c", f"import sys; {lines}; sys.exit({status})"))


@pytest.mark.parametrize("failing", [None, "lint", "SQLite", "PostgreSQL"])
def test_one_failed_part_fails_the_whole(
    capfd: pytest.CaptureFixture[str], failing: str | None
) -> None:
    names = ("lint", "SQLite", "PostgreSQL")
    parts = [part(name, int(name == failing)) for name in names]
    results = together(parts[1], [parts[0], parts[2]])
    assert summed_up(results) == int(failing is not None)
    said, _, end = capfd.readouterr().out.partition("Summary\n")
    for one in parts:
        assert said.count(f"{one.name} begins") == said.count(f"{one.name} says") == 1
    summary, _, again = end.partition("\n\n")
    assert [line.split()[:2] for line in summary.splitlines()] == [
        ["FAILED" if n == failing else "ok", n] for n in ("lint", "SQLite", "PostgreSQL")
    ]
    told = [f"{failing} {did}" in again for did in ("begins", "says")]
    assert all(told) if failing else again == "", "what failed stands at the end, too"


def test_each_part_is_shown_whole_under_its_name(capfd: pytest.CaptureFixture[str]) -> None:
    together(part("first"), [part("second"), part("third")])
    shown = [block.split("\n")[:2] for block in capfd.readouterr().out.split("\n== ")[1:]]
    assert [name for name, _ in shown] == ["first", "second", "third"]
    assert all(line.startswith(name) for name, line in shown)


def test_a_part_that_is_killed_is_a_failed_one() -> None:
    killed = Part("killed", ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert summed_up(together(part("other"), [killed])) == 1


def test_the_closing_line_of_the_tests_is_found() -> None:
    said = "....\n=== 3 passed, 1 skipped in 2.10s ===\n"
    assert Result("tests", 0, 2.0, said).closing == "3 passed, 1 skipped in 2.10s"
    assert Result("tests", 0, 2.0, "....\n1 failed in 0.10s\n").closing == "1 failed in 0.10s"


def test_of_failed_tests_their_reports_stand_at_the_end_and_not_all_that_was_said() -> None:
    said = "....F\n" * 500 + "=== FAILURES ===\n" + "E   no\n" * 9 + "=== 1 failed in 2.10s ===\n"
    told = Result("tests", 1, 2.0, said).failures.splitlines()
    assert (told[0], len(told)) == ("=== FAILURES ===", 11)
    assert len(Result("lint", 1, 2.0, "wrong\n" * 999).failures.splitlines()) == MOST_LINES


@pytest.mark.parametrize("processors", [1, 2, 16])
def test_workers_are_one_more_than_processors_unless_asked_otherwise(processors: int) -> None:
    for one in suites(["-n", "0"], processors):
        assert [at for at in one.options if at != "--postgresql"][-2:] == ["-n", "0"]
    many, few = (one.options[one.options.index("-n") + 1] for one in suites([], processors))
    assert (int(many), int(few)) == (processors + 1, processors)


@pytest.mark.whole
def test_workers_have_databases_of_their_own(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py"):
        (tmp_path / name).write_text(SAMPLE)
    options = ["-c", str(TESTS.parent / "pyproject.toml"), "--dist", "loadscope", "-n", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "-p", "no:cacheprovider", str(tmp_path)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(TESTS.parent / "src"), str(TESTS))),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in done.stdout


def test_temporary_files_lie_in_memory_where_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", "/usual")
    monkeypatch.setattr(checks, "ROOM", 0)
    with temporary_files(tmp_path) as made:
        folder = Path(os.environ["TMPDIR"])
        assert made == os.environ["TMPDIR"]
        assert (folder.parent, folder.is_dir()) == (tmp_path, True)
    assert (os.environ["TMPDIR"], folder.exists()) == ("/usual", False)
    monkeypatch.setattr(checks, "ROOM", 1 << 62)
    for memory in (tmp_path, tmp_path / "none"):
        with temporary_files(memory):
            assert os.environ["TMPDIR"] == "/usual"


def test_a_part_that_yields_lets_others_go_first(capfd: pytest.CaptureFixture[str]) -> None:
    shown(Part("last", ("-c", "import os; print('at', os.nice(0))"), yields=True))
    assert f"at {min(os.nice(0) + 5, 19)}" in capfd.readouterr().out


def test_the_rooms_and_files_that_begin_are_there() -> None:
    assert all((TESTS / room).is_dir() for room in LONG)
    assert all((TESTS / file).is_file() for file in LONGEST)
