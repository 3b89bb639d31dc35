"""Speech of calls that come and go: two streams each, a packet every 20 ms, from one socket."""

import math
import secrets
import time
from collections.abc import Sequence
from typing import Final

from vaiti.ops.benches.load import TICK, Load, socket_names

STREAMS: Final = 2
SLOTS: Final = 5  # in a tick: calls are spread evenly over them
STEP: Final = TICK / SLOTS
NOWHERE: Final = ("127.0.0.1", 9)


class Speech:
    """Of `most` calls at a time, each known by its number."""

    def __init__(self, most: int) -> None:
        self._room = -(-most // SLOTS)
        self._load = Load([NOWHERE] * (SLOTS * self._room * STREAMS))
        self._speaking = [list[int]() for _ in range(SLOTS)]
        self._left = dict[int, int]()  # packets of each stream
        self._began = time.monotonic()
        self._step = 0

    @property
    def next_at(self) -> float:
        """By the monotonic clock; never, while nobody speaks."""
        return self._began + self._step * STEP if self._left else math.inf

    def begin(self, number: int, addresses: Sequence[tuple[str, int]], packets: int) -> None:
        """So many packets in each of its streams."""
        if not self._left:
            self._step = math.ceil((time.monotonic() - self._began) / STEP)
        slot = min(range(SLOTS), key=lambda one: len(self._speaking[one]))
        row = self._row(slot, len(self._speaking[slot]))
        self._load.names[row : row + STREAMS] = socket_names(addresses)
        self._load.packets["ssrc"][row : row + STREAMS] = [secrets.randbits(32) for _ in addresses]
        self._speaking[slot].append(number)
        self._left[number] = packets

    def send_due(self) -> None:
        """Raises OSError."""
        while self.next_at <= time.monotonic():
            slot = self._step % SLOTS
            if numbers := self._speaking[slot]:
                row = self._row(slot, 0)
                self._load.send_rows(row, row + STREAMS * len(numbers))
                for number in list(numbers):
                    self._left[number] -= 1
                    if not self._left[number]:
                        self.end(number)
            self._step += 1

    def end(self, number: int) -> int:
        """It says no more; how many packets of each stream it has not said."""
        slot = next((one for one in self._speaking if number in one), None)
        if slot is None:
            return 0
        place, last = slot.index(number), len(slot) - 1
        first = self._row(self._speaking.index(slot), 0)
        mine, others = first + STREAMS * place, first + STREAMS * last
        for rows in (self._load.names, self._load.packets):
            rows[mine : mine + STREAMS] = rows[others : others + STREAMS]
        slot[place] = slot[last]
        slot.pop()
        return self._left.pop(number)

    def close(self) -> None:
        self._load.close()

    def _row(self, slot: int, place: int) -> int:
        return (slot * self._room + place) * STREAMS
