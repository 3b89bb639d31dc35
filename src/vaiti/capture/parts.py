"""The sockets of one turn of the drain, and whether anything waits in one."""

import select
import socket
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Part:
    """The sockets that are emptied in one turn, and which turn of a sweep that is."""

    place: int
    slots: list[int] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)
    _column: NDArray[np.int64] | None = None

    @property
    def column(self) -> NDArray[np.int64]:
        """The slots for numpy: asked for less often than calls come and go."""
        if self._column is None:
            self._column = np.array(self.slots, np.int64)
        return self._column

    def add(self, slot: int, sock: socket.socket) -> None:
        self.slots.append(slot)
        self.sockets.append(sock)
        self._column = None

    def remove(self, slot: int) -> socket.socket:
        at = self.slots.index(slot)
        del self.slots[at]
        self._column = None
        return self.sockets.pop(at)


@dataclass(slots=True)
class Sockets:
    """Those that somebody else is to hold too, by name: `opened` and `closed` since asked last."""

    opened: dict[str, int] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)

    def open(self, name: str, sock: socket.socket) -> None:
        self.opened[name] = sock.fileno()

    def close(self, name: str) -> None:
        if self.opened.pop(name, None) is None:
            self.closed.append(name)


class Watched:
    """Sockets of which one question to the kernel tells in which anything waits, by their slots.

    By epoll itself: the library's `selectors` take three times as long to add or remove one.
    """

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._slots: dict[int, int] = {}

    def add(self, slot: int, sock: socket.socket) -> None:
        descriptor = sock.fileno()
        self._epoll.register(descriptor, select.EPOLLIN)
        self._slots[descriptor] = slot

    def remove(self, sock: socket.socket) -> None:
        """Before it is closed: somebody else may hold it, too, and it would be told of yet."""
        descriptor = sock.fileno()
        self._epoll.unregister(descriptor)
        del self._slots[descriptor]

    def waiting(self) -> list[int]:
        if not self._slots:
            return []
        return [self._slots[each] for each, _ in self._epoll.poll(0, len(self._slots))]


def something_waits(sock: socket.socket) -> bool:
    try:
        sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True  # whoever reads it deals with it
    return True
