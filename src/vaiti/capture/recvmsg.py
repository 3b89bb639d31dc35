"""Empties many UDP sockets into one buffer by recvmsg: for systems without recvmmsg."""

import socket
from array import array
from collections.abc import Callable, Sequence

import numpy as np

from vaiti.capture.recvmmsg import BATCH, PER_CALL, ROW
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.stream import host_of


class SingleReceiver:
    """One call a packet. Arrival is the time at which it was read, told by `clock_us`."""

    asks_kernel = False

    def __init__(self, clock_us: Callable[[], int]) -> None:
        self.rows = np.zeros((BATCH, ROW), np.uint8)
        self._clock_us = clock_us
        self._views = [row.data for row in self.rows]
        self._length = np.zeros(BATCH, np.int64)
        self._host = np.zeros((BATCH, 2), np.uint64)
        self._port = np.zeros(BATCH, np.uint16)
        self._arrival_us = np.zeros(BATCH, np.int64)
        self.left: tuple[int, list[int], Batch] = (0, [], self.receive([]))

    def prepare(self, sock: socket.socket) -> None:
        """Nothing is asked of the kernel: other systems' control data differ."""

    def stage(self, number: int, sockets: "array[int]") -> None:
        """Nothing: here no packet outlives the process that has read it."""

    def receive(self, sockets: Sequence[socket.socket]) -> Batch:
        """Takes what waits in the first of `sockets`; `counts` has an entry for each one read."""
        counts: list[int] = []
        filled = 0
        for sock in sockets:
            if filled > BATCH - PER_CALL:
                break
            counts.append(self._empty(sock, filled))
            filled += counts[-1]
        return Batch(
            self.rows[:filled],
            self._length[:filled],
            self._host[:filled],
            self._port[:filled],
            self._arrival_us[:filled],
            np.array(counts, np.int64),
        )

    def _empty(self, sock: socket.socket, filled: int) -> int:
        for index in range(filled, filled + PER_CALL):
            try:
                size, _, flags, sender = sock.recvmsg_into([self._views[index]])
            except (BlockingIOError, InterruptedError):
                return index - filled
            self._length[index] = ROW + 1 if flags & socket.MSG_TRUNC else size
            self._host[index] = host_of(sender[0])
            self._port[index] = sender[1]
            self._arrival_us[index] = self._clock_us()
        return PER_CALL
