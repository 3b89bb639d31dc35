"""Owns the RTP sockets, one a track, and empties them in turns: no event for a packet.

A sweep over all sockets begins every INTERVAL and is cut into PARTS, so that SIP is answered
between two of them. The parts follow each other without a pause, while the caches are warm. What
the kernel holds meanwhile (256 packets in a default buffer, five seconds of one stream) is the
jitter buffer of the recorder.
"""

import errno
import secrets
import socket
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vaiti.capture import recvmmsg
from vaiti.capture.recvmmsg import PER_CALL
from vaiti.capture.recvmsg import SingleReceiver
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.rtcp import MAX_DATAGRAM
from vaiti.capture.rtp.stream import Stream, host_of
from vaiti.capture.rtp.table import Kept, StreamTable, TableFull
from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp import Opener

INTERVAL = 0.5  # seconds from one sweep to the next; a socket's buffer holds ten times that
PARTS = 40  # of a sweep
REPORTS_EVERY = 2  # sweeps: a second; senders report every five or so
MOST_REPORTS = 8  # datagrams taken from one socket at a time
MOST_TURNS = 32  # in which the sockets of one call are emptied

_SO_MEMINFO = 55  # Linux: nine counters of 32 bits; the last counts what did not fit
_IN_USE = (errno.EADDRINUSE, errno.EACCES)


class NoPort(OSError):
    """No port of the range is free, or there are no descriptors left."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where RTP may be received: even ports from `first` to `last`, or any if `first` is 0."""

    first: int = 0
    last: int = 0


class Receiver(Protocol):
    """Both ways to empty sockets behave alike but for the precision of arrival times.

    `asks_kernel`: whether the kernel notes them, or they are those of reading.
    """

    asks_kernel: bool

    def prepare(self, sock: socket.socket) -> None: ...

    def receive(self, sockets: Sequence[socket.socket]) -> Batch: ...


def best_receiver(clock_us: Callable[[], int]) -> Receiver:
    """The faster one where the system has it. `clock_us` gives microseconds since the epoch."""
    return recvmmsg.BatchReceiver() if recvmmsg.available() else SingleReceiver(clock_us)


@dataclass(slots=True)
class _Part:
    """The sockets that are emptied in one turn."""

    slots: list[int] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)
    column: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, slot: int, sock: socket.socket) -> None:
        self.slots.append(slot)
        self.sockets.append(sock)
        self.column = np.array(self.slots, np.int64)

    def remove(self, slot: int) -> socket.socket:
        at = self.slots.index(slot)
        del self.slots[at]
        self.column = np.array(self.slots, np.int64)
        return self.sockets.pop(at)


class Drain:
    """The sockets and streams of all calls. `shift_us` is added to the kernel's arrival times."""

    def __init__(self, receiver: Receiver, ports: Ports, receive_buffer: int = 0) -> None:
        self.table = StreamTable()
        self.shift_us = 0
        self._receiver = receiver
        self._ports = ports
        self._receive_buffer = receive_buffer
        self._parts = [_Part() for _ in range(PARTS)]
        self._part_of: dict[int, _Part] = {}
        self._openers: dict[int, Opener] = {}
        self._reports: dict[int, socket.socket] = {}
        self._sweeps = [0] * PARTS

    def __len__(self) -> int:
        return len(self._part_of)

    @property
    def slots(self) -> list[int]:
        """Of all open sockets."""
        return list(self._part_of)

    def open(self, host: str, stream: Stream, beside: int | None = None) -> tuple[int, int]:
        """Binds a socket on `host`; returns its slot and port. Raises NoPort.

        The streams of one call are emptied together when each is opened `beside` another.
        """
        sock = self._bind(host)
        try:
            slot = self.table.add(stream)
        except TableFull as error:
            sock.close()
            raise NoPort(errno.ENFILE, "no more streams than the table holds") from error
        part = self._part_of[beside] if beside is not None else self._smallest()
        part.add(slot, sock)
        self._part_of[slot] = part
        port: int = sock.getsockname()[1]
        beside_it = _bound_beside(host, port)
        if beside_it is not None:
            self._reports[slot] = beside_it
        return slot, port

    def secure(self, slot: int, crypto: Crypto | None) -> None:
        """From now on the slot's packets are SRTP with this key, or plain RTP. The same key goes on
        counting where it was."""
        known = self._openers.get(slot)
        if crypto is None:
            self._openers.pop(slot, None)
        elif known is None or known.crypto != crypto:
            self._openers[slot] = Opener(crypto)

    def close(self, slot: int) -> Stream:
        """Closes the socket; what the kernel had no room for is counted as `buffer_full`."""
        sock = self._part_of.pop(slot).remove(slot)
        self._openers.pop(slot, None)
        stream = self.table.remove(slot)
        overflowed = _overflowed(sock)
        if overflowed:
            stream.drops[Drop.BUFFER_FULL] += overflowed
        sock.close()
        reports = self._reports.pop(slot, None)
        if reports is not None:
            reports.close()
        return stream

    def sweep(self, part: int) -> list[Kept]:
        """Empties the sockets of one part."""
        chosen = self._parts[part]
        self._sweeps[part] += 1
        if self._sweeps[part] % REPORTS_EVERY == 0:
            for slot in chosen.slots:
                self._take_reports(slot)
        return self._take(chosen.column, chosen.sockets)

    def sweep_only(self, slots: Sequence[int]) -> list[Kept]:
        """Empties the sockets of one call, to the last packet."""
        sockets = [self._socket(slot) for slot in slots]
        kept: list[Kept] = []
        for chosen, batch in self._dry(np.array(slots, np.int64), sockets):
            kept += self._accept(chosen, batch)
        return kept

    def sweep_until(self, slot: int, at_us: int) -> tuple[list[Kept], list[Batch]]:
        """Empties one socket: what it had at `at_us`, and what came later, not yet judged."""
        kept: list[Kept] = []
        later: list[Batch] = []
        for chosen, batch in self._dry(np.array([slot], np.int64), [self._socket(slot)]):
            early = batch.arrival_us < at_us
            kept += self._accept(chosen, _some_of_one(batch, early))
            later.append(_some_of_one(batch, ~early))
        return kept, later

    def take_later(self, slot: int, later: Sequence[Batch]) -> list[Kept]:
        """Judges what `sweep_until` left."""
        slots = np.array([slot], np.int64)
        return [kept for batch in later for kept in self._accept(slots, batch)]

    def _socket(self, slot: int) -> socket.socket:
        part = self._part_of[slot]
        return part.sockets[part.slots.index(slot)]

    def _take_reports(self, slot: int) -> None:
        """What a sender says of its streams on the port beside theirs (RFC 3550 section 11)."""
        sock = self._reports.get(slot)
        if sock is None:
            return
        stream, opener = self.table[slot], self._openers.get(slot)
        for _ in range(MOST_REPORTS):
            try:
                datagram, sender = sock.recvfrom(MAX_DATAGRAM)
            except OSError:
                return  # nothing waits
            if stream.host is None or host_of(sender[0]) != stream.host:
                continue
            plain = opener.report(datagram) if opener is not None else datagram
            if plain:
                stream.hear(plain)

    def _smallest(self) -> _Part:
        return min(self._parts, key=lambda each: len(each.slots))

    def _take(self, slots: NDArray[np.int64], sockets: list[socket.socket]) -> list[Kept]:
        kept: list[Kept] = []
        for chosen, batch in self._batches(slots, sockets):
            kept += self._accept(chosen, batch)
        return kept

    def _batches(
        self, slots: NDArray[np.int64], sockets: list[socket.socket]
    ) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """What waits; each batch is good until the next is asked for."""
        done = 0
        while done < len(sockets):
            batch = self._receiver.receive(sockets[done:] if done else sockets)
            count = len(batch.counts)
            if self.shift_us:
                batch = batch._replace(arrival_us=batch.arrival_us + self.shift_us)
            yield slots[done : done + count], batch
            done += count

    def _dry(
        self, slots: NDArray[np.int64], sockets: list[socket.socket]
    ) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """A large buffer holds more than is taken of a socket at a time; a flood has an end."""
        for _ in range(MOST_TURNS):
            full = False
            for chosen, batch in self._batches(slots, sockets):
                full = full or bool((batch.counts >= PER_CALL).any())
                yield chosen, batch
            if not full:
                return

    def _accept(self, slots: NDArray[np.int64], batch: Batch) -> list[Kept]:
        if self._openers:
            batch = self._opened(slots.tolist(), batch)
        return self.table.accept(slots, batch) if len(batch.length) else []

    def _opened(self, slots: list[int], batch: Batch) -> Batch:
        """The batch with its SRTP packets opened; those that nobody vouches for are left out."""
        fine, counts, end = np.ones(len(batch.length), np.bool_), batch.counts.copy(), 0
        for index, slot in enumerate(slots):
            start, end = end, end + int(batch.counts[index])
            opener = self._openers.get(slot)
            if opener is None or start == end:
                continue
            proven = self._prove(slot, opener, batch, slice(start, end))
            fine[start:end], counts[index] = proven, np.count_nonzero(proven)
        if fine.all():
            return batch
        return _some(batch, fine, counts)

    def _prove(self, slot: int, opener: Opener, batch: Batch, chosen: slice) -> NDArray[np.bool_]:
        """A stranger's packets are not tried: a copy must not pass for the first of its kind."""
        stream, senders = self.table[slot], batch.host[chosen]
        theirs = np.ones(len(senders), np.bool_)
        if stream.host is not None:
            theirs = (senders == np.array(stream.host, np.uint64)).all(axis=1)
        spent = opener.spent
        proven = opener.open(batch.rows[chosen], batch.length[chosen], np.flatnonzero(theirs))
        spent = opener.spent - spent
        unproven = int(np.count_nonzero(~proven)) - spent
        if unproven:
            stream.drops[Drop.UNPROVEN] += unproven
        if spent:
            stream.drops[Drop.KEY_SPENT] += spent
        return proven

    def _bind(self, host: str) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            sock = socket.socket(family, socket.SOCK_DGRAM)
        except OSError as error:
            raise NoPort(error.errno, "no descriptor is left for an RTP socket") from error
        try:
            sock.setblocking(False)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            if self._receive_buffer:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
            self._receiver.prepare(sock)
            _bind_in(sock, host, self._ports)
        except BaseException:
            sock.close()
            raise
        return sock


def _some(batch: Batch, chosen: NDArray[np.bool_], counts: NDArray[np.int64]) -> Batch:
    rows, length, host, port, arrival_us, _ = batch
    return Batch(
        rows[chosen], length[chosen], host[chosen], port[chosen], arrival_us[chosen], counts
    )


def _some_of_one(batch: Batch, chosen: NDArray[np.bool_]) -> Batch:
    """A copy: the receiver writes over its own rows."""
    return _some(batch, chosen, np.array([np.count_nonzero(chosen)], np.int64))


def _bind_in(sock: socket.socket, host: str, ports: Ports) -> None:
    """Takes a random free port, so that the next one cannot be foretold. Raises NoPort."""
    if not ports.first:
        sock.bind((host, 0))
        return
    even = range(ports.first + ports.first % 2, ports.last + 1, 2)
    start = secrets.randbelow(max(1, len(even)))
    for step in range(len(even)):
        try:
            sock.bind((host, even[(start + step) % len(even)]))
        except OSError as error:
            if error.errno not in _IN_USE:
                raise
        else:
            return
    raise NoPort(errno.EADDRINUSE, "no port of the RTP range is free")


def _bound_beside(host: str, port: int) -> socket.socket | None:
    """A socket for reports, if there is room for one: no call is lost for the want of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return None
    try:
        sock.setblocking(False)
        sock.bind((host, port + 1))
    except (OSError, OverflowError):
        sock.close()
        return None
    return sock


def _overflowed(sock: socket.socket) -> int:
    """Packets that the kernel dropped because the socket's buffer was full; 0 where not told."""
    if not recvmmsg.available():
        return 0
    counters = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
    return int(struct.unpack("=9I", counters)[8]) if len(counters) == 36 else 0
