"""The store that is used and the one before it, as one, while recordings move between them.

What is new goes into the first. Everything else asks both, and always so that an object on its way
is found: it is in the second until it is whole in the first. `retention.moving` moves.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from vaiti.values.ids import ObjectId
from vaiti.vault.store import Listed, NoObject, Store
from vaiti.vault.writers import Object, Writers

FORMER = "former/"
"""Before the names of what lies in the former store, where things are listed."""


class TwoStores:
    """`now` takes what is new; `former` is being emptied.

    `lock` is a file, empty and of no other use: who moves an object and who destroys one hold it,
    in whatever process, so that nothing is copied that was destroyed meanwhile.
    """

    def __init__(self, now: Store, former: Store, lock: Path) -> None:
        self.now, self.former, self._lock = now, former, lock

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else moves or destroys meanwhile. The kernel lets go for whoever is killed."""
        descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        return self.now.put(object_id, chunks)

    def put_all(self, objects: Sequence[Object], writers: Writers) -> list[str | None]:
        return self.now.put_all(objects, writers)

    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        for store in (self.now, self.former):
            try:
                return store.get(object_id, start, length)
            except NoObject:
                continue
        return self.now.get(object_id, start, length)  # it may have come over between the two

    def size(self, object_id: ObjectId) -> int:
        for store in (self.now, self.former):
            try:
                return store.size(object_id)
            except NoObject:
                continue
        return self.now.size(object_id)

    def absent(self, object_id: ObjectId) -> bool:
        """The former one is asked first, for objects come from there."""
        return self.former.absent(object_id) and self.now.absent(object_id)

    def remaining(self, object_ids: Iterable[ObjectId]) -> set[ObjectId]:
        asked = list(object_ids)
        return self.former.remaining(asked) | self.now.remaining(asked)

    def names(self) -> Iterator[ObjectId]:
        """What comes over meanwhile has been told already, and is not told twice."""
        seen = set[ObjectId]()
        for name in self.former.names():
            seen.add(name)
            yield name
        yield from (name for name in self.now.names() if name not in seen)

    def listed(self) -> Iterator[Listed]:
        """Of both. What is on its way is in both."""
        for one in self.former.listed():
            yield replace(one, name=f"{FORMER}{one.name}")
        yield from self.now.listed()

    def metadata(self, object_id: ObjectId) -> frozenset[str]:
        return self.former.metadata(object_id) | self.now.metadata(object_id)
