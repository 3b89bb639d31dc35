"""Empties many UDP sockets into one buffer by recvmmsg(2): Linux, 64 bits.

One buffer, one array of message headers, made once. The kernel writes rows, senders' addresses and
arrival times; numpy reads them as columns. A batch is never larger than the buffer: `PER_CALL`
headers are given to a call only while so many are free.
"""

import ctypes
import errno
import os
import socket
import sys
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.rtp.packet import Batch

ROW = 1472  # in bytes: the largest UDP payload on Ethernet over IPv4; an odd count of cache lines
BATCH = 2048  # rows in the buffer: 3 MB
PER_CALL = 256  # packets taken from one socket in one sweep: a flood waits, the others do not

SO_TIMESTAMPNS = 35  # also the type of the control message that carries the time
_NAME = 32  # in bytes: a sockaddr_in6 fits
_CONTROL = 32  # in bytes: one control message with a timespec, and no more is asked for
_MICROSECOND = 1000  # nanoseconds
MOST_SOCKETS = 512  # read in one turn
_SOCKETS, _STARTS = 2, 2 + MOST_SOCKETS  # words of the staging memory, behind two others
_NOTHING = 0xFFFFFFFF  # the length of a row into which nothing was received

_HEADER = np.dtype(
    {
        "names": ["name", "namelen", "iov", "iovlen", "control", "controllen", "flags", "length"],
        "formats": ["u8", "u4", "u8", "u8", "u8", "u8", "i4", "u4"],
        "offsets": [0, 8, 16, 24, 32, 40, 48, 56],
        "itemsize": 64,
    }
)
_VECTOR = np.dtype([("base", "u8"), ("length", "u8")])
_ADDRESS = np.dtype(
    {
        "names": ["family", "port", "v4", "v6_high", "v6_low"],
        "formats": ["=u2", ">u2", ">u4", ">u8", ">u8"],
        "offsets": [0, 2, 4, 8, 16],
        "itemsize": _NAME,
    }
)
_TIME = np.dtype(
    {
        "names": ["size", "level", "kind", "seconds", "nanoseconds"],
        "formats": ["u8", "i4", "i4", "i8", "i8"],
        "offsets": [0, 8, 12, 16, 24],
        "itemsize": _CONTROL,
    }
)


STAGING = 16 + 16 * MOST_SOCKETS + BATCH * (_NAME + _CONTROL + _HEADER.itemsize + ROW)
"""In bytes: what `BatchReceiver` needs of memory that outlives it."""


def available() -> bool:
    """Whether this system has the call and lays out its structures as written here."""
    return sys.platform == "linux" and sys.maxsize > 2**32


class BatchReceiver:
    """Reads sockets dry, as many as the buffer holds, and hands out the rest for another turn."""

    asks_kernel = True

    def __init__(self, memory: memoryview | None = None) -> None:
        """`memory`, of STAGING bytes, may outlive this process: `left` reads it in the next."""
        self.staged = memory is not None
        memory = memoryview(bytearray(STAGING)) if memory is None else memory[:STAGING]
        self._words = memory[: 16 + 16 * MOST_SOCKETS].cast("q")
        self._names, rest = _array(memory[16 + 16 * MOST_SOCKETS :], _ADDRESS)
        self._controls, rest = _array(rest, _TIME)
        self._headers, rest = _array(rest, _HEADER)
        self.rows = np.frombuffer(rest, np.uint8, BATCH * ROW).reshape(BATCH, ROW)
        self.left = self._left()
        self._vectors = np.zeros(BATCH, _VECTOR)
        self._vectors["base"] = _addresses(self.rows)
        self._vectors["length"] = ROW
        self._headers["name"] = _addresses(self._names)
        self._headers["iov"] = _addresses(self._vectors)
        self._headers["iovlen"] = 1
        self._headers["control"] = _addresses(self._controls)
        self._filled = BATCH
        self._first = self._headers.ctypes.data
        self._call = ctypes.CDLL(None, use_errno=True).recvmmsg
        self._call.argtypes = (
            ctypes.c_int,
            ctypes.c_void_p,
            ctypes.c_uint,
            ctypes.c_int,
            ctypes.c_void_p,
        )

    def prepare(self, sock: socket.socket) -> None:
        """Asks the kernel for the arrival time of each of the socket's packets."""
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)

    def receive(self, sockets: Sequence[socket.socket]) -> Batch:
        """Takes what waits in the first of `sockets`.

        `counts` has an entry for each one read: fewer than given when the buffer was full before.
        """
        return self.receive_from([sock.fileno() for sock in sockets])

    def receive_from(self, descriptors: Sequence[int]) -> Batch:
        self._renew(self._filled)
        call, at, filled, words = self._call, self._first, 0, self._words
        counts: list[int] = []
        for place, descriptor in enumerate(descriptors[:MOST_SOCKETS]):
            if filled > BATCH - PER_CALL:
                break
            words[_STARTS + place] = filled
            words[1] = place + 1
            got = call(descriptor, at, PER_CALL, socket.MSG_DONTWAIT, None)
            if got < 0:
                _raise_unless_dry()
                got = 0
            counts.append(got)
            filled += got
            at += got * _HEADER.itemsize
        self._filled = filled
        return self._batch(filled, counts)

    def stage(self, number: int, sockets: "array[int]") -> None:
        """Before sockets are read: the transaction that will have taken in what is read, and by
        what numbers the next process knows the sockets."""
        self._words[1] = 0
        self._renew(self._filled)
        known = sockets[:MOST_SOCKETS]
        self._words[_SOCKETS : _SOCKETS + len(known)] = known
        self._words[0] = number

    def _left(self) -> tuple[int, list[int], Batch]:
        """What another process had received: its transaction, the sockets' numbers, the rows; none
        where what stands there is no order of them."""
        count = min(max(self._words[1], 0), MOST_SOCKETS)
        known = [self._words[_SOCKETS + place] for place in range(count)]
        starts = [self._words[_STARTS + place] for place in range(count)]
        if starts and (starts[0] or starts != sorted(starts) or starts[-1] > BATCH):
            known, starts = [], []
        filled = starts[-1] if starts else 0
        while filled < BATCH and starts and self._headers["length"][filled] != _NOTHING:
            filled += 1
        counts = np.diff([*starts, filled]).tolist() if starts else []
        return self._words[0], known, _copied(self._batch(filled, counts))

    def _batch(self, filled: int, counts: list[int]) -> Batch:
        headers = self._headers[:filled]
        length = headers["length"].astype(np.int64)
        cut = headers["flags"] & socket.MSG_TRUNC
        if cut.any():
            length[cut != 0] = ROW + 1
        host, port = self._senders(filled)
        times = self._controls[:filled]
        arrival_us = times["seconds"] * 1_000_000 + times["nanoseconds"] // _MICROSECOND
        return Batch(self.rows[:filled], length, host, port, arrival_us, np.array(counts, np.int64))

    def _senders(self, filled: int) -> tuple[NDArray[np.uint64], NDArray[np.uint16]]:
        names = self._names[:filled]
        host = np.zeros((filled, 2), np.uint64)
        host[:, 1] = names["v4"]
        sixth = names["family"] == socket.AF_INET6
        if sixth.any():
            host[sixth, 0], host[sixth, 1] = names["v6_high"][sixth], names["v6_low"][sixth]
        return host, names["port"].astype(np.uint16)

    def _renew(self, used: int) -> None:
        """The kernel wrote over these lengths; the next call must find the whole room again."""
        self._headers["namelen"][:used] = _NAME
        self._headers["controllen"][:used] = _CONTROL
        if self.staged:
            self._headers["length"][:used] = _NOTHING
        self._filled = 0


def _array(memory: memoryview, kind: np.dtype[np.void]) -> tuple[NDArray[np.void], memoryview]:
    """BATCH entries at the beginning of `memory`, and what is behind them."""
    size = BATCH * kind.itemsize
    return np.frombuffer(memory[:size], kind), memory[size:]


def _copied(batch: Batch) -> Batch:
    """Good for longer than until the next one is received."""
    return batch._replace(rows=batch.rows.copy())


def _addresses(array: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Where each row of `array` lies in memory."""
    stride = array.strides[0]
    return np.uint64(array.ctypes.data) + np.arange(len(array), dtype=np.uint64) * np.uint64(stride)


def _raise_unless_dry() -> None:
    number = ctypes.get_errno()
    if number not in (errno.EAGAIN, errno.EINTR):
        raise OSError(number, os.strerror(number))
