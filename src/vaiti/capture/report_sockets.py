"""The ports beside the streams', on which senders say what they send (RFC 3550 section 11).

One question to the kernel tells which of them have anything: they are as many as the streams, and
nearly all of them are silent nearly always.
"""

import socket
from collections.abc import Iterator

from vaiti.capture.parts import Watched
from vaiti.capture.rtp.rtcp import MAX_DATAGRAM

MOST_REPORTS = 8  # datagrams taken from one socket at a time


class ReportSockets:
    """By the slots of their streams; not every stream has one."""

    def __init__(self) -> None:
        self._watched = Watched()
        self._sockets: dict[int, socket.socket] = {}

    def add(self, slot: int, sock: socket.socket) -> None:
        self._sockets[slot] = sock
        self._watched.add(slot, sock)

    def get(self, slot: int) -> socket.socket | None:
        return self._sockets.get(slot)

    def close(self, slot: int) -> bool:
        """Whether there was one."""
        sock = self._sockets.pop(slot, None)
        if sock is None:
            return False
        self._watched.remove(sock)
        sock.close()
        return True

    def waiting(self) -> Iterator[tuple[int, bytes, str]]:
        """The slot, the datagram and the sender's host of what has come."""
        for slot in self._watched.waiting():
            for _ in range(MOST_REPORTS):
                try:
                    datagram, sender = self._sockets[slot].recvfrom(MAX_DATAGRAM)
                except OSError:
                    break  # nothing waits
                yield slot, datagram, sender[0]
