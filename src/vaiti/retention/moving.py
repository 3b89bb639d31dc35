"""Moves sealed objects from the former store into the one that is used, a few at a time.

Each is read whole where it lies, written, read back whole from where it went, and only then removed
from where it was, by the one shredder. Killed at any point, it is whole in one store or in both,
and the next run goes on. No key is needed and nothing is opened. docs/store.md.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from vaiti.values.ids import ObjectId
from vaiti.vault import shred
from vaiti.vault.store import NoObject, Store
from vaiti.vault.two_stores import TwoStores

AT_ONCE: Final = 500  # objects that the register is asked about together
TOGETHER: Final = 8  # objects that move side by side, while whoever destroys waits
PIECE: Final = 1 << 20  # bytes read at once

Expected = Callable[[Sequence[ObjectId]], dict[ObjectId, str]]
"""The SHA-256 (lower-case hex) that the register holds of these objects, for those of calls."""


class CameOtherwise(Exception):
    """The receiving store gives back other bytes than it was given."""


@dataclass(frozen=True, slots=True)
class Moved:
    """So far: `objects` and `octets` moved; `gone` were destroyed before their turn; `kept` are
    left where they are, because they are not what the register says or what the other store has.
    """

    objects: int = 0
    octets: int = 0
    gone: int = 0
    kept: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(
            self.objects + other.objects,
            self.octets + other.octets,
            self.gone + other.gone,
            self.kept + other.kept,
        )


GONE, KEPT = Moved(gone=1), Moved(kept=1)


def move(stores: TwoStores, expected: Expected, tell: Callable[[Moved], None]) -> Moved:
    """All that lies in the former store. `tell` is called before the first and after each few.

    Raises StoreError, OSError and CameOtherwise: nothing was lost, and it is begun again.
    """
    done = Moved()
    tell(done)
    with ThreadPoolExecutor(TOGETHER) as pool:
        for batch in _batches(stores.former.names(), AT_ONCE):
            digests = expected(batch)
            for some in _batches(iter(batch), TOGETHER):
                done = sum(_together(stores, some, digests, pool), done)
                tell(done)
    return done


def left_over(stores: TwoStores, before: datetime) -> int:
    """Removes what killed writers left in the former store before then; how much is there still."""
    for one in list(stores.former.listed()):
        if one.object_id and not one.whole and one.at < before:
            _remove_left(stores, one.object_id)
    return sum(1 for _ in stores.former.listed())


def _remove_left(stores: TwoStores, one: ObjectId) -> None:
    with stores.held():
        if _whole(stores.former, one) is None:
            shred.remove(stores.former, one)


def _batches(names: Iterator[ObjectId], most: int) -> Iterator[list[ObjectId]]:
    while batch := list(islice(names, most)):
        yield batch


def _together(
    stores: TwoStores, some: Sequence[ObjectId], digests: dict[ObjectId, str], pool: Executor
) -> list[Moved]:
    """Whoever destroys waits for these few, and comes to them before the next."""
    with stores.held():
        begun = stores.now.remaining(some)
        return list(pool.map(lambda one: _move(stores, one, digests.get(one), one in begun), some))


def _move(stores: TwoStores, one: ObjectId, wanted: str | None, begun: bool) -> Moved:
    try:
        mine, size = _digest(stores.former, one)
    except NoObject:
        return GONE
    if wanted not in (None, mine):
        return KEPT
    theirs = _whole(stores.now, one) if begun else None
    if theirs is None:
        if begun:
            shred.remove(stores.now, one)  # what a kill left, which is no object
        _copy(stores, one, mine)
    elif theirs != mine:
        return KEPT
    shred.remove(stores.former, one)
    return Moved(1, size)


def _copy(stores: TwoStores, one: ObjectId, mine: str) -> None:
    """What the receiving store gives back is read anew and compared."""
    stores.now.put(one, _pieces(stores.former, one))
    if _whole(stores.now, one) != mine:
        shred.remove(stores.now, one)
        raise CameOtherwise(
            f"the store gave back other bytes of object {one} than it was given; it was left "
            "where it is. See whether the store's own checks find a fault"
        )


def _whole(store: Store, one: ObjectId) -> str | None:
    try:
        return _digest(store, one)[0]
    except NoObject:
        return None


def _digest(store: Store, one: ObjectId) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(store, one):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _pieces(store: Store, one: ObjectId) -> Iterator[bytes]:
    """Raises NoObject before the first."""
    at, size = 0, store.size(one)
    while at < size:
        piece = store.get(one, at, min(PIECE, size - at))
        if not piece:
            return  # shorter than it was said to be: its digest will tell
        at += len(piece)
        yield piece
