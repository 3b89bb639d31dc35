"""Verifies the log in the database as a whole, in stretches, on as many cores as are given.

Writers go on meanwhile: what is checked is the tree of the checkpoint that was newest at the start.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connections
from django.db.models import Max

from vaiti.audit import rows
from vaiti.audit.checkpoint import NoteError, Statement, open_note
from vaiti.audit.models import Checkpoint, Leaf, Node
from vaiti.audit.offline import in_order
from vaiti.audit.sequencer import LogBroken, stored_nodes
from vaiti.audit.stretch import Told, entry_hashes
from vaiti.audit.stretches import WRONG_TREE, Checked, Task, check
from vaiti.audit.tree import EMPTY_ROOT, Place, fold, node_hash, parts
from vaiti.audit.verification import Report

PATIENCE = timedelta(minutes=1)  # how long a leaf may wait for its place


@dataclass(frozen=True)
class Pace:
    """How many processes check side by side, and stretches of how many leaves (2**level)."""

    processes: int = 1
    level: int = 12

    @property
    def length(self) -> int:
        return 1 << self.level

    def starts(self, first: int, size: int) -> range:
        """The beginnings of the stretches in which these entries lie."""
        return range(first - first % self.length, size, self.length)


ALONE = Pace()


@dataclass
class Kept:
    """What checkpoints state that were kept elsewhere: the roots by size."""

    roots: dict[int, set[bytes]] = field(default_factory=dict)
    origins: set[str] = field(default_factory=set)

    def add(self, statement: Statement) -> None:
        self.roots.setdefault(statement.size, set()).add(statement.root)
        self.origins.add(statement.origin)

    def within(self, start: int, end: int) -> dict[int, frozenset[bytes]]:
        """Of trees that end in this stretch."""
        return {size: frozenset(roots) for size, roots in self.roots.items() if start < size <= end}


@dataclass(frozen=True)
class Job:
    """`begun`: the parts of the tree of the first `first` entries, which are trusted."""

    public: bytes
    now: datetime
    pace: Pace
    first: int = 0
    begun: Mapping[Place, bytes] = field(default_factory=dict)


def verify_log(
    public: bytes, now: datetime, notes: Iterable[str] = (), pace: Pace = ALONE
) -> Report:
    """Checks every entry, node and checkpoint. `notes` are checkpoints kept elsewhere."""
    told, kept = Told(), Kept()
    for note in notes:
        try:
            kept.add(open_note(note, public))
        except NoteError as error:
            told.problem(f"a checkpoint does not hold: {error}")
    if kept.roots.get(0, {EMPTY_ROOT}) != {EMPTY_ROOT}:
        told.problem("the checkpoint of 0 entries has another root")
    return _verify(Job(public, now, pace), told, kept)


def verify_since(public: bytes, now: datetime, note: str, pace: Pace = ALONE) -> Report:
    """What came after a checkpoint that was kept: that its tree is the beginning of ours, and every
    entry and node since. What was before is vouched for by its root alone.
    """
    kept = Kept()
    try:
        begun = open_note(note, public)
        edge = stored_nodes(parts(0, begun.size))
    except NoteError as error:
        return _refused(f"the checkpoint does not hold: {error}")
    except LogBroken:
        return _refused("the log has not the nodes of a tree as large as the checkpoint's")
    if fold([edge[place] for place in parts(0, begun.size)]) != begun.root:
        sentence = "this log was never in the state of the checkpoint of"
        return _refused(f"{sentence} {begun.size} entries")
    kept.add(begun)
    return _verify(Job(public, now, pace, begun.size, edge), Told(), kept)


def _refused(sentence: str) -> Report:
    return Report(False, 0, 0, 0, (sentence,))


def _verify(job: Job, told: Told, kept: Kept) -> Report:
    size = _newest()
    removed, grown, whole = 0, dict(job.begun), True
    for checked in _checked(job, kept, size):
        removed += checked.removed
        whole = whole and checked.whole
        kept.origins |= checked.origins
        grown |= checked.parts
        _take(told, checked.told)
    if (whole and not _is_above(grown, job, size)) or _misplaced(size):
        _take(told, Told(1, [WRONG_TREE]))
    _check_claims(told, kept, size)
    _check_places(told)
    _check_waiting(told, size, job.now)
    return _report(told, removed, size)


def _tasks(job: Job, kept: Kept, size: int) -> Iterator[Task]:
    for start in job.pace.starts(job.first, size):
        end = min(start + job.pace.length, size)
        claimed = kept.within(start, end)
        yield Task(start, max(start, job.first), end, job.public, claimed)


def _newest() -> int:
    newest = Checkpoint.objects.aggregate(size=Max("size"))["size"]
    return int(newest or 0)


def _checked(job: Job, kept: Kept, size: int) -> Iterator[Checked]:
    """In order. Others take their own connections to the database."""
    processes = job.pace.processes if size - job.first > job.pace.length else 1
    if processes > 1:
        connections.close_all()
    return in_order(check, _tasks(job, kept, size), processes, rows.read_alone)


def _take(told: Told, other: Told) -> None:
    for sentence in other.problems:
        if sentence != WRONG_TREE or sentence not in told.problems:
            told.problem(sentence)
    told.count += other.count - len(other.problems)


def _is_above(grown: dict[Place, bytes], job: Job, size: int) -> bool:
    """Whether the nodes above the stretches, hashed from what each found, are those stored."""
    above: list[Place] = []
    pace = job.pace
    for start in pace.starts(job.first, size - size % pace.length):
        level, index = pace.level, start >> pace.level
        while index & 1:
            hashed = node_hash(grown[level, index - 1], grown[level, index])
            level, index = level + 1, index >> 1
            grown[level, index] = hashed
            above.append((level, index))
    return rows.nodes(above) == {place: grown[place] for place in above}


def _misplaced(size: int) -> bool:
    """Nodes that are left of every tree, or below it."""
    levels = range(size.bit_length())
    left = any(Node.objects.filter(level=level, index__lt=0).exists() for level in levels)
    return left or Node.objects.filter(level__lt=0).exists()


def _check_claims(told: Told, kept: Kept, size: int) -> None:
    for claimed in sorted(kept.roots):
        if claimed > size:
            told.problem(f"a checkpoint of {claimed} entries was signed; there are {size}")
    if len(kept.origins) > 1:
        told.problem("the checkpoints are of more than one log")


def _check_places(told: Told) -> None:
    last = Leaf.objects.aggregate(last=Max("seq"))["last"]
    if last is not None and last >= _newest():
        told.problem("entries have a place in the tree that no checkpoint signs")
    if Leaf.objects.filter(seq__lt=0).exists():
        told.problem("entries have a place before the beginning of the log")


def _check_waiting(told: Told, size: int, now: datetime) -> None:
    late = Leaf.objects.filter(seq__isnull=True, at__lt=now - PATIENCE).count()
    if late:
        told.problem(f"{late} entries have waited for their place for over a minute")
    for some in rows.unplaced(size):
        entry_hashes(some, told)
        told.removed.clear()


def _report(told: Told, removed: int, size: int) -> Report:
    more = told.count - len(told.problems)
    problems = (*told.problems, *([f"and {more} more"] if more else []))
    return Report(not problems, size, removed, size, problems)
