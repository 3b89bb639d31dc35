"""Threads that write several objects at once: a disk makes durable what waits for it by one write.

Each has its share of what is to be done, so that there is a message to a thread a step, and not
one an object.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from vaiti.values.ids import ObjectId

Item = TypeVar("Item")
Result = TypeVar("Result")

Object = tuple[ObjectId, Iterable[bytes]]
"""What is to be written, as `Store.put` takes it."""

WRITERS: Final = 16


class Writers:
    """Belongs to one thread."""

    def __init__(self, count: int = WRITERS) -> None:
        self._count = count
        self._pool = ThreadPoolExecutor(count, "writing")

    def each(self, act: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """What `act` gives for each, in their order."""
        shares = [items[first :: self._count] for first in range(min(self._count, len(items)))]
        done = list(self._pool.map(lambda share: [act(item) for item in share], shares))
        return [done[place % self._count][place // self._count] for place in range(len(items))]
