"""Verifies the log in the database as a whole, and writes it out for others to verify.

Writers go on meanwhile: what is checked is the tree of the checkpoint that was newest at the start.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import F, Max, Q

from vaiti.audit import offline
from vaiti.audit.checkpoint import NoteError, open_note
from vaiti.audit.models import Checkpoint, Leaf, Node
from vaiti.audit.sequencer import LogBroken, stored_nodes
from vaiti.audit.stored import content_of, entry_of
from vaiti.audit.tree import Grower, Place, parts
from vaiti.audit.verification import Entry, Report, Verification, read_body

LEAVES_AT_ONCE = 1000
PATIENCE = timedelta(minutes=1)  # how long a leaf may wait for its place


def verify_log(public: bytes, now: datetime, notes: Iterable[str] = ()) -> Report:
    """Checks every entry, node and checkpoint. `notes` are checkpoints kept elsewhere."""
    checkpoints = list(Checkpoint.objects.order_by("size"))
    size = checkpoints[-1].size if checkpoints else 0
    verification = Verification([*(point.note for point in checkpoints), *notes], public)
    wrong_nodes = sum(
        _wrong_nodes([node for entry in chunk for node in _checked(verification, entry)])
        for chunk in _chunks(size)
    )
    if wrong_nodes or _surplus_nodes(size):
        verification.problem("the stored tree is not the one that the entries make")
    _check_checkpoints(verification, checkpoints)
    _check_waiting(verification, size, now)
    return verification.report()


def verify_since(public: bytes, now: datetime, note: str) -> Report:
    """What came after a checkpoint that was kept: that its tree is the beginning of ours, and every
    entry and node since. What was before is vouched for by its root alone.
    """
    try:
        kept = open_note(note, public)
        begun = Grower(kept.size, stored_nodes(parts(0, kept.size)))
    except NoteError as error:
        return _refused(f"the checkpoint does not hold: {error}")
    except LogBroken:
        return _refused("the log has not the nodes of a tree as large as the checkpoint's")
    if begun.root() != kept.root:
        return _refused(f"this log was never in the state of the checkpoint of {kept.size} entries")
    checkpoints = list(Checkpoint.objects.filter(size__gte=kept.size).order_by("size"))
    size = checkpoints[-1].size if checkpoints else 0
    verification = Verification([note, *(point.note for point in checkpoints)], public, begun)
    wrong_nodes = sum(
        _wrong_nodes([node for entry in chunk for node in _checked(verification, entry)])
        for chunk in _chunks(size, kept.size)
    )
    if wrong_nodes:
        verification.problem("the stored tree is not the one that the entries make")
    _check_checkpoints(verification, checkpoints)
    _check_waiting(verification, size, now)
    return verification.report()


def _refused(sentence: str) -> Report:
    return Report(False, 0, 0, 0, (sentence,))


def export(path: Path) -> int:
    """Writes the whole log to a new file that only its owner may read; returns the entries.

    Raises FileExistsError rather than overwrite.
    """
    checkpoints = list(Checkpoint.objects.order_by("size"))
    size = checkpoints[-1].size if checkpoints else 0
    entries = (entry_of(leaf) for chunk in _chunks(size) for leaf in chunk)
    waiting = (entry_of(leaf, placed=False) for leaf in _waiting(size))
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        notes = (point.note for point in checkpoints)
        file.writelines(offline.lines(notes, _both(entries, waiting)))
        file.flush()
        os.fsync(file.fileno())
    return size


def _both(first: Iterator[Entry], second: Iterator[Entry]) -> Iterator[Entry]:
    yield from first
    yield from second


def _chunks(size: int, begins: int = 0) -> Iterator[list[Leaf]]:
    for start in range(begins, size, LEAVES_AT_ONCE):
        end = min(start + LEAVES_AT_ONCE, size)
        yield list(
            Leaf.objects.filter(seq__gte=start, seq__lt=end)
            .select_related("content")
            .order_by("seq")
        )


def _waiting(size: int) -> Iterator[Leaf]:
    """Leaves without a place in the tree of this size, though they may have got one since."""
    unplaced = Leaf.objects.filter(Q(seq__isnull=True) | Q(seq__gte=size))
    return unplaced.select_related("content").order_by("at", "id").iterator(LEAVES_AT_ONCE)


def _checked(verification: Verification, leaf: Leaf) -> list[tuple[Place, bytes]]:
    _check_columns(verification, leaf)
    return verification.entry(entry_of(leaf))


def _check_columns(verification: Verification, leaf: Leaf) -> None:
    content = content_of(leaf)
    if content is None:
        return
    try:
        body = read_body(content.body)
        agree = (body["actor"], body["subject"]) == (content.actor, content.subject)
    except (ValueError, KeyError, TypeError):
        return  # changed content: its commitment says so
    if not agree:
        verification.problem(f"entry {leaf.id.hex} is filed under another actor or subject")


def _wrong_nodes(computed: list[tuple[Place, bytes]]) -> int:
    wanted = Q(pk__in=[])
    for level in {level for (level, _), _ in computed}:
        indexes = [index for (at, index), _ in computed if at == level]
        wanted |= Q(level=level, index__gte=indexes[0], index__lte=indexes[-1])
    stored = {(node.level, node.index): bytes(node.hash) for node in Node.objects.filter(wanted)}
    return sum(stored.get(place) != hashed for place, hashed in computed)


def _surplus_nodes(size: int) -> bool:
    """A tree of n leaves has 2n - popcount(n) complete subtrees."""
    expected = 2 * size - size.bit_count()
    found = sum(
        Node.objects.filter(level=level, index__lt=size >> level).count()
        for level in range(size.bit_length())
    )
    return found != expected


def _check_checkpoints(verification: Verification, checkpoints: list[Checkpoint]) -> None:
    for point in checkpoints:
        claimed = point.note.split("\n")[1:2]
        if claimed != [str(point.size)]:
            verification.problem(f"the checkpoint row of {point.size} entries holds another note")
    last = Leaf.objects.aggregate(last=Max(F("seq")))["last"]
    newest = Checkpoint.objects.order_by("-size").first()
    if last is not None and last >= (newest.size if newest else 0):
        verification.problem("entries have a place in the tree that no checkpoint signs")


def _check_waiting(verification: Verification, size: int, now: datetime) -> None:
    late = Leaf.objects.filter(seq__isnull=True, at__lt=now - PATIENCE).count()
    if late:
        verification.problem(f"{late} entries have waited for their place for over a minute")
    for leaf in _waiting(size):
        _check_columns(verification, leaf)
        verification.waiting(entry_of(leaf))
