"""`vaiti reconcile`: the phone system's own call records against the book of calls."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.ops.call_records import Read
    from vaiti.ops.sections.completeness import RecordFormat
    from vaiti.register.reconciling import Compared

BY = "system:command-line"
SOME_MISSING = 3
"""The exit status when the gap register has something new, so that a scheduler notices."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti reconcile",
        description="Holds the phone system's call records (CSV) against what was recorded. "
        "Missing and unwanted calls go into the gap register; numbers in the file are dropped as "
        "it is read. May be given the same records again.",
        epilog="Exit status: 0 all agrees, 3 calls are missing or unwanted, 1 not read, 2 usage.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="- is standard input")
    parser.add_argument("--format", default="", help="which [[records]] of the settings")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_data(parser)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    made = _format(settings, given.format)
    if made is None:
        names = ", ".join(one.name for one in settings.records) or "none yet"
        return _refused(f"name one [[records]] of vaiti.toml with --format; there are: {names}", 2)
    start_django(settings.folder)
    from vaiti.notice import lines
    from vaiti.ops.call_records import RecordsUnusable, read_records
    from vaiti.register.reconciling import compare
    from vaiti.register.sides import RecordsShifted

    now = clock_of(settings)()
    try:
        data = sys.stdin.buffer.read() if str(given.file) == "-" else given.file.read_bytes()
        numbers = {entry.line.number for entry in lines.entries()}
        read = read_records(data, made, numbers, settings.register.country)
    except OSError as error:
        return _refused(f"{given.file} cannot be read: {error.strerror}")
    except RecordsUnusable as error:
        return _refused(str(error))
    try:
        compared = compare(
            read.told,
            source=made.name,
            rules=settings.completeness.rules,
            by=BY,
            now=now,
            settle=timedelta(minutes=settings.completeness.settle_minutes),
        )
    except RecordsShifted as error:
        told = f"these calls are ours when moved by {error.hours} hours; set zone in [[records]]"
        return _refused(f"nothing was compared: {told}")
    print(_json(read, compared) if given.json else _text(read, compared))
    if read.faulty and not read.told:
        return 1
    return SOME_MISSING if compared.missing or compared.unwanted else 0


def _refused(why: str, status: int = 1) -> int:
    print(f"vaiti reconcile: {why}", file=sys.stderr)
    return status


def _format(settings: Settings, name: str) -> "RecordFormat | None":
    named = [one for one in settings.records if name in ("", one.name)]
    return named[0] if len(named) == 1 else None


def _json(read: "Read", compared: "Compared") -> str:
    rows = {"others": read.others, "unanswered": read.unanswered, "faulty": read.faulty}
    return json.dumps({**asdict(compared), **rows})


def _text(read: "Read", compared: "Compared") -> str:
    lines = [
        f"{compared.told} calls on recorded lines in the records, {compared.matched} recorded",
        f"{compared.missing} missing, {compared.new} of them new in the gap register",
        f"{compared.unwanted} recorded of which the records say nothing",
        f"{compared.explained} not kept because customer or agent wished so",
        f"{compared.found} gaps closed: their calls are in the book now",
        f"{compared.not_recorded} on lines that are not recorded, {compared.waiting} too fresh",
        f"{read.others} rows of other numbers, {read.unanswered} unanswered",
        f"the phone system's clock is {-compared.offset_us / 1e6:+.1f} s off",
    ]
    lines += [f"row {number} was left out: {why}" for number, why in read.faulty]
    return "\n".join(lines)
