"""`vaiti scan-logs`: whether the numbers of test calls stand in logs, of whatever machine.

Design question h: a number that is masked here may stand whole in the phone system's own logs. So
calls are placed from numbers that are known, and looked for. What is printed holds no number.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from vaiti.ops.log_scan import Scanner, TooShort, Unreadable, lines_of, paths_under

FOUND, CLEAN, UNUSABLE = 3, 0, 2
MOST_NUMBERS = 1000


class NoNumbers(ValueError):
    """The file of numbers is of no use; the sentence says what to change."""


def main(arguments: Sequence[str]) -> int:
    """3 when a number was found, 2 when something could not be read, else 0."""
    given = _parser().parse_args(arguments)
    try:
        scanner = Scanner(numbers_in(given.numbers), given.country)
    except (NoNumbers, TooShort) as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return UNUSABLE
    found, unread, files = 0, 0, 0
    for path in paths_under(given.path):
        files += 1
        try:
            for hit in scanner.hits(str(path), lines_of(path)):
                found += 1
                print(json.dumps(asdict(hit)) if given.json else hit.text())
        except Unreadable as error:
            unread += 1
            print(f"vaiti: {error}", file=sys.stderr)
    if not given.json:
        print(summary(found, files, unread))
    return FOUND if found else UNUSABLE if unread or not files else CLEAN


def summary(found: int, files: int, unread: int) -> str:
    if not files:
        return "There is no file to look into: name files or folders of logs."
    skipped = f", {unread} could not be read" if unread else ""
    if found:
        return f"{found} places in {files} files{skipped}: mask them there, or keep them no longer."
    return f"None of the numbers stands in {files} files{skipped}."


def numbers_in(path: Path) -> list[str]:
    """One number a line, as it is dialled; what follows # is a remark. Raises NoNumbers."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoNumbers(f"{path} cannot be read: write a number a line into a text file") from error
    told = list(_told(text))
    if not 0 < len(told) <= MOST_NUMBERS:
        raise NoNumbers(f"{path} has {len(told)} numbers; list 1 to {MOST_NUMBERS}, one a line")
    return told


def _told(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if number := line.partition("#")[0].strip():
            yield number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vaiti scan-logs",
        description="Looks for numbers of test calls in logs, in the usual ways to write them. "
        "Says where, and with its last three digits hidden; gzip files are opened.",
    )
    add = parser.add_argument
    add("--numbers", required=True, type=Path, metavar="FILE", help="one a line; - reads them in")
    add("--country", default="FI", help="in which numbers without a country code are dialled")
    add("--json", action="store_true", help="one JSON object a place")
    add("path", nargs="+", type=Path, metavar="PATH", help="a log, or a folder of logs")
    return parser
