"""`vaiti audit`: verify the log, in the data folder or from an exported file; export it."""

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from vaiti.audit.checkpoint import NoteError, open_note
from vaiti.audit.offline import processes, verify_export
from vaiti.audit.piece import ExportError
from vaiti.audit.verification import Report
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.sections.feeds import FORMATS
from vaiti.ops.settings import Settings

BY = "system:command-line"
FOLLOW_AT_ONCE = 200  # entries
FOLLOW_SECONDS = 1.0


def main(arguments: Sequence[str]) -> int:
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.verb == "follow":
        return refusing_weakness(lambda settings: follow(settings, given), given.data)
    if given.verb == "verifier":
        return write_verifier(given.to)
    if given.verb == "export":
        return refusing_weakness(lambda settings: export(settings, given.to), given.data)
    if given.data:
        return refusing_weakness(lambda settings: verify(settings, given), given.data)
    if given.since:
        parser.error("--since is for --data; an exported file is verified whole, with --checkpoint")
    if not given.key:
        parser.error("--file needs --key, the log's public key (secrets/checkpoint.pub)")
    return verify_file(given.file, given.key, given.checkpoint)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="vaiti audit", description="The log of all acts.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verifying = verbs.add_parser("verify", help="the whole log, against every checkpoint")
    source = verifying.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    source.add_argument("--file", type=Path, help="an exported log: needs no data folder")
    verifying.add_argument("--key", type=Path, metavar="PUB", help="checkpoint.pub, for --file")
    verifying.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        metavar="NOTE",
        help="a checkpoint that was kept elsewhere; may be repeated",
    )
    verifying.add_argument(
        "--since",
        type=Path,
        metavar="NOTE",
        help="only what came after this checkpoint, and that it was a state of this log",
    )
    exporting = verbs.add_parser("export", help="write the log to a new file")
    add_data(exporting)
    exporting.add_argument("--to", type=Path, required=True, metavar="FILE")
    verifying_alone = verbs.add_parser("verifier", help="write the verifier for an auditor")
    verifying_alone.add_argument("--to", type=Path, required=True, metavar="FILE")
    following = verbs.add_parser("follow", help="print the log as it grows, for a collector")
    add_data(following)
    following.add_argument("--format", choices=FORMATS, default="json", help="usual is json")
    following.add_argument(
        "--after", type=int, metavar="PLACE", help="begin behind this place; else with what comes"
    )
    following.add_argument("--once", action="store_true", help="end with what there is now")
    return parser


def notes_of(paths: Iterable[Path]) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in paths]


def write_verifier(target: Path) -> int:
    from vaiti.audit.verifier import verifier

    try:
        target.write_bytes(verifier())
    except OSError as error:
        print(f"vaiti audit: {target} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"written: {target}; run it with python3 {target} --help")
    return 0


def export(settings: Settings, target: Path) -> int:
    start_django(settings.folder)
    from vaiti.audit.exporting import export as write
    from vaiti.audit.verify import Pace

    try:
        entries = write(target, Pace(processes()))
    except FileExistsError:
        print(f"vaiti audit: {target} is there already; name a new file", file=sys.stderr)
        return 1
    print(f"{entries} entries in {target}")
    return 0


def verify(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.audit.verify import Pace, verify_log, verify_since

    public, pace = (settings.secrets / "checkpoint.pub").read_bytes(), Pace(os.cpu_count() or 1)
    now, first = clock_of(settings)(), 0
    if given.since:
        (kept,) = notes_of([given.since])
        report, first = verify_since(public, now, kept, pace), size_stated(kept, public)
    else:
        noted = [*given.checkpoint, *settings.checkpoints.glob("[0-9]*[0-9]")]
        report = verify_log(public, now, notes_of(noted), pace)
    write_down(report, first, now)
    return tell(report)


def size_stated(note: str, public: bytes) -> int:
    try:
        return open_note(note, public).size
    except NoteError:
        return 0  # nothing was taken for granted


def write_down(report: Report, first: int, now: datetime) -> None:
    """In the log itself, so that the auditor's overview can say when it was verified."""
    from django.db import DatabaseError

    from vaiti.audit import verified

    try:
        verified.note(report, first=first, by=BY, now=now)
    except DatabaseError:  # whoever may only read verifies all the same
        sentence = "this verification cannot be written into the log; its verdict holds"
        print(f"vaiti audit: {sentence}", file=sys.stderr)


def verify_file(path: Path, key: Path, checkpoints: Iterable[Path]) -> int:
    try:
        return tell(verify_export(path, key.read_bytes(), notes_of(checkpoints), processes()))
    except (ExportError, OSError) as error:
        print(f"vaiti audit: {error}", file=sys.stderr)
        return 2


def follow(settings: Settings, given: argparse.Namespace) -> int:
    """Until it is interrupted. `place` in each entry says where to begin the next time."""
    start_django(settings.folder)
    from vaiti.audit import following
    from vaiti.ops.feeds.lines import as_json, as_syslog

    place = following.newest() if given.after is None else given.after
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            for entry in following.behind(place, FOLLOW_AT_ONCE):
                syslog = given.format == "syslog"
                line = as_syslog(entry, settings.recorder.name) if syslog else as_json(entry)
                sys.stdout.buffer.write(line)
                place = place if entry.seq is None else entry.seq
            sys.stdout.buffer.flush()
            if following.newest() <= place:
                if given.once:
                    return 0
                time.sleep(FOLLOW_SECONDS)
    return 0


def tell(report: Report) -> int:
    for problem in report.problems:
        print(f"  {problem}")
    if not report.ok:
        print(f"The log is NOT whole: {len(report.problems)} problems in {report.size} entries.")
        return 1
    print(f"The log is whole: {report.size} entries.")
    return 0
