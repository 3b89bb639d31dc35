"""A ring, and beside it the sockets with what the ring does not take.

Nearly always that is nothing. Where a stream has packets in both, because some are larger than a
frame, they are judged in the order of their arrival.
"""

import socket
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.parts import Watched, something_waits
from vaiti.capture.ring import PacketRing, Turn
from vaiti.capture.rtp.packet import Batch, some, together

Read = Callable[[NDArray[np.int64], list[socket.socket]], Iterator[Turn]]


class Beside:
    """By the slots of the streams."""

    def __init__(self, ring: PacketRing) -> None:
        self._ring = ring
        self._sockets = Watched()
        self._waiting: set[int] = set()

    @property
    def held(self) -> dict[str, int]:
        """The ring's descriptor by its name: so another process goes on with it."""
        return {self._ring.place.name: self._ring.descriptor}

    @property
    def share(self) -> float:
        """How full the ring was when it was looked at last."""
        return self._ring.share

    @property
    def more(self) -> bool:
        """Whether the sweep left some of what had come before it."""
        return self._ring.more

    def add(self, slot: int, sock: socket.socket, part: int) -> None:
        self._ring.own(slot, sock, part)
        self._sockets.add(slot, sock)

    def resume(self, slot: int, sock: socket.socket, after_us: int) -> None:
        """Of a stream that was another process's: what it had not taken in is still there."""
        self._ring.resume(slot, sock, after_us)

    def remove(self, slot: int, sock: socket.socket, refused: int) -> int:
        """How many of the packets that the socket `refused` are lost."""
        self._sockets.remove(sock)
        self._waiting.discard(slot)
        return self._ring.disown(slot, sock.getsockname()[1], refused)

    def begin(self) -> None:
        """A sweep begins: of what comes from now on, some waits for the next."""
        self._ring.mark()
        self._waiting = set(self._sockets.waiting())

    def end(self) -> None:
        self._ring.release()

    def turns(
        self, slots: NDArray[np.int64], sockets: list[socket.socket], part: int | None, read: Read
    ) -> Iterator[Turn]:
        """What has come to one part of the streams, or of a few to now where it is None."""
        ringed = self._ring.only(slots.tolist()) if part is None else self._ring.part(part)
        waiting = self._some_waiting(slots, sockets, part)
        if not waiting:
            yield from ringed
            return
        held: dict[int, list[Batch]] = {}
        for chosen, batch in ringed:
            yield from _parted(chosen, batch, waiting, held)
        lone = [slot for slot in waiting if slot not in held]
        yield from read(np.array(lone, np.int64), [waiting[slot] for slot in lone])
        for slot, batches in held.items():
            one = np.array([slot], np.int64)
            batches += [_whole(batch) for _, batch in read(one, [waiting[slot]])]
            yield one, together(batches)

    def _some_waiting(
        self, slots: NDArray[np.int64], sockets: Sequence[socket.socket], part: int | None
    ) -> dict[int, socket.socket]:
        """The sockets in which anything waits."""
        if part is not None and not self._waiting:
            return {}
        pairs = zip(slots.tolist(), sockets, strict=True)
        if part is not None:
            return {slot: sock for slot, sock in pairs if slot in self._waiting}
        return {slot: sock for slot, sock in pairs if something_waits(sock)}


def _parted(
    chosen: NDArray[np.int64],
    batch: Batch,
    waiting: dict[int, socket.socket],
    held: dict[int, list[Batch]],
) -> Iterator[Turn]:
    """What need not wait for its sockets; the rest is `held`, a batch a slot."""
    mixed = np.isin(chosen, list(waiting))
    if mixed.any():
        owner = chosen.repeat(batch.counts)
        for slot in chosen[mixed].tolist():
            count = batch.counts[chosen == slot]
            held.setdefault(slot, []).append(some(batch, owner == slot, count))
        batch = some(batch, ~mixed.repeat(batch.counts), batch.counts[~mixed])
        chosen = chosen[~mixed]
    if len(chosen):
        yield chosen, batch


def _whole(batch: Batch) -> Batch:
    """A copy: the receiver writes over its own rows."""
    return batch._replace(rows=batch.rows.copy())
