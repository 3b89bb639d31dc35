"""Some entries of the log with what proves that they are in it, in one file. Pure.

The tree is cut into the leaves that are shown and the ranges between them, of which only the hash
is given: from both, anybody computes the root that the checkpoint signs. For a single entry the
ranges are those of the inclusion proof of RFC 9162. Format: docs/audit-format.md.
"""

import base64
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vaiti.audit.checkpoint import NoteError, Statement, open_note
from vaiti.audit.entry import commitment
from vaiti.audit.offline import entry_fields, read_entry
from vaiti.audit.tree import Range, leaf_hash, node_hash, split
from vaiti.audit.verification import Entry, read_body


class EvidenceError(ValueError):
    """The evidence is not whole, or not true; the sentence says where."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`entries` by their place; `ranges` are the hashes of what lies between them; `note` is the
    checkpoint under which all of it stands."""

    entries: tuple[Entry, ...]
    ranges: Mapping[Range, bytes]
    note: str


def uncovered(size: int, places: Sequence[int]) -> list[Range]:
    """The largest ranges of a tree of `size` leaves that hold none of `places`, left to right."""
    wanted = sorted(places)
    return list(_uncovered(0, size, wanted)) if size else []


def _uncovered(start: int, end: int, wanted: Sequence[int]) -> Iterator[Range]:
    at = bisect_left(wanted, start)
    if at == len(wanted) or wanted[at] >= end:
        yield start, end
    elif end - start > 1:
        middle = start + split(end - start)
        yield from _uncovered(start, middle, wanted)
        yield from _uncovered(middle, end, wanted)


class _Root:
    """Computes a root over shown leaves and given ranges, and knows which leaves it rests on."""

    def __init__(self, leaves: Mapping[int, bytes], ranges: Mapping[Range, bytes]) -> None:
        self._leaves, self._ranges = leaves, ranges
        self.used: set[int] = set()

    def over(self, start: int, end: int) -> bytes:
        """Raises EvidenceError where neither a leaf nor a range is given."""
        given = self._ranges.get((start, end))
        if given is not None:
            return given
        if end - start == 1:
            if start not in self._leaves:
                raise EvidenceError(f"the evidence has neither entry {start} nor its hash")
            self.used.add(start)
            return self._leaves[start]
        middle = start + split(end - start)
        return node_hash(self.over(start, middle), self.over(middle, end))


def check(evidence: Evidence, public: bytes) -> Statement:
    """What the checkpoint states, when each entry is in its tree. Raises EvidenceError."""
    try:
        statement = open_note(evidence.note, public)
    except NoteError as error:
        raise EvidenceError(f"the checkpoint does not hold: {error}") from error
    leaves: dict[int, bytes] = {}
    for entry in evidence.entries:
        place = entry.seq
        if place is None or not 0 <= place < statement.size:
            raise EvidenceError(f"entry {entry.leaf_id.hex} has no place in the signed tree")
        if entry.body and commitment(entry.body.salt, entry.body.text) != entry.commitment:
            raise EvidenceError(f"the content of entry {place} is not what was committed to")
        leaves[place] = leaf_hash(entry.data())
    if len(leaves) != len(evidence.entries):
        raise EvidenceError("two entries stand at one place")
    root = _Root(leaves, evidence.ranges)
    if not statement.size or root.over(0, statement.size) != statement.root:
        raise EvidenceError("the entries do not lead to the root that the checkpoint signs")
    if root.used != set(leaves):
        raise EvidenceError("an entry is shown that the root does not rest on")
    return statement


def said(entry: Entry) -> dict[str, Any]:
    """Actor, subject and facts. Raises EvidenceError for an entry without its content."""
    if entry.body is None:
        raise EvidenceError(f"the content of entry {entry.leaf_id.hex} is not in the evidence")
    return read_body(entry.body.text)


def fields_of(evidence: Evidence) -> dict[str, Any]:
    return {
        "note": evidence.note,
        "entries": [entry_fields(entry) for entry in evidence.entries],
        "ranges": [
            [start, end, base64.b64encode(hashed).decode()]
            for (start, end), hashed in sorted(evidence.ranges.items())
        ],
    }


def read(fields: Mapping[str, Any]) -> Evidence:
    """Raises EvidenceError."""
    try:
        ranges = {
            (int(start), int(end)): base64.b64decode(hashed, validate=True)
            for start, end, hashed in fields["ranges"]
        }
        entries = tuple(read_entry(one) for one in fields["entries"])
        return Evidence(entries, ranges, str(fields["note"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EvidenceError("the file is not evidence from an audit log") from error
