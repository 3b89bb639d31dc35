"""Checks one stretch of the log: entries side by side, hashed as they are shown. Pure.

Logs have millions of entries, so each may cost little more than its hashes. The bytes that were
hashed are put together anew from the columns that pages show, and not taken from anywhere.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from vaiti.audit.tree import Place, parts

MAX_PROBLEMS = 100  # listed; more are counted

Row = tuple[int | None, str, int | str, str, bytes, bytes | None, str, str, str]
"""Place, id, instant (microseconds, or SQLite's text), kind, commitment; salt, body, actor and
subject: no salt and empty texts once they were removed."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (SQLite's texts carry no zone: they are UTC)
_DAY = 86_400_000_000


class Claim(NamedTuple):
    """A checkpoint as it is stored."""

    size: int
    root: bytes
    note: str


@dataclass(slots=True)
class Told:
    """What was found. `count` counts problems that are not listed, too."""

    count: int = 0
    problems: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def problem(self, sentence: str) -> None:
        self.count += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(sentence)


def entry_hashes(rows: Iterable[Row], told: Told) -> list[bytes]:
    """The hash of each leaf as its columns show it; contents are held against their commitments."""
    hashes: list[bytes] = []
    sha256, quoted = hashlib.sha256, Quoted()
    for _, leaf_id, at, kind, committed, salt, body, actor, subject in rows:
        if salt is None:
            told.removed.append(leaf_id)
            if body or actor or subject:
                told.problem(f"the content of entry {leaf_id} was removed in part")
        elif sha256(salt + body.encode()).digest() != committed:
            told.problem(f"the content of entry {leaf_id} is not what was committed to")
        elif not is_filed_rightly(body, actor, subject):
            told.problem(f"entry {leaf_id} is filed under another actor or subject")
        at_us = at if isinstance(at, int) else micros(at)
        leaf = (
            f'\0{{"at_us":{at_us},"commitment":"{committed.hex()}","id":"{leaf_id}",'
            f'"kind":{quoted[kind]}}}'
        )
        hashes.append(sha256(leaf.encode()).digest())
    return hashes


def micros(at: str) -> int:
    """Of a text that SQLite keeps; -1 where it is not an instant, which is nobody's."""
    try:
        since = datetime.fromisoformat(at) - _EPOCH
    except (ValueError, TypeError):
        return -1
    return since.days * _DAY + since.seconds * 1_000_000 + since.microseconds


class Quoted(dict[str, str]):
    """A text as JSON writes it. There are some dozens of kinds."""

    def __missing__(self, text: str) -> str:
        self[text] = json.dumps(text, ensure_ascii=False)
        return self[text]


def is_filed_rightly(body: str, actor: str, subject: str) -> bool:
    """Whether the body names this actor and subject.

    Without escapes, and with one text `"actor"` in it, a body that begins and ends like this cannot
    say anything else; every other one is read.
    """
    if (
        body.startswith(f'{{"actor":"{actor}","facts":{{')
        and body.endswith(f'}},"subject":"{subject}"}}')
        and body.count('"actor"') == 1
        and "\\" not in body
        and '"' not in actor
        and '"' not in subject
    ):
        return True
    try:
        said = json.loads(body)
        return (said["actor"], said["subject"]) == (actor, subject)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def first_gap(rows: Iterable[Row], first: int, end: int) -> int | None:
    """The first place from `first` on at which another entry stands, or none."""
    expected = first
    for row in rows:
        if row[0] != expected:
            return expected
        expected += 1
    return expected if expected != end else None


def parts_of(start: int, grown: Sequence[Sequence[bytes]], end: int) -> dict[Place, bytes]:
    """The parts of the tree of `end` leaves that lie within the stretch of these levels."""
    found = {}
    for level, index in parts(0, end):
        offset = index - (start >> level)
        if level < len(grown) and 0 <= offset < len(grown[level]):
            found[level, index] = grown[level][offset]
    return found
