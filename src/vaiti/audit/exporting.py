"""Writes the whole log out for others to verify."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.db.models import Q

from vaiti.audit import offline
from vaiti.audit.models import Checkpoint, Leaf
from vaiti.audit.stored import entry_of
from vaiti.audit.verification import Entry

LEAVES_AT_ONCE = 1000


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


def _chunks(size: int) -> Iterator[list[Leaf]]:
    for start in range(0, size, LEAVES_AT_ONCE):
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
