"""SIP over TCP: connections that the next recorder can go on with, where somebody holds them.

What comes is looked at where the kernel has it (MSG_PEEK) and taken once it was heard, whole
message by whole message. So the half of one waits for whoever reads next. What was heard and not
taken yet is heard again by the next recorder, whose transactions answer it as before. Of a message
that goes on to another process there is a receipt: until that one has heard it, it is not taken.
"""

import asyncio
import contextlib
import errno
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from vaiti.capture.recorder.turns import looked_before, unread_us
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.framing import Framer, KeepAlive
from vaiti.capture.sip.message import MAX_MESSAGE_BYTES

MAX_UNSENT = 1 << 20  # in bytes, for one connection; a peer that does not read is let go
IDLE_S = 7200.0  # seconds without a byte after which a connection is closed: longer than calls
LOOK = MAX_MESSAGE_BYTES + (64 << 10)  # bytes looked at: what was seen already, and some more
MAX_PASSED = 32 << 10  # bytes that wait for receipts; of more the eldest are taken all the same
WAITING = 100  # connections that wait to be accepted
ACCEPTED = 16  # at a time
REST_S = 1.0  # without accepting, where there is no descriptor or memory for one more

WAITED_S = 0.1  # from which on it matters when a message came, and not only when it was heard
TICK_S = 0.01  # by which the kernel's clock for that may be behind

_SINCE_DATA = slice(52, 56)  # of TCP_INFO: for how many milliseconds nothing has come
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


class Holder(Protocol):
    """Who holds sockets for the next recorder, by name."""

    def hold(self, name: str, descriptor: int) -> None: ...

    def let_go(self, name: str) -> None: ...


class Receipt:
    """Of a message that went on to another process: `settle` it when that one has heard it, or is
    not waited for any more."""

    def __init__(self) -> None:
        self.settled = False
        self.then: Callable[[], None] | None = None

    def settle(self) -> None:
        self.settled = True
        if self.then is not None:
            self.then()


class Around(Protocol):
    """Who has the connection."""

    linger_s: float

    def heard(
        self, data: bytes, flow: Flow, arrived_us: int = 0, doubt_us: int = 0
    ) -> Receipt | None:
        """None: from the next `rest` on it need not be heard again. `arrived_us`: when it came, if
        that is some time ago; by `doubt_us` it may have come earlier."""
        ...

    def rest(self) -> None:
        """No more is heard just now: what was heard is answered."""
        ...

    def ended(self, number: int) -> None: ...

    def keep(self, name: str, descriptor: int | None) -> None:
        """Whether somebody may go on with the connection: None for not now, or never again."""


def came(sock: socket.socket) -> int:
    """When the newest of what the kernel has came, in microseconds since the epoch, if it has
    waited for somebody; 0 for just now, and where the system does not tell."""
    if sys.platform != "linux":
        return 0
    told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SINCE_DATA.stop)
    waited_s = int.from_bytes(told[_SINCE_DATA], sys.byteorder) / 1000
    return round((time.time() - waited_s + TICK_S) * 1e6) if waited_s >= WAITED_S else 0


def _doubt_us(since: float, came_us: int) -> int:
    """How long before the newest of what came since then the eldest may have come."""
    waited_us = max(0, time.time_ns() // 1000 - came_us) if came_us else 0
    return max(0, unread_us(since) - waited_us)


def name_of(number: int) -> str:
    """By what the next recorder knows a connection."""
    return f"tcp:{number}"


def numbers_of(names: Iterable[str]) -> set[int]:
    """Of the connections among what is held."""
    return {int(name.removeprefix("tcp:")) for name in names if name.startswith("tcp:")}


class Stream:
    """One connection over TCP. Raises OSError where the peer has gone already."""

    def __init__(self, sock: socket.socket, number: int, around: Around) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        local, remote = sock.getsockname(), sock.getpeername()
        self.flow = Flow("tcp", Address(*local[:2]), Address(*remote[:2]), number)
        self._sock, self._around = sock, around
        self._loop = asyncio.get_running_loop()
        self._framer = Framer()
        self._passed: deque[tuple[int, list[Receipt]]] = deque()  # how many bytes, and what of them
        self._ahead = 0  # bytes of those, which the kernel still holds
        self._seen = 0  # bytes after those that the framer has and the kernel still holds
        self._ours = 0  # bytes of a half message that the framer alone has
        self._unsent = bytearray()
        self._kept = False
        self._closing = False
        self._idle: asyncio.TimerHandle | None = None
        self._looked = float("-inf")  # when all that the kernel had was seen, by our clock

    def begin(self) -> None:
        self._want(1)
        self._tell()
        self._wait()
        self._loop.add_reader(self._sock, self._readable)

    def send(self, data: bytes) -> None:
        if self._closing:
            return
        self._unsent += data
        if len(self._unsent) == len(data):
            self._write()
        if len(self._unsent) > MAX_UNSENT:
            self._loop.call_soon(self.close)

    def close(self) -> None:
        """For good, whoever else holds it."""
        if self._closing:
            return
        self._leave()
        self._around.keep(name_of(self.flow.connection), None)
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
        self._around.ended(self.flow.connection)

    def leave(self) -> None:
        """To whoever else holds it."""
        if not self._closing:
            self._leave()
            self._sock.close()

    def _leave(self) -> None:
        self._closing = True
        self._loop.remove_reader(self._sock)
        self._loop.remove_writer(self._sock)
        if self._idle is not None:
            self._idle.cancel()

    # What comes

    def _readable(self) -> None:
        looking, most = time.monotonic(), self._ahead + LOOK
        try:
            data = self._sock.recv(most, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            self.close()
            return
        fresh = data[self._ahead + self._seen :]
        if not data:
            self.close()
        elif fresh:
            self._wait()
            since = self._unread_since()
            if len(data) < most:
                self._looked = looking
            self._feed(fresh, len(data), since)
        else:
            self._take_over(len(data))

    def _unread_since(self) -> float:
        """From when on what is read now may have come. A turn tells of sockets that were there."""
        return max(self._looked, looked_before()) if self._looked > 0 else self._looked

    def _feed(self, fresh: bytes, there: int, since: float) -> None:
        """What we could not hear to its end is not to be heard for ever: the connection ends."""
        receipts: list[Receipt] = []
        try:
            try:
                self._hear(self._framer.feed(fresh), since, receipts)
            finally:
                self._around.rest()
        except Exception:
            self._loop.call_soon(self.close)
            raise
        if not self._closing:
            self._heard(receipts, there - self._ahead)

    def _hear(
        self, frames: Sequence[bytes | KeepAlive], since: float, receipts: list[Receipt]
    ) -> None:
        came_us = came(self._sock)
        doubt_us = _doubt_us(since, came_us)
        for left, each in zip(range(len(frames), 0, -1), frames, strict=True):
            newest = left == 1 and not self._framer.held
            if isinstance(each, KeepAlive):
                self.send(each.reply)
                continue
            told = (each, self.flow, came_us, 0 if newest else doubt_us)
            if (receipt := self._around.heard(*told)) is not None:
                receipts.append(receipt)

    def _heard(self, receipts: list[Receipt], there: int) -> None:
        """`there`: how many bytes the kernel has behind those that wait for receipts."""
        held = self._framer.held
        self._seen = min(held, there)
        self._ours = held - self._seen
        if there > self._seen:
            self._passed.append((there - self._seen, receipts))
            self._ahead += there - self._seen
        for each in receipts:
            each.then = self._settled
        self._take()
        if self._framer.broken:
            self._loop.remove_reader(self._sock)
            self._loop.call_later(self._around.linger_s, self.close)

    def _settled(self) -> None:
        if self._passed and all(each.settled for each in self._passed[0][1]):
            self._take()

    def _take(self) -> None:
        """What was heard to its end; and the eldest, where too much waits for that."""
        while self._passed and not self._closing:
            count, receipts = self._passed[0]
            waits = not all(each.settled for each in receipts)
            if waits and (self._ahead <= MAX_PASSED or len(self._passed) == 1):
                break
            self._passed.popleft()
            self._ahead -= count
            self._drop(count)
        if not self._closing:
            self._want(self._ahead + self._framer.wanted - self._ours)
            self._tell()

    def _take_over(self, there: int) -> None:
        """Woken for nothing new: the peer has ended in mid-message, or the kernel wants its memory
        back. From now on what we have seen would die with us; first what others have by now."""
        if self._passed:
            there = self._ahead
            self._passed.clear()
            self._ahead = 0
        else:
            self._ours += there
            self._seen = 0
        self._drop(there)
        self._want(self._framer.wanted - self._ours)
        self._tell()

    def _drop(self, count: int) -> None:
        while count:
            try:
                taken = len(self._sock.recv(count))
            except OSError:
                taken = 0
            if not taken:  # the peer has cut it off meanwhile
                self._loop.call_soon(self.close)
                return
            count -= taken

    def _want(self, count: int) -> None:
        """Not to be woken again for what was seen already."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, max(1, count))

    def _wait(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = self._loop.call_later(IDLE_S, self.close)

    # What goes

    def _write(self) -> None:
        try:
            sent = self._sock.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._unsent.clear()
            self._loop.call_soon(self.close)
            return
        del self._unsent[:sent]
        self._tell()
        if self._unsent:
            self._loop.add_writer(self._sock, self._write)
        else:
            self._loop.remove_writer(self._sock)

    def _tell(self) -> None:
        """Nobody goes on in the middle of what we alone have, in either direction."""
        whole = not (self._ours or self._unsent or self._framer.broken)
        if whole != self._kept:
            self._kept = whole
            descriptor = self._sock.fileno() if whole else None
            self._around.keep(name_of(self.flow.connection), descriptor)


class Entrance:
    """A socket that listens for such connections; `came` gets each."""

    def __init__(self, sock: socket.socket, came: Callable[[socket.socket], None]) -> None:
        sock.setblocking(False)
        self.sock, self._came = sock, came
        self._loop = asyncio.get_running_loop()
        self._resting: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        self._resting = None
        self._loop.add_reader(self.sock, self._knocked)

    def close(self) -> None:
        if self._resting is not None:
            self._resting.cancel()
        self._loop.remove_reader(self.sock)
        self.sock.close()

    def _knocked(self) -> None:
        for _ in range(ACCEPTED):
            try:
                accepted, _ = self.sock.accept()
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._rest()
                return  # nobody waits, or whoever did has gone
            self._came(accepted)

    def _rest(self) -> None:
        """Whoever waits would wake us without end."""
        self._loop.remove_reader(self.sock)
        self._resting = self._loop.call_later(REST_S, self.begin)


def listening(host: str, port: int) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=WAITING)
