"""A packet ring: the kernel writes the plain RTP packets of all streams into memory of ours.

`recvmmsg` costs the kernel's way through a socket for each packet; a ring costs a look at memory
(AF_PACKET, PACKET_RX_RING: packet(7), Linux networking/packet_mmap). Sockets stay: they hold the
ports, and receive what the ring does not take. Needs CAP_NET_RAW when it is opened, and never
afterwards. The ring hears one interface, for one address, in front of the machine's own firewall.
"""

import ctypes
import errno
import mmap
import platform
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vaiti.capture import ring_filter
from vaiti.capture.binding import Ports, overflowed
from vaiti.capture.ring_frames import READY, arrivals, batch_of, frames_of, sound
from vaiti.capture.ring_size import FRAME
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.rtp.table import MAX_STREAMS

_BLOCK = 247 * 4096  # bytes: whole frames, and little less than a piece that the kernel has to give
_SOL_PACKET, _RX_RING, _STATISTICS, _VERSION, _SECOND = 263, 5, 6, 10, 1
_ATTACH_FILTER, _DETACH_FILTER = 26, 27
_IPV4 = 0x0800
_NOTED = 56  # in the first frame, between what the kernel writes: how many it had begun to fill
_ATTEMPTS = 3
_LOOK = 8192  # frames that are looked at in one step
_BATCH = 2048  # rows handed out at once
_A_SWEEP = 3  # one part in so many of the ring, at most: what is read is given back at its end
_NOBODY = -1
_TAKEN = 255  # in the column of parts

Turn = tuple[NDArray[np.int64], Batch]


class NoRing(OSError):
    """The ring cannot be opened; the text says what to change."""


def available() -> bool:
    """Whether this system has the ring, and orders memory as reading it without locks asks."""
    return sys.platform == "linux" and platform.machine() == "x86_64"


@dataclass(frozen=True, slots=True)
class Place:
    """What a ring hears: `ports` of `host`, an IPv4 address, on an `interface`; `size` in bytes."""

    host: str
    ports: Ports
    interface: str
    size: int

    @property
    def name(self) -> str:
        """By which another process knows that it is the one that it wants."""
        ports = f"{self.ports.first}-{self.ports.last}"
        return f"ring:{self.interface}:{self.host}:{ports}:{self.size}:{FRAME}"

    def hears(self, host: str, port: int) -> bool:
        """As the ring's filter does (`ring_filter.for_ring`)."""
        within = self.ports.first <= port <= self.ports.last
        return host == self.host and within and port % 2 == 0


class PacketRing:
    """Frames in the order of their arrival, each with the slot whose port it came to.

    What comes to a port is its slot's from `own` to `disown`: packets that came before or after
    belong to nobody, though they are read later. A place is counted from the ring's first frame on.
    """

    def __init__(self, place: Place, left: int | None = None) -> None:
        """`left` is the descriptor of the same ring that another process had, and ours from now
        on. Raises NoRing."""
        self.place, interface, ports = place, place.interface, place.ports
        self._socket = _opened(interface) if left is None else socket.socket(fileno=left)
        blocks = max(1, place.size // _BLOCK)
        try:
            number = socket.if_nametoindex(interface)
            if left is None:
                _Filter(ring_filter.for_ring(place.host, ports.first, ports.last)).attach(
                    self._socket
                )
                _give_room(self._socket, blocks)
            self._memory = mmap.mmap(self._socket.fileno(), _BLOCK * blocks)
            if left is None:
                self._socket.bind((interface, _IPV4))
        except OSError as error:
            self._socket.close()
            raise NoRing(error.errno, _fault(interface, error)) from error
        self._spared = _Filter(ring_filter.for_socket(number))
        whole = np.frombuffer(self._memory, np.uint8)
        self._frames = frames_of(whole.reshape(-1, FRAME))
        self._total = len(self._frames.status)
        self._noted = whole[_NOTED : _NOTED + 8].view(np.int64)
        self._owner = np.full(self._total, _NOBODY, np.int16)
        self._part = np.full(self._total, _TAKEN, np.uint8)
        self._slot_of = np.full(1 << 16, _NOBODY, np.int16)
        self._part_of = np.full(1 << 16, _TAKEN, np.uint8)
        self._begins = np.zeros(1 << 16, np.int64)
        self._since = np.zeros(MAX_STREAMS, np.int64)
        self._came = np.zeros(MAX_STREAMS, np.int64)
        self._resumed: dict[int, tuple[socket.socket, int]] = {}
        self._taken = self._seen = self._mark = self._begun = 0
        if left is not None:
            self._go_on()

    @property
    def descriptor(self) -> int:
        """By which another process goes on with the ring."""
        return self._socket.fileno()

    @property
    def share(self) -> float:
        """How much of it is full of what has not been read, as of the last look."""
        return (self._seen - self._taken) / self._total

    def own(self, slot: int, sock: socket.socket, part: int) -> None:
        """From now on what comes to the socket's port is the slot's, and not the socket's. A port
        or an address that the ring does not hear stays the socket's."""
        host, port = sock.getsockname()[:2]
        if not self.place.hears(host, port):
            unspare(sock)
            return
        self._slot_of[port], self._part_of[port] = slot, part
        self._begins[port] = self._since[slot] = self._filled()
        self._came[slot] = 0
        self._spared.attach(sock)

    def resume(self, slot: int, sock: socket.socket, after_us: int) -> None:
        """The slot had its port before this process: what waits is its, of what came `after_us`."""
        host, port = sock.getsockname()[:2]
        if self.place.hears(host, port):
            self._begins[port], self._since[slot] = 0, self._taken
            self._resumed[slot] = (sock, after_us)

    def disown(self, slot: int, port: int, refused: int) -> int:
        """What is not taken is nobody's. Of the packets that the socket `refused`, how many are
        not in the ring either: the kernel had no room for them."""
        if self._slot_of[port] != slot:
            return refused  # by the socket's own buffer: the ring never heard it
        if self._resumed or refused > self._came[slot]:
            self.look()
        left = self._of(slot)
        self._owner[left], self._part[left] = _NOBODY, _TAKEN
        self._slot_of[port], self._part_of[port] = _NOBODY, _TAKEN
        return max(0, refused - int(self._came[slot]) - len(left))

    def look(self) -> None:
        """Notes whose the packets are that came since the last look."""
        filled = self._filled()
        while self._step(filled):
            pass
        if self._resumed:
            self._settle()

    @property
    def more(self) -> bool:
        """Whether a sweep had to leave some of what was here when it began."""
        return self._seen > self._mark

    def mark(self) -> None:
        """A sweep begins: `part` tells what is here by now. Of a ring that is nearly full not all,
        or the kernel would have no room until the sweep ends, and lose as much as is read."""
        self.look()
        self._mark = min(self._seen, self._taken + self._total // _A_SWEEP)

    def part(self, part: int) -> Iterator[Turn]:
        """What is not taken of one part of the streams, as it was when the sweep began."""
        found = [low + np.flatnonzero(self._part[low:high] == part) for low, high in self._spans()]
        return self._take(np.concatenate(found) if found else np.zeros(0, np.int64))

    def only(self, slots: Sequence[int]) -> Iterator[Turn]:
        """What has come until now of a few streams."""
        self.look()
        found = [self._of(slot) for slot in slots]
        turns = self._take(np.concatenate(found) if found else np.zeros(0, np.int64))
        self._since[list(slots)] = self._seen
        return turns

    def release(self) -> None:
        """A sweep has ended: the kernel may write where all has been taken."""
        for low, high in self._spans():
            self._frames.status[low:high] = 0
        self._taken = self._mark

    def close(self) -> None:
        self._socket.close()

    def _step(self, filled: int) -> bool:
        """Whether there is more. A frame that is being filled yet waits for the next look."""
        low = self._seen % self._total
        most = min(_LOOK, self._total - low, filled - self._seen)
        ready = self._frames.status[low : low + most] & READY
        count = most if ready.all() else int(ready.argmin())
        if count:
            ports = self._frames.to_port[low : low + count].astype(np.intp)
            places = np.arange(self._seen, self._seen + count)
            theirs = self._begins[ports] <= places
            self._owner[low : low + count] = np.where(theirs, self._slot_of[ports], _NOBODY)
            self._part[low : low + count] = np.where(theirs, self._part_of[ports], _TAKEN)
            self._seen += count
        return 0 < count == most

    def _filled(self) -> int:
        """How many frames the kernel has ever begun to fill; its own counters begin anew when they
        are read."""
        counted = self._socket.getsockopt(_SOL_PACKET, _STATISTICS, 8)
        packets, refused = struct.unpack("=II", counted)
        self._begun += packets - refused
        self._noted[0] = self._begun
        return self._begun

    def _go_on(self) -> None:
        """From where another process was: what it had not given back is ready. Raises NoRing."""
        self._begun = first = int(self._noted[0])
        for _ in range(_ATTEMPTS):
            ready = (self._frames.status & READY) != 0
            starts = np.flatnonzero(ready & ~np.roll(ready, 1))
            if len(starts) <= 1:  # else one was just being filled
                break
        filled = self._filled()
        if len(starts):
            first = filled - (filled - int(starts[0])) % self._total
        elif ready.all():
            first = filled - self._total
        if len(starts) > 1 or not 0 <= filled - first - np.count_nonzero(ready) <= _LOOK:
            self._socket.close()
            raise NoRing(errno.EINVAL, "what another process left of its packet ring is of no use")
        self._taken = self._seen = self._mark = first

    def _settle(self) -> None:
        """What of the resumed streams had been taken in, and not been given back, is nobody's."""
        for slot, (sock, after_us) in self._resumed.items():
            waiting = self._of(slot)
            known = waiting[arrivals(self._frames, waiting) <= after_us]
            self._owner[known], self._part[known] = _NOBODY, _TAKEN
            self._came[slot] = overflowed(sock) - len(waiting) + len(known)
        self._resumed.clear()

    def _spans(self, since: int | None = None, until: int | None = None) -> list[tuple[int, int]]:
        """The places in memory from the first frame not given back to the mark: two where the ring
        begins anew between them."""
        first = self._taken if since is None else max(since, self._taken)
        last = self._mark if until is None else until
        low, count = first % self._total, last - first
        if low + count <= self._total:
            return [(low, low + count)] if count > 0 else []
        return [(low, self._total), (0, low + count - self._total)]

    def _of(self, slot: int) -> NDArray[np.int64]:
        """The frames of a stream that are not taken, in the order of their arrival."""
        spans = self._spans(int(self._since[slot]), self._seen)
        found = [low + np.flatnonzero(self._owner[low:high] == slot) for low, high in spans]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def _take(self, chosen: NDArray[np.int64]) -> Iterator[Turn]:
        """By slot, each slot's in their order; noted as taken before the first is handed out."""
        slots = self._owner[chosen].astype(np.int64)
        self._owner[chosen], self._part[chosen] = _NOBODY, _TAKEN
        order = slots.argsort(kind="stable")
        return self._turns(chosen[order], slots[order])

    def _turns(self, chosen: NDArray[np.int64], slots: NDArray[np.int64]) -> Iterator[Turn]:
        for low in range(0, len(chosen), _BATCH):
            frames, owners = chosen[low : low + _BATCH], slots[low : low + _BATCH]
            streams, counts = _counted(owners)
            self._came[streams] += counts
            fine = sound(self._frames, frames)
            if not fine.all():
                frames, (streams, counts) = frames[fine], _counted(owners[fine])
            if len(streams):
                yield streams, batch_of(self._frames, frames, counts)


class _Filter:
    """A program for the kernel, which takes a copy of it (struct sock_fprog)."""

    def __init__(self, program: bytes) -> None:
        self._held = ctypes.create_string_buffer(program, len(program))
        self._told = struct.pack("@HP", len(program) // 8, ctypes.addressof(self._held))

    def attach(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, self._told)


def obstacle(interface: str) -> str:
    """What keeps a ring from being opened on an interface, in a sentence, or nothing."""
    try:
        with _opened(interface):
            socket.if_nametoindex(interface)
    except NoRing as error:
        return str(error.strerror)
    except OSError as error:
        return _fault(interface, error)
    return ""


def _counted(owners: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The slots, and how many frames each has; those of a slot stand together."""
    starts = np.flatnonzero(np.diff(owners, prepend=_NOBODY))
    return owners[starts], np.diff(starts, append=len(owners))


def _opened(interface: str) -> socket.socket:
    """Hears nothing before it is bound. Raises NoRing."""
    if not available():
        raise NoRing(errno.ENOSYS, "packet_ring needs Linux on x86-64; leave it empty")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    except OSError as error:
        raise NoRing(error.errno, _fault(interface, error)) from error


def _give_room(sock: socket.socket, blocks: int) -> None:
    each = _BLOCK // FRAME
    sock.setsockopt(_SOL_PACKET, _VERSION, _SECOND)
    sock.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("=4I", _BLOCK, blocks, FRAME, blocks * each))


def unspare(sock: socket.socket) -> None:
    """Where there is no ring any more, the socket of a stream takes everything again."""
    with suppress(FileNotFoundError):  # it has no filter
        sock.setsockopt(socket.SOL_SOCKET, _DETACH_FILTER, 0)


def _fault(interface: str, error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return "packet_ring needs CAP_NET_RAW: docs/ring.md says how a service is given it"
    if error.errno in (None, errno.ENODEV, errno.ENXIO):
        return f"packet_ring: this machine has no network interface {interface}"
    if error.errno == errno.ENOMEM:
        return "packet_ring: the system has no memory for it; make packet_ring_mb smaller"
    return f"packet_ring cannot be opened on {interface}: {error.strerror}"
