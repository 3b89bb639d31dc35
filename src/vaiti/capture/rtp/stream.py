"""One track's stream: which packets belong to it, decided packet by packet.

The sender is known by its address (from SDP) and its SSRC. Its port is latched on what it sends
(symmetric RTP). A new SSRC, or a jump in the sequence, must show itself by CONFIRM packets in a row
with none of the present stream between them; they are held meanwhile, so that nothing is lost
(RFC 3550 appendix A.1 drops them). A stray packet never displaces a stream.
"""

import ipaddress
from collections import Counter, deque
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.rtcp import RtcpError, Word, parse
from vaiti.values.streams import Epoch

WINDOW = 64  # packets behind the newest in which late ones and duplicates are told apart
MAX_DROPOUT = 3000  # packets that may be missing without a new confirmation (RFC 3550 A.1)
CONFIRM = 3  # packets in a row that make a new SSRC or sequence the stream
MAX_WORDS = 8  # datagrams of reports that wait to be read; older ones are worth nothing
MAX_EPOCHS = 256  # for one track; a sender that changes more often is not a telephone
FOR_EVER = 1 << 62  # in microseconds since the epoch: later than any arrival

_WINDOW_BITS = (1 << WINDOW) - 1

Host = tuple[int, int]
"""An IP address as two 64-bit halves; IPv4 has a zero first half."""


@lru_cache(1024)  # border controllers are few, and each call names them several times
def host_of(text: str) -> Host:
    """The address that `text` spells. Raises ValueError for a name or anything else."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return divmod(int(address), 1 << 64)


class Packet(NamedTuple):
    """A packet whose header was sound. `payload` is a copy; `arrival_us` since the epoch, UTC."""

    pt: int
    ssrc: int
    seq: int
    ts: int
    arrival_us: int
    port: int
    payload: bytes


@dataclass(slots=True)
class Candidate:
    """Packets that might be a new stream's first ones; `reason` names them if they are not."""

    ssrc: int
    next_seq: int
    reason: Drop
    held: list[Packet]


@dataclass(slots=True)
class Stream:
    """The state of one track. `window` has bit k set when the packet `seq - k` was received.

    `early_us`: when a packet last arrived that was dropped because recording had not begun;
    `read_us`: when one did that was looked at by itself, whatever became of it. `words` are the
    sender's on its streams, until somebody takes them.
    """

    track: int
    host: Host | None = None
    codecs: dict[int, tuple[str, int]] = field(default_factory=dict)
    ignored: dict[int, str] = field(default_factory=dict)
    active: bool = False
    paused: bool = False
    from_us: int = FOR_EVER
    until_us: int = FOR_EVER
    disk_full: bool = False
    early_us: int = 0
    read_us: int = 0
    latched: bool = False
    port: int = 0
    ssrc: int = 0
    pt: int = 0
    seq: int = 0
    window: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    drops: Counter[Drop] = field(default_factory=Counter)
    words: deque[list[Word]] = field(default_factory=lambda: deque(maxlen=MAX_WORDS))
    _candidate: Candidate | None = None
    _first_epoch: int = 0

    def expect(
        self,
        host: Host,
        codecs: dict[int, tuple[str, int]],
        ignored: dict[int, str],
        active: bool,
        paused: bool = False,
    ) -> None:
        """What the stream may carry from now on; another host makes it begin anew."""
        if host != self.host:
            self._drop_candidate()
            self.latched = False
        self.host, self.codecs, self.ignored, self.active = host, codecs, ignored, active
        self.paused = paused

    @property
    def settled(self) -> bool:
        """Whether the next packet in sequence of the present SSRC is kept without a question, if it
        arrives by `until_us`."""
        open_now = self.latched and self.active and not self.disk_full and not self.paused
        return open_now and self._candidate is None

    def refuses(self, host: Host, arrival_us: int) -> Drop:
        """Address, then time: a stranger's packet is that and nothing else, whatever is in it."""
        if self.host is not None and host != self.host:
            return Drop.WRONG_SOURCE
        return self.gate(arrival_us)

    def gate(self, arrival_us: int) -> Drop:
        """Whether anything at all is kept that arrives now."""
        if arrival_us < self.from_us:
            return Drop.BEFORE_ANSWER
        if arrival_us > self.until_us:
            return Drop.AFTER_END
        if not self.active:
            return Drop.ON_HOLD
        if self.paused:
            return Drop.PAUSED
        return Drop.DISK_FULL if self.disk_full else Drop.KEPT

    def hear(self, datagram: bytes) -> None:
        """A report of the sender's on its streams, from the right host. What is none is dropped."""
        try:
            self.words.append(parse(datagram))
        except RtcpError:
            self.drop(Drop.RTCP)

    def drop(self, reason: Drop) -> None:
        self.drops[reason] += 1

    def take(self, packet: Packet) -> list[Packet]:
        """Decides on a packet from the right host; returns those to keep now, in order."""
        if packet.pt not in self.codecs:
            self._drop_foreign(packet)
            return []
        if not self.latched:
            return self._open(packet)
        if packet.ssrc != self.ssrc:
            return self._consider(packet, Drop.WRONG_SSRC)
        reason = self._place(packet.seq)
        if reason in (Drop.TOO_OLD, Drop.SEQUENCE_JUMP):
            return self._consider(packet, reason)
        self._drop_candidate()
        if reason is not Drop.KEPT:
            self.drop(reason)
            return []
        self.port = packet.port
        return self._keep(packet)

    def skip(self, missing: int) -> None:
        """So many of the sequence have not come; fewer than `MAX_DROPOUT` less one."""
        self.window = (self.window << missing) & _WINDOW_BITS
        self.seq = (self.seq + missing) & 0xFFFF

    def close(self) -> None:
        """The end: what was held and never confirmed is dropped by its name."""
        self._drop_candidate()

    def _drop_foreign(self, packet: Packet) -> None:
        """Key presses share the stream's sequence: their place in it counts as received."""
        name = self.ignored.get(packet.pt)
        if name is None:
            self.drop(Drop.WRONG_PAYLOAD_TYPE)
            return
        if self.latched and packet.ssrc == self.ssrc:
            self._place(packet.seq)
        dtmf = name.lower() == "telephone-event"
        self.drop(Drop.DTMF if dtmf else Drop.IGNORED_PAYLOAD_TYPE)

    def _place(self, seq: int) -> Drop:
        """Where `seq` stands in the sequence; a fresh place is marked as received."""
        ahead = (seq - self.seq) & 0xFFFF
        if 0 < ahead < MAX_DROPOUT:
            self.window = ((self.window << ahead) | 1) & _WINDOW_BITS
            self.seq = seq
            return Drop.KEPT
        behind = (self.seq - seq) & 0xFFFF
        if behind < WINDOW:
            if self.window >> behind & 1:
                return Drop.DUPLICATE
            self.window |= 1 << behind
            return Drop.KEPT
        return Drop.TOO_OLD if behind < MAX_DROPOUT else Drop.SEQUENCE_JUMP

    def _open(self, packet: Packet) -> list[Packet]:
        self.latched, self.port = True, packet.port
        self.ssrc, self.seq, self.window = packet.ssrc, packet.seq, 1
        self._first_epoch = len(self.epochs)
        return self._keep(packet)

    def _keep(self, packet: Packet) -> list[Packet]:
        if not any(epoch.pt == packet.pt for epoch in self.epochs[self._first_epoch :]):
            if len(self.epochs) >= MAX_EPOCHS:
                self.drop(Drop.TOO_MANY_SOURCES)
                return []
            self.epochs.append(self._epoch(packet))
        self.pt = packet.pt
        return [packet]

    def _epoch(self, packet: Packet) -> Epoch:
        codec, clock = self.codecs[packet.pt]
        return Epoch(
            track=self.track,
            ssrc=packet.ssrc,
            pt=packet.pt,
            codec=codec,
            clock=clock,
            first_seq=packet.seq,
            first_ts=packet.ts,
            first_us=packet.arrival_us,
        )

    def _consider(self, packet: Packet, reason: Drop) -> list[Packet]:
        candidate = self._candidate
        if candidate is None or (candidate.ssrc, candidate.next_seq) != (packet.ssrc, packet.seq):
            self._drop_candidate()
            candidate = self._candidate = Candidate(packet.ssrc, packet.seq, reason, [])
        candidate.held.append(packet)
        candidate.next_seq = (packet.seq + 1) & 0xFFFF
        if len(candidate.held) < CONFIRM:
            return []
        self._candidate = None
        if len(self.epochs) >= MAX_EPOCHS:
            self.drops[Drop.TOO_MANY_SOURCES] += CONFIRM
            return []
        kept = self._open(candidate.held[0])
        for held in candidate.held[1:]:
            self._place(held.seq)
            kept += self._keep(held)
        return kept

    def _drop_candidate(self) -> None:
        if self._candidate is not None:
            self.drops[self._candidate.reason] += len(self._candidate.held)
            self._candidate = None
