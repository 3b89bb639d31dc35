"""Owns the RTP sockets, one a track, and empties them in turns: no event for a packet.

A sweep over all sockets begins every INTERVAL and is cut into PARTS, so that SIP is answered
between two of them. The parts follow each other without a pause, while the caches are warm. What
the kernel holds meanwhile (256 packets in a default buffer, five seconds of one stream) is the
jitter buffer of the recorder.
"""

import errno
import socket
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vaiti.capture import recvmmsg
from vaiti.capture.binding import NoPort, Ports, bound, bound_beside, overflowed
from vaiti.capture.openers import Openers
from vaiti.capture.parts import Part, Sockets, something_waits
from vaiti.capture.recvmmsg import PER_CALL
from vaiti.capture.recvmsg import SingleReceiver
from vaiti.capture.report_sockets import ReportSockets
from vaiti.capture.ring import PacketRing, unspare
from vaiti.capture.ring_beside import Beside
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch, some_of_one
from vaiti.capture.rtp.stream import Stream, host_of
from vaiti.capture.rtp.table import Kept, StreamTable, TableFull
from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp import Counted, Opener

INTERVAL = 0.5  # seconds from one sweep to the next; a socket's buffer holds ten times that
PARTS = 40  # of a sweep
WORTH_A_TURN = 64  # streams: a turn has its own price, however few it is for
REPORTS_EVERY = 2  # sweeps: a second; senders report every five or so
CROWDED = 0.75  # of the ring: packets of all streams are lost soon
MOST_TURNS = 32  # in which the sockets of one call are emptied


class Receiver(Protocol):
    """Both ways to empty sockets behave alike but for the precision of arrival times.

    `asks_kernel`: whether the kernel notes them, or they are those of reading.
    """

    asks_kernel: bool
    left: tuple[int, list[int], Batch]

    def prepare(self, sock: socket.socket) -> None: ...

    def receive(self, sockets: Sequence[socket.socket]) -> Batch: ...

    def stage(self, number: int, sockets: "array[int]") -> None: ...


def best_receiver(clock_us: Callable[[], int], memory: memoryview | None = None) -> Receiver:
    """The faster one where the system has it. `clock_us` gives microseconds since the epoch;
    `memory` may outlive this process."""
    return recvmmsg.BatchReceiver(memory) if recvmmsg.available() else SingleReceiver(clock_us)


@dataclass(frozen=True, slots=True)
class Left:
    """One track's stream as another process left it. `number` is its socket's; of the newest packet
    kept `last_us`; `counted` is of its SRTP packets."""

    number: int
    stream: Stream
    last_us: int
    packets: int
    crypto: Crypto | None = field(default=None, repr=False)
    counted: Counted | None = field(default=None, repr=False)


class Drain:
    """The sockets and streams of all calls. `shift_us` is added to the kernel's arrival times."""

    def __init__(
        self,
        receiver: Receiver,
        ports: Ports,
        receive_buffer: int = 0,
        ring: PacketRing | None = None,
    ) -> None:
        """Packets come by the `ring`, too, where there is one."""
        self.table = StreamTable()
        self.shift_us = 0
        self._receiver = receiver
        self._ports = ports
        self._receive_buffer = receive_buffer
        self._beside = Beside(ring) if ring is not None else None
        self._parts = [Part(place) for place in range(PARTS)]
        self._part_of: dict[int, Part] = {}
        self.openers = Openers(self.table)
        self._reports = ReportSockets()
        self._sweeps = 0
        self._numbers: dict[int, int] = {}
        self._serials = count(1)
        self.before: Callable[[], int] | None = None
        """Called before sockets are read: what was read before is safe when it returns; the number
        of the transaction that will have taken in what is read now."""
        self.sockets = Sockets()
        self.swept: int | None = None
        """The part that was emptied last."""

    def __len__(self) -> int:
        return len(self._part_of)

    @property
    def crowded(self) -> bool:
        """Whether the ring was nearly full when it was looked at last: it is no longer read in
        time."""
        return self._beside is not None and self._beside.share > CROWDED

    @property
    def behind(self) -> bool:
        """Whether more had come than was read in one sweep: the next is due now."""
        return self._beside is not None and self._beside.more

    @property
    def held(self) -> dict[str, int]:
        """Descriptors beside those of the streams, by name."""
        return self._beside.held if self._beside is not None else {}

    @property
    def slots(self) -> list[int]:
        """Of all open sockets."""
        return list(self._part_of)

    def open(self, host: str, stream: Stream, beside: int | None = None) -> tuple[int, int]:
        """Binds a socket on `host`; returns its slot and port. Raises NoPort.

        The streams of one call are emptied together when each is opened `beside` another.
        """
        sock = bound(host, self._ports, self._receive_buffer, self._receiver.prepare)
        try:
            slot = self.table.add(stream)
        except TableFull as error:
            sock.close()
            raise NoPort(errno.ENFILE, "no more streams than the table holds") from error
        port: int = sock.getsockname()[1]
        self._put(slot, next(self._serials), sock, bound_beside(host, port), beside)
        return slot, port

    def go_on(
        self, left: Left, sock: socket.socket, reports: socket.socket | None, beside: int | None
    ) -> int:
        """Takes over a stream and its sockets from another process; returns its slot."""
        slot = self.table.add(left.stream)
        self.table.count_on(slot, left.last_us, left.packets)
        self._put(slot, left.number, sock, reports, beside)
        if self._beside is None:
            unspare(sock)
        self._serials = count(max(left.number + 1, next(self._serials)))
        if left.crypto is not None:
            self.openers.put(slot, Opener(left.crypto, left.counted, lasting=True))
        return slot

    def resume(self, slot: int) -> None:
        """The stream is as the other process left it: what that had read is not read again, be it
        that it was not kept, and would be by now."""
        if self._beside is not None:
            read_us = max(self.table.last_us(slot), self.table[slot].read_us)
            self._beside.resume(slot, self._socket(slot), read_us - self.shift_us)

    def left(self, slot: int) -> Left:
        """For `go_on` of the next process."""
        opener = self.openers.get(slot)
        return Left(
            self._numbers[slot],
            self.table[slot],
            self.table.last_us(slot),
            self.table.packets(slot),
            *((opener.crypto, opener.counted) if opener is not None else (None, None)),
        )

    def _put(
        self,
        slot: int,
        number: int,
        sock: socket.socket,
        reports: socket.socket | None,
        beside: int | None,
    ) -> None:
        part = self._part_of[beside] if beside is not None else self._with_room()
        part.add(slot, sock)
        if self._beside is not None:
            self._beside.add(slot, sock, part.place)
        self._part_of[slot], self._numbers[slot] = part, number
        if reports is not None:
            self._reports.add(slot, reports)
        if self.before is not None:
            self.keep(slot)

    def keep(self, slot: int) -> None:
        """The slot's sockets are to be held by somebody else too."""
        number, part = self._numbers[slot], self._part_of[slot]
        self.sockets.open(f"rtp:{number}", part.sockets[part.slots.index(slot)])
        reports = self._reports.get(slot)
        if reports is not None:
            self.sockets.open(f"rtcp:{number}", reports)

    def number(self, slot: int) -> int:
        """By what the slot's socket is known to the next process."""
        return self._numbers[slot]

    def part(self, place: int) -> NDArray[np.int64]:
        """The slots that are emptied in one turn."""
        return self._parts[place].column

    def secure(self, slot: int, crypto: Crypto | None) -> None:
        """From now on the slot's packets are SRTP with this key, or plain RTP. The same key goes on
        counting where it was."""
        self.openers.secure(slot, crypto)

    def close(self, slot: int) -> Stream:
        """Closes the socket; what the kernel had no room for is counted as `buffer_full`."""
        sock = self._part_of.pop(slot).remove(slot)
        self.openers.remove(slot)
        stream = self.table.remove(slot)
        lost = overflowed(sock)
        if self._beside is not None:
            lost = self._beside.remove(slot, sock, lost)
        if lost:
            stream.drops[Drop.BUFFER_FULL] += lost
        sock.close()
        number = self._numbers.pop(slot)
        if self.before is not None:
            self.sockets.close(f"rtp:{number}")
        if self._reports.close(slot) and self.before is not None:
            self.sockets.close(f"rtcp:{number}")
        return stream

    def sweep(self, part: int) -> Iterator[Kept]:
        """Empties the sockets of one part."""
        chosen = self._parts[part]
        if part == 0:
            self._begin_sweep()
        if not chosen.slots:
            return
        yield from self._take(chosen.column, chosen.sockets, part)

    def let_go(self, part: int) -> None:
        """What the sweep of this part read is safe: its memory may be written over."""
        if part == PARTS - 1 and self._beside is not None:
            self._beside.end()

    def _begin_sweep(self) -> None:
        self._sweeps += 1
        if self._sweeps % REPORTS_EVERY == 0:
            self._take_reports()
        if self._beside is not None:
            self._beside.begin()

    def sweep_only(self, slots: Sequence[int]) -> Iterator[Kept]:
        """Empties the sockets of one call, to the last packet."""
        for chosen, batch in self._dry(slots):
            yield from self._accept(chosen, batch)

    def sweep_until(self, slot: int, at_us: int) -> tuple[list[Kept], list[Batch]]:
        """Empties one socket: what it had at `at_us`, and what came later, not yet judged."""
        kept: list[Kept] = []
        later: list[Batch] = []
        for chosen, batch in self._dry([slot]):
            early = batch.arrival_us < at_us
            kept += self._accept(chosen, some_of_one(batch, early))
            later.append(some_of_one(batch, ~early))
        return kept, later

    def take_later(self, slot: int, later: Sequence[Batch]) -> list[Kept]:
        """Judges what `sweep_until` left."""
        slots = np.array([slot], np.int64)
        return [kept for batch in later for kept in self._accept(slots, batch)]

    def _socket(self, slot: int) -> socket.socket:
        part = self._part_of[slot]
        return part.sockets[part.slots.index(slot)]

    def _take_reports(self) -> None:
        """What senders say of their streams on the ports beside theirs."""
        for slot, datagram, host in self._reports.waiting():
            stream, opener = self.table[slot], self.openers.get(slot)
            if stream.host is None or host_of(host) != stream.host:
                continue
            plain = opener.report(datagram) if opener is not None else datagram
            if plain:
                stream.hear(plain)

    def _with_room(self) -> Part:
        """The first that is not worth a turn yet, so that few streams are in few parts; else the
        smallest."""
        for each in self._parts:
            if len(each.slots) < WORTH_A_TURN:
                return each
        sizes = [len(each.slots) for each in self._parts]
        return self._parts[sizes.index(min(sizes))]

    def _take(
        self, slots: NDArray[np.int64], sockets: list[socket.socket], part: int
    ) -> Iterator[Kept]:
        for chosen, batch in self._batches(slots, sockets, part):
            yield from self._accept(chosen, batch)

    def _batches(
        self, slots: NDArray[np.int64], sockets: list[socket.socket], part: int | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """What waits; each batch is good until the next is asked for."""
        turns = self._received(slots, sockets, part)
        if self._beside is not None:
            turns = self._beside.turns(slots, sockets, part, self._received)
        for chosen, batch in turns:
            self._note(chosen, part)
            yield chosen, self._shifted(batch)

    def _shifted(self, batch: Batch) -> Batch:
        if not self.shift_us:
            return batch
        return batch._replace(arrival_us=batch.arrival_us + self.shift_us)

    def _received(
        self, slots: NDArray[np.int64], sockets: list[socket.socket], part: int | None = None
    ) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        done = 0
        while done < len(sockets):
            if self.before is not None:
                numbers = array("q", map(self._numbers.__getitem__, slots[done:].tolist()))
                self._receiver.stage(self.before(), numbers)
            batch = self._receiver.receive(sockets[done:] if done else sockets)
            count = len(batch.counts)
            yield slots[done : done + count], batch
            done += count

    def _note(self, slots: NDArray[np.int64], part: int | None) -> None:
        """Of what streams more than nothing will have changed."""
        self.swept = part
        if part is None:
            for slot in slots.tolist():
                self.table.touch(slot)

    def _dry(self, streams: Sequence[int]) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """A large buffer holds more than is taken of a socket at a time; a flood has an end."""
        sockets = [self._socket(slot) for slot in streams]
        if self._beside is None and not any(map(something_waits, sockets)):
            return  # most sockets of a call that begins, and a batch of nothing costs as much
        slots = np.array(streams, np.int64)
        for _ in range(MOST_TURNS):
            full = False
            for chosen, batch in self._batches(slots, sockets):
                full = full or bool((batch.counts >= PER_CALL).any())
                yield chosen, batch
            if not full:
                return

    def take_left(self, slots: Sequence[int], batch: Batch) -> list[Kept]:
        """What another process had received of these sockets, and had not taken in."""
        return self._accept(np.array(slots, np.int64), self._shifted(batch))

    def _accept(self, slots: NDArray[np.int64], batch: Batch) -> list[Kept]:
        if self.openers:
            batch = self.openers.opened(slots, batch)
        return self.table.accept(slots, batch) if len(batch.length) else []
