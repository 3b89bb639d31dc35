"""The ports beside the streams', on which senders say what they send (RFC 3550 section 11).

One question to the kernel tells which of them have anything: they are as many as the streams, and
nearly all of them are silent nearly always.
"""

import selectors
import socket
from collections.abc import Iterator

from vaiti.capture.rtp.rtcp import MAX_DATAGRAM

MOST_REPORTS = 8  # datagrams taken from one socket at a time


class ReportSockets:
    """By the slots of their streams; not every stream has one."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._sockets: dict[int, socket.socket] = {}

    def add(self, slot: int, sock: socket.socket) -> None:
        self._sockets[slot] = sock
        self._selector.register(sock, selectors.EVENT_READ, slot)

    def get(self, slot: int) -> socket.socket | None:
        return self._sockets.get(slot)

    def close(self, slot: int) -> bool:
        """Whether there was one."""
        sock = self._sockets.pop(slot, None)
        if sock is None:
            return False
        self._selector.unregister(sock)  # somebody else may hold it, too: it would be told of yet
        sock.close()
        return True

    def waiting(self) -> Iterator[tuple[int, bytes, str]]:
        """The slot, the datagram and the sender's host of what has come."""
        for key, _ in self._selector.select(0):
            for _ in range(MOST_REPORTS):
                try:
                    datagram, sender = self._sockets[key.data].recvfrom(MAX_DATAGRAM)
                except OSError:
                    break  # nothing waits
                yield key.data, datagram, sender[0]
