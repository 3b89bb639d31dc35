"""The log in one file, and its verification with nothing but that file and the public key. Pure.

JSON lines, UTF-8: `{"format": "vaiti-audit/1"}`, then `{"note": …}` for each checkpoint, then one
object for each entry in order, those still waiting for their place last. Format: docs/audit.md.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from vaiti.audit.verification import Body, Entry, Report, Verification

FORMAT = "vaiti-audit/1"
MAX_LINE = 1 << 16  # in characters; the longest body has some 7,000


class ExportError(ValueError):
    """The file is not an export of an audit log."""


def lines(notes: Iterable[str], entries: Iterable[Entry]) -> Iterator[str]:
    yield _line({"format": FORMAT})
    for note in notes:
        yield _line({"note": note})
    for entry in entries:
        yield _line(entry_fields(entry))


def verify_export(path: Path, public: bytes, notes: Iterable[str] = ()) -> Report:
    """Checks an exported log. `notes` are checkpoints kept elsewhere. Raises ExportError."""
    with path.open(encoding="utf-8") as file:
        try:
            return _verify(_objects(file), public, list(notes))
        except ExportError:
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ExportError("the file holds a line that is not of an audit log") from error


def _verify(objects: Iterator[dict[str, Any]], public: bytes, notes: list[str]) -> Report:
    if next(objects, {}).get("format") != FORMAT:
        raise ExportError("the file does not begin as an export of an audit log")
    first: dict[str, Any] | None = None
    for found in objects:
        if "note" not in found:
            first = found
            break
        notes.append(found["note"])
    verification = Verification(notes, public)
    for found in [first] if first else []:
        _take(verification, read_entry(found))
    for found in objects:
        _take(verification, read_entry(found))
    return verification.report()


def _take(verification: Verification, entry: Entry) -> None:
    if entry.seq is None:
        verification.waiting(entry)
    else:
        verification.entry(entry)


def _objects(file: TextIO) -> Iterator[dict[str, Any]]:
    while line := file.readline(MAX_LINE + 1):
        if len(line) > MAX_LINE:
            raise ExportError("the file holds a line longer than any entry")
        try:
            found = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ExportError("the file holds a line that is not JSON") from error
        if not isinstance(found, dict):
            raise ExportError("the file holds a line that is not of an audit log")
        yield found


def entry_fields(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "seq": entry.seq,
        "id": entry.leaf_id.hex,
        "at_us": entry.at_us,
        "kind": entry.kind,
        "commitment": entry.commitment.hex(),
    }
    if entry.body is not None:
        fields["salt"] = base64.b64encode(entry.body.salt).decode()
        fields["body"] = entry.body.text
    return fields


def read_entry(fields: dict[str, Any]) -> Entry:
    body = None
    if "body" in fields:
        try:
            salt = base64.b64decode(fields["salt"], validate=True)
        except binascii.Error as error:
            raise ExportError("the file holds a salt that is not base64") from error
        body = Body(salt, fields["body"])
    return Entry(
        seq=fields["seq"],
        leaf_id=UUID(hex=fields["id"]),
        at_us=fields["at_us"],
        kind=fields["kind"],
        commitment=bytes.fromhex(fields["commitment"]),
        body=body,
    )


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
