"""`vaiti test` and `vaiti lint`: every check of the checkout, and the tests on both databases.

The tests on SQLite wait a good part of their time for calls, clocks and browsers. So they are given
to more workers than there are processors. Beside them run first the checks and then the tests on
PostgreSQL, which only compute: they take what time of the processors the others leave. Temporary
files lie in memory where there is room for them; the check of the demo is what uses the disk.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
CLOSING = re.compile(r"^=* ?(\d+ (?:passed|failed|error|skipped|deselected).*?) ?=*$", re.MULTILINE)
FAILING = re.compile(r"^=+ (?:ERRORS|FAILURES) =+$", re.MULTILINE)
MOST_LINES = 200
"""Of each failed part, told once more at the end: of a long log often nothing else is read."""
WHOLE_FILES = ("--dist", "loadscope", "--no-loadscope-reorder")
MEMORY = Path("/dev/shm")
ROOM = 8 << 30
"""Bytes; the tests need a small part of it, and a browser wants half to be free."""


@dataclass(frozen=True, slots=True)
class Part:
    """One command of the whole: `options` are what this Python is started with.

    One that `yields` lets the others go first.
    """

    name: str
    options: tuple[str, ...]
    yields: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        return (*(("nice", "-n", "5") if self.yields else ()), sys.executable, *self.options)


@dataclass(frozen=True, slots=True)
class Result:
    """`closing` is the last line of pytest's report, empty for the other checks."""

    name: str
    status: int
    seconds: float
    said: str

    @property
    def closing(self) -> str:
        found = CLOSING.findall(self.said)
        return str(found[-1]) if found else ""

    @property
    def failures(self) -> str:
        """What pytest says of what failed, or the last that another check said."""
        found = FAILING.search(self.said)
        lines = self.said[found.start() if found else 0 :].splitlines()
        return "\n".join(lines[-MOST_LINES:])


CHECKS = (
    Part("ruff check", ("-m", "ruff", "check", ".", "vaiti")),
    Part("ruff format", ("-m", "ruff", "format", "--check", ".", "vaiti")),
    Part("mypy", ("-m", "mypy")),
    Part("imports", ("-c", IMPORTS)),
)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti test", description="All checks; further arguments go to pytest."
    )
    parser.add_argument("--no-tests", action="store_true", help="only the checks (vaiti lint)")
    parser.add_argument("--no-lint", action="store_true", help="only the tests")
    parser.add_argument("--whole", action="store_true", help="what CI leaves out besides")
    given, rest = parser.parse_known_args(arguments)
    rest += ["--whole"] if given.whole else []
    if given.no_tests:
        return summed_up([shown(part) for part in CHECKS])
    with temporary_files(MEMORY) as folder:
        sqlite, postgresql = suites(rest, os.cpu_count() or 1, folder)
        checks = () if given.no_lint else CHECKS
        return summed_up(together(sqlite, [*checks, postgresql]))


@contextmanager
def temporary_files(memory: Path) -> Iterator[str]:
    """Makes a folder in memory, if there is room, for whatever the parts write for a while."""
    if not memory.is_dir() or shutil.disk_usage(memory).free < ROOM:
        yield ""
        return
    usual = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="v", dir=memory) as folder:
        Path(folder).chmod(0o1777)  # PostgreSQL is another user
        os.environ["TMPDIR"] = folder
        try:
            yield folder
        finally:
            del os.environ["TMPDIR"]
            if usual is not None:
                os.environ["TMPDIR"] = usual


def suites(rest: Sequence[str], processors: int, folder: str = "") -> tuple[Part, Part]:
    """The suite on SQLite and on PostgreSQL. What the caller asks for comes last, and wins."""
    sqlite, postgresql = (
        ("-m", "pytest", *WHOLE_FILES, "-n", str(workers), *base(folder, name), *rest)
        for name, workers in (("s", processors + 1), ("p", processors))
    )
    return (
        Part("tests on SQLite", sqlite),
        Part("tests on PostgreSQL", (*postgresql, "--postgresql"), yields=True),
    )


def base(folder: str, name: str) -> tuple[str, ...]:
    """A short path: the address of a socket may not be long."""
    return ("--basetemp", f"{folder}/{name}") if folder else ()


def together(long: Part, others: Sequence[Part]) -> list[Result]:
    """Shows `long` as it runs. The others run beside it one by one, and are shown after it."""
    beside = ThreadPoolExecutor(1)
    try:
        coming = [beside.submit(run, part) for part in others]
        first, later = shown(long), []
        for part, one in zip(others, coming, strict=True):
            print(f"\n== {part.name}", flush=True)
            later.append(one.result())
            print(later[-1].said, end="", flush=True)
    finally:
        beside.shutdown(cancel_futures=True)  # who stops the first wants no others begun
    return [*later[:-1], first, *later[-1:]]


def shown(part: Part) -> Result:
    print(f"\n== {part.name}", flush=True)
    return run(part, show=True)


def run(part: Part, show: bool = False) -> Result:
    """Runs it to its end, and keeps what it says; `show` prints that as it comes."""
    began = time.monotonic()
    said: list[str] = []
    with subprocess.Popen(
        part.command,
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            if show:
                print(line, end="", flush=True)
    return Result(part.name, process.wait(), time.monotonic() - began, "".join(said))


def summed_up(results: Sequence[Result]) -> int:
    """Prints a line a part, then what failed; the exit status is 0 where none did."""
    print("\nSummary")
    for result in results:
        verdict = "ok    " if result.status == 0 else "FAILED"
        print(f"  {verdict} {result.name:20} {result.seconds:6.1f} s  {result.closing}")
    failed = [result for result in results if result.status != 0]
    for result in failed:
        print(f"\n== {result.name} failed\n{result.failures}")
    return 1 if failed else 0


def environment() -> dict[str, str]:
    """Tests start hundreds of other Pythons. None of them needs the caller's data folder, and each
    would compile the whole house again where the caller wants no compiled files.
    """
    left = ("VAITI_DATA", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if name not in left}
    return kept | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
