"""What the verifier does when an auditor runs it: no program of ours and no network is needed.

python3 vaiti-verify.pyz certificate FILE --key checkpoint.pub
python3 vaiti-verify.pyz copy PACKAGE.zip --key checkpoint.pub
python3 vaiti-verify.pyz evidence FOLDER --key checkpoint.pub
python3 vaiti-verify.pyz log FILE --key checkpoint.pub [--checkpoint NOTE …] [--witness KEY …]

A copy may also be the folder that the package was unpacked into; evidence always is.
"""

import argparse
import hashlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from vaiti.audit import certificate, copy, exhibit
from vaiti.audit.checkpoint import NoteError, open_note
from vaiti.audit.cosigning import Witness, cosigned_at, read_witness
from vaiti.audit.evidence import EvidenceError
from vaiti.audit.offline import exported_notes, processes, verify_export
from vaiti.audit.piece import ExportError

MOST_SHOWN = 20


def main(arguments: Sequence[str]) -> int:
    """0: it holds. 1: it does not. 2: it could not be read."""
    parser = argparse.ArgumentParser(prog="vaiti-verify", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("what", choices=("certificate", "copy", "evidence", "log"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="the log's public key, 32 bytes")
    parser.add_argument(
        "--checkpoint",
        type=Path,
        action="append",
        default=[],
        help="a checkpoint that you have kept; may be repeated",
    )
    parser.add_argument(
        "--witness",
        action="append",
        default=[],
        metavar="KEY",
        help="name+hash+key of a witness who must have cosigned; may be repeated",
    )
    given = parser.parse_args(arguments)
    try:
        public = given.key.read_bytes()
        notes = [path.read_text(encoding="utf-8") for path in given.checkpoint]
        say(f"key: SHA-256 {hashlib.sha256(public).hexdigest()}")
        if given.what == "log":
            return log(given.file, public, notes, [read_witness(one) for one in given.witness])
        if given.what == "copy":
            return one_copy(given.file, public, notes)
        if given.what == "evidence":
            return one_exhibit(given.file, public, notes)
        return one_certificate(given.file, public, notes)
    except (OSError, ExportError, EvidenceError, NoteError, UnicodeDecodeError) as error:
        say(f"cannot be read: {error}")
        return 2


def one_certificate(path: Path, public: bytes, notes: Sequence[str]) -> int:
    if path.stat().st_size > certificate.MAX_BYTES:
        raise EvidenceError("the file is larger than any certificate")
    found = certificate.from_text(path.read_text(encoding="utf-8"))
    verdict = certificate.verify(found, public)
    problems = [*verdict.problems, *compared(found.evidence.note, notes, public)]
    if problems:
        return fails("The certificate does NOT hold", problems)
    say(f"The certificate holds: {verdict.calls} calls destroyed, as {verdict.size} entries sign.")
    if verdict.whole:
        say("They are all calls of that day, and the key of the day is dead.")
    else:
        say("Whether the day had other calls is not shown.")
    return 0


def one_copy(path: Path, public: bytes, notes: Sequence[str]) -> int:
    files = copy.Unpacked(path) if path.is_dir() else copy.Zipped(path)
    verdict, note = copy.verify(files, public)
    problems = [*verdict.problems, *(compared(note, notes, public) if verdict.ok else [])]
    if problems:
        return fails("The copy is NOT what the register handed out", problems)
    say(f"The copy is what the register handed out: {verdict.files} files unchanged, as")
    say(f"{verdict.size} entries of the log sign.")
    return 0


def one_exhibit(path: Path, public: bytes, notes: Sequence[str]) -> int:
    if not path.is_dir():
        raise EvidenceError("unpack the package of evidence, and give the folder")
    verdict = exhibit.verify(copy.Unpacked(path), public)
    problems = [*verdict.problems, *(compared(verdict.note, notes, public) if verdict.ok else [])]
    if problems:
        return fails("The evidence does NOT hold", problems)
    say(f"The evidence holds: {verdict.files} files unchanged, as {verdict.size} entries of the")
    say("log sign. The sealed recording is the one that the log names, and gives these packets.")
    say("What the log says of the call (only the whole log shows that nothing is left out):")
    for line in verdict.custody:
        say(f"  {line}")
    return 0


def compared(note: str, notes: Sequence[str], public: bytes) -> list[str]:
    """A kept checkpoint of the same size must have the same root; others need the whole log."""
    told = []
    try:
        mine = open_note(note, public)
        for kept in (open_note(one, public) for one in notes):
            if kept.size == mine.size and kept.root != mine.root:
                told.append(f"your checkpoint of {kept.size} entries has another root")
            elif kept.size != mine.size:
                say(f"Your checkpoint of {kept.size} entries is compared with the whole log only.")
    except NoteError as error:
        told.append(f"a checkpoint does not hold: {error}")
    return told


def log(path: Path, public: bytes, notes: Sequence[str], witnesses: Sequence[Witness] = ()) -> int:
    report = verify_export(path, public, notes, processes())
    if not report.ok:
        return fails("The log is NOT whole", report.problems)
    seen = {one.name: newest_cosigned(path, one) for one in witnesses}
    if missing := [f"{name} cosigned no checkpoint of it" for name in seen if seen[name] is None]:
        return fails("The log is NOT witnessed", missing)
    say(f"The log is whole: {report.size} entries, {report.removed} of them without their content.")
    for name, found in seen.items():
        size, at = found or (0, 0)
        day = datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes")
        say(f"{name} saw its first {size} entries on {day}: they were not written anew since.")
    if not notes and not witnesses:
        say("No checkpoint that you have kept was given: whoever holds the log's key could have")
        say("built this log anew. Give one with --checkpoint, or a witness with --witness.")
    return 0


def newest_cosigned(path: Path, witness: Witness) -> tuple[int, int] | None:
    """Size and instant of the largest checkpoint in a file that holds which it cosigned."""
    found = ((size, cosigned_at(note, witness)) for size, note in exported_notes(path))
    return max(((size, at) for size, at in found if at is not None), default=None)


def fails(sentence: str, problems: Sequence[str]) -> int:
    say(f"{sentence}: {len(problems)} problems.")
    for one in problems[:MOST_SHOWN]:
        say(f"  {one}")
    return 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
