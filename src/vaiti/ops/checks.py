"""`vaiti test` and `vaiti lint`: every check of the checkout, and the tests on both databases."""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("-m", "ruff", "check", ".", "vaiti")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".", "vaiti")),
    ("mypy", ("-m", "mypy")),
    ("imports", ("-c", IMPORTS)),
)
DATABASES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("tests on SQLite", ()),
    ("tests on PostgreSQL", ("--postgresql",)),
)
CLOSING = re.compile(r"^=* ?(\d+ (?:passed|failed|error|skipped|deselected).*?) ?=*$", re.MULTILINE)
NO_SKIP_VARIABLE = "VAITI_NO_SKIP"


@dataclass(frozen=True, slots=True)
class Result:
    """`closing` is the last line of pytest's report, empty for the other checks."""

    name: str
    status: int
    seconds: float
    closing: str = ""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti test", description="All checks; further arguments go to pytest."
    )
    parser.add_argument("--no-tests", action="store_true", help="only the checks (vaiti lint)")
    given, rest = parser.parse_known_args(arguments)
    results = [run(name, command) for name, command in CHECKS]
    if not given.no_tests:
        results += [run_tests(name, (*options, *rest)) for name, options in DATABASES]
    print("\nSummary")
    for result in results:
        verdict = "ok    " if result.status == 0 else "FAILED"
        print(f"  {verdict} {result.name:20} {result.seconds:6.1f} s  {result.closing}")
    return 0 if all(result.status == 0 for result in results) else 1


def run(name: str, command: Sequence[str]) -> Result:
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment(), check=False)
    return Result(name, done.returncode, time.monotonic() - began)


def run_tests(name: str, options: Sequence[str]) -> Result:
    """Runs pytest, showing what it says as it says it, and keeps its closing line."""
    print(f"\n== {name}", flush=True)
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", *options]
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            said = [*said[-50:], line]
    closing = CLOSING.findall("".join(said))
    return Result(name, process.wait(), time.monotonic() - began, closing[-1] if closing else "")


def environment() -> dict[str, str]:
    """Tests and checks start other Pythons; none of them needs the caller's data folder."""
    kept = {name: value for name, value in os.environ.items() if name != "VAITI_DATA"}
    return kept | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
