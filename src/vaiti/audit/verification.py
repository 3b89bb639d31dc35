"""Checks a whole log, entry by entry, from whatever source hands them over. Pure.

What holds afterwards, if nothing was found: every content is the one that was committed to, every
missing content was removed by an entry that says so, no entry is missing, moved or added, and every
checkpoint shown (the log's own, and those somebody kept elsewhere) is a state that this log has
been in.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from vaiti.audit.checkpoint import NoteError, Statement, open_note
from vaiti.audit.entry import commitment, leaf_data
from vaiti.audit.kinds import Kind
from vaiti.audit.tree import Grower, Place, leaf_hash

MAX_PROBLEMS = 100  # listed; more are counted


@dataclass(frozen=True, slots=True)
class Body:
    salt: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`seq` is the claimed place, None before there is one; `body` is None once removed."""

    seq: int | None
    leaf_id: UUID
    at_us: int
    kind: str
    commitment: bytes
    body: Body | None

    def data(self) -> bytes:
        return leaf_data(self.leaf_id, self.at_us, self.kind, self.commitment)


@dataclass(frozen=True, slots=True)
class Report:
    """`size` is that of the newest checkpoint, `removed` counts contents that are gone."""

    ok: bool
    entries: int
    removed: int
    size: int
    problems: tuple[str, ...]


class Verification:
    """Take the entries in order, then ask for the report. `notes` are all checkpoints known.

    `begun` is a tree whose entries are trusted already: it goes on from there.
    """

    def __init__(self, notes: Iterable[str], public: bytes, begun: Grower | None = None) -> None:
        self._found: list[str] = []
        self._count = 0
        self._grower = begun or Grower()
        self._expected = self._grower.size
        self._removed: set[str] = set()
        self._excused: set[str] = set()
        self._claims = self._statements(notes, public)
        self._newest = max(self._claims, default=0)

    def entry(self, entry: Entry) -> list[tuple[Place, bytes]]:
        """Checks the next entry and returns the nodes that its leaf completes."""
        if entry.seq != self._expected:
            self.problem(f"entry {self._expected} is missing, or not in its place")
        self._expected = (self._expected if entry.seq is None else entry.seq) + 1
        if entry.body is None:
            self._removed.add(entry.leaf_id.hex)
        else:
            self._content(entry, entry.body)
        completed = list(self._grower.append(leaf_hash(entry.data())))
        self._compare_root()
        return completed

    def waiting(self, entry: Entry) -> None:
        """Checks an entry that has no place in the tree yet."""
        if entry.body is not None:
            self._content(entry, entry.body)

    def problem(self, sentence: str) -> None:
        self._count += 1
        if len(self._found) < MAX_PROBLEMS:
            self._found.append(sentence)

    def report(self) -> Report:
        size = self._grower.size
        for claimed in sorted(self._claims):
            if claimed > size:
                self.problem(f"a checkpoint of {claimed} entries was signed; there are {size}")
        if size > self._newest:
            self.problem(f"{size - self._newest} entries have a place that no checkpoint signs")
        for leaf_id in sorted(self._removed - self._excused):
            self.problem(f"the content of entry {leaf_id} is gone and no entry says it was removed")
        more = self._count - len(self._found)
        problems = (*self._found, *([f"and {more} more"] if more else []))
        return Report(not problems, size, len(self._removed), self._newest, problems)

    def _statements(self, notes: Iterable[str], public: bytes) -> dict[int, set[bytes]]:
        claims: dict[int, set[bytes]] = {}
        origins: set[str] = set()
        for note in notes:
            statement = self._opened(note, public)
            if statement is not None:
                claims.setdefault(statement.size, set()).add(statement.root)
                origins.add(statement.origin)
        if len(origins) > 1:
            self.problem("the checkpoints are of more than one log")
        return claims

    def _opened(self, note: str, public: bytes) -> Statement | None:
        try:
            return open_note(note, public)
        except NoteError as error:
            self.problem(f"a checkpoint does not hold: {error}")
            return None

    def _compare_root(self) -> None:
        claimed = self._claims.get(self._grower.size)
        if claimed is not None and claimed != {self._grower.root()}:
            self.problem(f"the checkpoint of {self._grower.size} entries has another root")

    def _content(self, entry: Entry, body: Body) -> None:
        if commitment(body.salt, body.text) != entry.commitment:
            self.problem(f"the content of entry {entry.leaf_id.hex} is not what was committed to")
        elif entry.kind == Kind.AUDIT_CONTENT_REMOVED:
            self._excused.add(read_body(body.text)["subject"])


def read_body(text: str) -> dict[str, Any]:
    """Actor, subject and facts of a body that a commitment has vouched for."""
    fields: dict[str, Any] = json.loads(text)
    return fields
