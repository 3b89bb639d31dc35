"""Checks a piece of an exported log: the lines between two bytes of the file.

Each piece stands for itself, so that several processes can check a file side by side. What it
leaves for who puts the pieces together is the hashes of the subtrees that its entries make.
"""

import binascii
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from vaiti.audit.kinds import Kind
from vaiti.audit.stretch import Quoted, Told
from vaiti.audit.tree import levels

MAX_LINE = 1 << 16  # in characters; the longest body has some 7,000
MAX_BYTES = 4 * MAX_LINE  # of a line in UTF-8

Subtree = tuple[int, bytes]
"""Level and hash of a complete subtree."""


class ExportError(ValueError):
    """The file is not an export of an audit log."""


class Task(NamedTuple):
    """`sizes`: of the trees that end among these entries and that a checkpoint signs."""

    path: Path
    start: int
    end: int
    sizes: Sequence[int]


@dataclass(slots=True)
class Looked:
    """`first` is the place of the first entry that has one, of `count`; `runs` are the complete
    subtrees up to each size that was asked for, and up to the end: none where places are wrong.
    """

    told: Told = field(default_factory=Told)
    first: int | None = None
    count: int = 0
    runs: list[tuple[int, list[Subtree]]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


def look(task: Task) -> Looked:
    """Raises ExportError for a line that is not of an audit log."""
    looked, hashes, quoted = Looked(), list[bytes](), Quoted()
    expected, whole = None, True
    try:
        for fields in _entries(task):
            place, hashed = fields["seq"], _entry(fields, looked, quoted)
            if place is None:
                continue
            expected = _number(place) if expected is None else expected
            if looked.first is None:
                looked.first = expected
            if place != expected:
                looked.told.problem(f"entry {expected} is missing, or not in its place")
                whole = False
            hashes.append(hashed)
            expected = _number(place) + 1
    except ExportError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ExportError("the file holds a line that is not of an audit log") from error
    looked.count = len(hashes)
    if whole and looked.first is not None:
        looked.runs = list(_runs(looked.first, hashes, task.sizes))
    return looked


def lines(file: BinaryIO, end: int) -> Iterator[dict[str, Any]]:
    """From where the file stands to before `end`. Raises ExportError."""
    while file.tell() < end and (line := file.readline(MAX_BYTES + 1)):
        yield read_line(line)


def read_line(line: bytes) -> dict[str, Any]:
    try:
        text = line.decode()
        found = json.loads(text) if len(text) <= MAX_LINE else None
    except (ValueError, RecursionError) as error:
        raise ExportError("the file holds a line that is not JSON") from error
    if not isinstance(found, dict):
        raise ExportError("the file holds a line that is not of an audit log")
    return found


def _entries(task: Task) -> Iterator[dict[str, Any]]:
    with task.path.open("rb") as file:
        file.seek(task.start)
        yield from lines(file, task.end)


def _entry(fields: dict[str, Any], looked: Looked, quoted: Quoted) -> bytes:
    """The hash of its leaf; its content is held against its commitment."""
    name, kind, at_us = fields["id"], fields["kind"], _number(fields["at_us"])
    committed = bytes.fromhex(fields["commitment"])
    if len(name) != 32 or bytes.fromhex(name).hex() != name:
        raise ValueError("an id is 32 lower-case hexadecimals")
    if "body" in fields:
        body = fields["body"]
        salt = binascii.a2b_base64(fields["salt"], strict_mode=True)
        if hashlib.sha256(salt + body.encode()).digest() != committed:
            looked.told.problem(f"the content of entry {name} is not what was committed to")
        elif kind == Kind.AUDIT_CONTENT_REMOVED:
            looked.excused.append(json.loads(body)["subject"].encode().decode("ascii"))
    elif fields["seq"] is not None:
        looked.removed.append(name)
    leaf = (
        f'\0{{"at_us":{at_us},"commitment":"{committed.hex()}","id":"{name}",'
        f'"kind":{quoted[kind]}}}'
    )
    return hashlib.sha256(leaf.encode()).digest()


def _runs(
    first: int, hashes: Sequence[bytes], sizes: Sequence[int]
) -> Iterator[tuple[int, list[Subtree]]]:
    start, last = first, first + len(hashes)
    for end in sorted({*sizes, last}):
        if start < end <= last:
            yield end, list(subtrees(start, hashes[start - first : end - first]))
            start = end


def subtrees(start: int, hashes: Sequence[bytes]) -> Iterator[Subtree]:
    """The complete subtrees of which these leaves consist, from the left, each as large as can
    be.
    """
    done = 0
    while done < len(hashes):
        place = start + done
        level = (len(hashes) - done).bit_length() - 1
        if place:
            level = min(level, (place & -place).bit_length() - 1)
        length = 1 << level
        yield level, levels(list(hashes[done : done + length]))[-1][0]
        done += length


def _number(value: object) -> int:
    if type(value) is not int:
        raise TypeError("a whole number is expected")
    return value
