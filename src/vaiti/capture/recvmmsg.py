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


def available() -> bool:
    """Whether this system has the call and lays out its structures as written here."""
    return sys.platform == "linux" and sys.maxsize > 2**32


class BatchReceiver:
    """Reads sockets dry, as many as the buffer holds, and hands out the rest for another turn."""

    asks_kernel = True

    def __init__(self) -> None:
        self.rows = np.zeros((BATCH, ROW), np.uint8)
        self._names = np.zeros(BATCH, _ADDRESS)
        self._controls = np.zeros(BATCH, _TIME)
        self._vectors = np.zeros(BATCH, _VECTOR)
        self._headers = np.zeros(BATCH, _HEADER)
        self._vectors["base"] = _addresses(self.rows)
        self._vectors["length"] = ROW
        self._headers["name"] = _addresses(self._names)
        self._headers["iov"] = _addresses(self._vectors)
        self._headers["iovlen"] = 1
        self._headers["control"] = _addresses(self._controls)
        self._renew(BATCH)
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
        call, at, filled = self._call, self._first, 0
        counts: list[int] = []
        for descriptor in descriptors:
            if filled > BATCH - PER_CALL:
                break
            got = call(descriptor, at, PER_CALL, socket.MSG_DONTWAIT, None)
            if got < 0:
                _raise_unless_dry()
                got = 0
            counts.append(got)
            filled += got
            at += got * _HEADER.itemsize
        return self._batch(filled, counts)

    def _batch(self, filled: int, counts: list[int]) -> Batch:
        headers = self._headers[:filled]
        length = headers["length"].astype(np.int64)
        cut = headers["flags"] & socket.MSG_TRUNC
        if cut.any():
            length[cut != 0] = ROW + 1
        host, port = self._senders(filled)
        times = self._controls[:filled]
        arrival_us = times["seconds"] * 1_000_000 + times["nanoseconds"] // _MICROSECOND
        self._renew(filled)
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


def _addresses(array: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Where each row of `array` lies in memory."""
    stride = array.strides[0]
    return np.uint64(array.ctypes.data) + np.arange(len(array), dtype=np.uint64) * np.uint64(stride)


def _raise_unless_dry() -> None:
    number = ctypes.get_errno()
    if number not in (errno.EAGAIN, errno.EINTR):
        raise OSError(number, os.strerror(number))
