"""Proofs that an auditor checks without the database (RFC 9162 sections 2.1.3 and 2.1.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from vaiti.audit import rows
from vaiti.audit.entry import leaf_data
from vaiti.audit.evidence import Evidence, uncovered
from vaiti.audit.models import Checkpoint, Leaf
from vaiti.audit.sequencer import stored_nodes
from vaiti.audit.stored import entry_of
from vaiti.audit.tree import Range, consistency_ranges, inclusion_ranges, parts, range_hash

LEAVES_AT_ONCE = 500


class NoProof(LookupError):
    """There is nothing to prove; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """`data` is the leaf input, `path` the hashes from leaf to root, `note` the checkpoint."""

    data: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Consistency:
    old: int
    new: int
    path: tuple[bytes, ...]


def inclusion(leaf_id: UUID) -> Inclusion:
    """That the entry is in the tree of the newest checkpoint. Raises NoProof."""
    leaf = rows.with_newest(leaf_id)
    if leaf is None:
        raise NoProof("there is no such entry")
    if leaf.size is None or leaf.seq is None:
        raise NoProof("the entry is not in the tree yet; ask again in a minute")
    data = leaf_data(leaf_id, leaf.at_us, leaf.kind, leaf.commitment)
    path = _hashes(inclusion_ranges(leaf.seq, leaf.size))
    return Inclusion(data, leaf.seq, leaf.size, path, leaf.note)


def consistency(old: int, new: int) -> Consistency:
    """That the tree of `old` leaves is the beginning of that of `new` leaves. Raises NoProof."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None or not 0 < old <= new <= newest.size:
        raise NoProof("the sizes are not of two trees of this log, the smaller one first")
    return Consistency(old, new, _hashes(consistency_ranges(old, new)))


def evidence(leaf_ids: Sequence[UUID]) -> Evidence:
    """These entries, by their place, with what proves that they are in the newest tree.

    Raises NoProof where one is not there, or waits for its place.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    leaves: list[Leaf] = []
    for first in range(0, len(leaf_ids), LEAVES_AT_ONCE):
        some = leaf_ids[first : first + LEAVES_AT_ONCE]
        leaves += Leaf.objects.filter(id__in=some)
    places = [leaf.seq for leaf in leaves if leaf.seq is not None]
    if len(leaves) != len(set(leaf_ids)):
        raise NoProof("there is no such entry")
    if newest is None or len(places) < len(leaves) or max(places, default=0) >= newest.size:
        raise NoProof("the entry is not in the tree yet; ask again in a minute")
    ranges = uncovered(newest.size, places)
    entries = sorted(map(entry_of, leaves), key=lambda one: one.seq or 0)
    return Evidence(tuple(entries), dict(zip(ranges, _hashes(ranges), strict=True)), newest.note)


def _hashes(ranges: list[Range]) -> tuple[bytes, ...]:
    nodes = stored_nodes([place for start, end in ranges for place in parts(start, end)])
    return tuple(range_hash(start, end, nodes) for start, end in ranges)
