"""The Merkle tree of RFC 9162 section 2.1, over SHA-256. Pure.

A tree of `size` leaves is held as its complete subtrees: `(level, index)` names the subtree of
2**level leaves that starts at leaf index * 2**level. Any range that a proof needs is a short list
of such nodes (`parts`), so a proof costs one look-up of some dozens of rows.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

Place = tuple[int, int]
"""Level and index of a complete subtree."""

Range = tuple[int, int]
"""First leaf, and the leaf after the last."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def parts(start: int, end: int) -> list[Place]:
    """The complete subtrees, left to right, whose leaves are those of an RFC 9162 subtree."""
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over the parts of one range, given in the order of `parts`."""
    if not hashes:
        return EMPTY_ROOT
    result = hashes[-1]
    for left in reversed(hashes[:-1]):
        result = node_hash(left, result)
    return result


def range_hash(start: int, end: int, nodes: Mapping[Place, bytes]) -> bytes:
    """MTH(D[start:end]). Raises KeyError where `nodes` lacks a part."""
    return fold([nodes[place] for place in parts(start, end)])


class Grower:
    """Appends leaf hashes to a tree known by its right edge, and yields the nodes that complete.

    `edge` holds the nodes of `parts(0, size)`, by level: at most one a level.
    """

    def __init__(self, size: int = 0, edge: Mapping[Place, bytes] | None = None) -> None:
        self.size = size
        self._edge = {level: hashed for (level, _), hashed in (edge or {}).items()}
        if sorted(self._edge) != sorted(level for level, _ in parts(0, size)):
            raise ValueError("the right edge does not belong to a tree of this size")

    def append(self, hashed: bytes) -> Iterator[tuple[Place, bytes]]:
        """The nodes that this leaf completes, lowest first, the leaf itself among them."""
        level, index = 0, self.size
        self.size += 1
        yield (level, index), hashed
        while index & 1:
            hashed = node_hash(self._edge.pop(level), hashed)
            level, index = level + 1, index >> 1
            yield (level, index), hashed
        self._edge[level] = hashed

    def join(self, level: int, hashed: bytes) -> None:
        """Appends a complete subtree of 2**level leaves, of which the tree's size is a multiple."""
        index = self.size >> level
        self.size += 1 << level
        while index & 1:
            hashed = node_hash(self._edge.pop(level), hashed)
            level, index = level + 1, index >> 1
        self._edge[level] = hashed

    def root(self) -> bytes:
        """The root of the tree as it stands. Every `append` must have been read to its end."""
        return fold([self._edge[level] for level, _ in parts(0, self.size)])


def levels(hashes: list[bytes]) -> list[list[bytes]]:
    """The complete subtrees over these leaves, level by level, if the first one begins them all."""
    found, sha256 = [hashes], hashlib.sha256
    while len(found[-1]) > 1:
        below = iter(found[-1])
        pairs = zip(below, below, strict=False)  # a last one without a partner completes nothing
        found.append([sha256(b"\x01" + left + right).digest() for left, right in pairs])
    return found


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes are the inclusion proof, leaf to root (section 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("the leaf is not in a tree of this size")
    ranges: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """The ranges whose hashes are the consistency proof (section 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError("a consistency proof goes from a smaller tree that has leaves to a larger")
    ranges: list[Range] = []
    start, end = 0, new
    while end != old:
        middle = start + split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:
        ranges.append((start, end))
    return ranges[::-1]


def verify_inclusion(
    hashed: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> bool:
    """Section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, second, result = index, size - 1, hashed
    for step in path:
        if second == 0:
            return False
        if first & 1 or first == second:
            result = node_hash(step, result)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            result = node_hash(result, step)
        first, second = first >> 1, second >> 1
    return second == 0 and result == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Section 2.1.4.2."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    first, second = old - 1, new - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    return _roots_along(steps, first, second) == (old_root, new_root)


def _roots_along(steps: Iterable[bytes], first: int, second: int) -> tuple[bytes, bytes] | None:
    walk = iter(steps)
    old_result = new_result = next(walk)
    for step in walk:
        if second == 0:
            return None
        if first & 1 or first == second:
            old_result, new_result = node_hash(step, old_result), node_hash(step, new_result)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            new_result = node_hash(new_result, step)
        first, second = first >> 1, second >> 1
    return (old_result, new_result) if second == 0 else None


def split(count: int) -> int:
    """The largest power of two smaller than `count`, which is at least 2."""
    return 1 << ((count - 1).bit_length() - 1)
