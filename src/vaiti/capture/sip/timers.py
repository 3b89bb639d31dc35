"""Deadlines in a heap. Time is handed in: a float, seconds since the epoch."""

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def earliest(*deadlines: float | None) -> float | None:
    """Asked after every message: each None is one for never."""
    return min([each for each in deadlines if each is not None], default=None)


class Timers(Generic[T]):
    """Deadlines are never taken back: whoever gets one looks whether it still means anything.

    That keeps an entry until its time, so `next` may name a moment at which nothing happens.
    """

    __slots__ = ("_count", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        self._count = 0

    def set(self, when: float, item: T) -> None:
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, item))

    def due(self, now: float) -> Iterator[T]:
        """Take out, in order, what is due; what is set meanwhile and due comes too."""
        while self._heap and self._heap[0][0] <= now:
            yield heapq.heappop(self._heap)[2]

    def next(self) -> float | None:
        return self._heap[0][0] if self._heap else None
