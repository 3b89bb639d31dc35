"""All tracks' streams as columns: the usual batch is decided in numpy, the odd packet in `stream`.

A stream's packets take the short way together if each is what the stream promised next: its host,
port, SSRC and payload type, the following sequence number, one payload length. A gap in the
sequence is stepped over; everything else goes packet by packet. Both ways keep the same state: see
`_load` and `_store`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.sound import LOOK_EVERY_US
from vaiti.audio.track import HEAD, RUN, entry_type
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.looks import law_of, look_at
from vaiti.capture.rtp.packet import Batch, Parsed, parse_batch, stretches
from vaiti.capture.rtp.promised import Ints, judged
from vaiti.capture.rtp.rtcp import Word
from vaiti.capture.rtp.singly import runs_of, singly
from vaiti.capture.rtp.stream import WINDOW, Packet, Stream
from vaiti.values.streams import Epoch

MAX_STREAMS = 16_384  # sockets and rows in the table

_NEVER = 0xFF  # in the column of payload types: no packet carries it
_INITIAL_ROWS = 256
SEVERAL = 16  # packets that are not as usual: fewer are taken one by one in less time
ROUNDS = 4  # in which a batch's streams are cut where a packet is not as usual
_ALL_RECEIVED = (1 << WINDOW) - 1

Piece = TypeVar("Piece", bytes, memoryview)


class TableFull(RuntimeError):
    """There are MAX_STREAMS streams already."""


class Kept(NamedTuple):
    """Runs to write, in columns: of each its slot, its head and its entries as bytes, and when its
    last packet arrived. Empty where nobody is to look at any: `loud`, whether there is sound in it,
    or None where that is still to be judged, and `stamps`, its last packet's timestamp."""

    slots: list[int]
    heads: list[bytes]
    entries: list[memoryview]
    last_us: list[int]
    loud: list[bool | None]
    stamps: list[int]


_COLUMNS = np.dtype(
    [
        ("host_high", np.uint64),
        ("host_low", np.uint64),
        ("last_us", np.int64),
        ("looked_us", np.int64),
        ("packets", np.int64),
        ("in_order", np.int64),
        ("until_us", np.int64),
        ("ssrc", np.uint32),
        ("seq", np.uint16),
        ("port", np.uint16),
        ("pt", np.uint8),
        ("track", np.uint8),
        ("law", np.uint8),
    ]
)


COUNTS = {name: _COLUMNS[name] for name in ("seq", "last_us", "packets", "in_order")}


class StreamTable:
    """The streams of all calls, each in a numbered slot."""

    def __init__(self) -> None:
        self._streams: list[Stream | None] = []
        self._free: list[int] = []
        self._columns = {name: np.zeros(0, _COLUMNS[name]) for name in _COLUMNS.names or ()}
        self.touched: set[int] | None = None
        """Once somebody has made it a set: the slots of which more than the columns changed."""
        self._news: set[int] = set()
        self._grow(_INITIAL_ROWS)

    def touch(self, slot: int) -> None:
        if self.touched is not None:
            self.touched.add(slot)

    def note(self, slot: int) -> None:
        """More than the columns of the stream changed, beside the table."""
        self._news.add(slot)
        self.touch(slot)

    def from_senders(self, slots: Ints, batch: Batch) -> NDArray[np.bool_]:
        """Of each packet of a batch from the sockets of `slots`, whether its host is the one that
        its stream's sender is known by, if it is known."""
        owner = slots.repeat(batch.counts)
        high, low = self._columns["host_high"].take(owner), self._columns["host_low"].take(owner)
        same = (batch.host[:, 0] == high) & (batch.host[:, 1] == low)
        theirs: NDArray[np.bool_] = same | (high == 0) & (low == 0)
        return theirs

    def add(self, stream: Stream) -> int:
        """Takes the stream in; returns its slot. Raises TableFull."""
        if not self._free:
            self._grow(len(self._streams))
        slot = self._free.pop()
        self._put(slot, stream)
        return slot

    def renew(self, slot: int, stream: Stream) -> Stream:
        """Another stream takes the slot; returns the one that had it."""
        before = self[slot]
        self._put(slot, stream)
        return before

    def _put(self, slot: int, stream: Stream) -> None:
        self._streams[slot] = stream
        for column in self._columns.values():
            column[slot] = 0
        self._columns["track"][slot] = stream.track
        self._store(slot, stream)

    def count_on(self, slot: int, last_us: int, packets: int) -> None:
        """What another process kept of the stream before."""
        self._columns["last_us"][slot], self._columns["packets"][slot] = last_us, packets

    def recount(self, slot: int, counts: Mapping[str, int]) -> None:
        """Sets what `counts` told of the stream."""
        for name, value in counts.items():
            self._columns[name][slot] = value

    def counts(self, slots: Ints) -> dict[str, bytes]:
        """What the usual way changes, by column."""
        return {name: self._columns[name][slots].tobytes() for name in COUNTS}

    def remove(self, slot: int) -> Stream:
        stream = self[slot]
        self._streams[slot] = None
        self._columns["pt"][slot] = _NEVER
        self._columns["packets"][slot] = 0
        if self.touched is not None:
            self.touched.discard(slot)
        self._free.append(slot)
        return stream

    def __getitem__(self, slot: int) -> Stream:
        """The stream, up to date; after changing it, call `changed`."""
        stream = self._streams[slot]
        if stream is None:
            raise LookupError("the slot is empty")
        self._load(slot, stream)
        self._news.add(slot)
        return stream

    def news(self) -> set[int]:
        """The slots of which more than the columns may have changed since this was asked last."""
        news, self._news = self._news, set()
        return news

    def changed(self, slot: int, stream: Stream) -> None:
        self._store(slot, stream)

    def epochs(self, slot: int) -> Sequence[Epoch]:
        """Those of one stream, so far."""
        stream = self._streams[slot]
        return stream.epochs if stream is not None else ()

    def packets(self, slot: int | None = None) -> int:
        """How many were kept of one stream, or of all that are here."""
        column = self._columns["packets"]
        return int(column.sum() if slot is None else column[slot])

    def drops(self) -> Counter[Drop]:
        """Of all streams that are here."""
        total: Counter[Drop] = Counter()
        for stream in self._streams:
            if stream is not None and stream.drops:
                total.update(stream.drops)
        return total

    def words(self, slot: int) -> list[list[Word]]:
        """What the stream's sender said of it since this was asked last, a datagram each."""
        stream = self._streams[slot]
        if stream is None or not stream.words:
            return []
        words = list(stream.words)
        stream.words.clear()
        return words

    def last_us(self, slot: int) -> int:
        """Arrival of the last packet kept; 0 before the first."""
        return int(self._columns["last_us"][slot])

    def accept(self, slots: Ints, batch: Batch) -> list[Kept]:
        """Decides on a batch that came from the sockets of `slots`, in this order."""
        counts = batch.counts
        if not counts.all():
            slots, counts = slots[counts > 0], counts[counts > 0]
        return self._accepted(slots, counts, batch, ROUNDS) if len(slots) else []

    def _accepted(self, slots: Ints, counts: Ints, batch: Batch, rounds: int) -> list[Kept]:
        """What follows a packet that is not as usual, or a gap, is nearly always what was promised:
        each stream is cut there, so many times; then what is left is taken one by one."""
        parsed = parse_batch(batch.rows, batch.length)
        ends = counts.cumsum()
        starts = ends - counts
        told = judged(self._columns, slots, counts, batch, parsed)
        breaks = told.first_odd(starts, ends)
        kept = []
        if (begun := breaks > starts).all():
            kept = self._take_usual(slots, starts, breaks, batch, parsed)
        elif begun.any():
            kept = self._take_usual(slots[begun], starts[begun], breaks[begun], batch, parsed)
        odd = breaks < ends
        if not odd.any():
            return kept
        slots, starts, ends = slots[odd], breaks[odd], ends[odd]
        if not rounds or (ends - starts).sum() < SEVERAL:
            return kept + self._singly(slots, starts, ends, batch, parsed)
        gaps = told.gaps(starts)
        self._skip(slots[gaps], told.missing[starts[gaps]])
        lone = ~gaps
        kept += self._singly(slots[lone], starts[lone], starts[lone] + 1, batch, parsed)
        return kept + self._behind(slots, starts + lone, ends, batch, rounds)

    def _skip(self, slots: Ints, missing: NDArray[np.uint16]) -> None:
        """What is lost costs nothing but its place in the sequence."""
        for slot, count in zip(slots.tolist(), missing.tolist(), strict=True):
            stream = self[slot]
            stream.skip(count)
            self._columns["seq"][slot] = stream.seq
            self.note(slot)

    def _behind(
        self, slots: Ints, starts: Ints, ends: Ints, batch: Batch, rounds: int
    ) -> list[Kept]:
        going_on = ends > starts
        slots, starts, ends = slots[going_on], starts[going_on], ends[going_on]
        if not len(slots):
            return []
        rest = stretches(batch, starts, ends)
        return self._accepted(slots, rest.counts, rest, rounds - 1)

    def _singly(
        self, slots: Ints, starts: Ints, ends: Ints, batch: Batch, parsed: Parsed
    ) -> list[Kept]:
        each = zip(slots.tolist(), starts.tolist(), ends.tolist(), strict=True)
        return [self._take_odd(slot, slice(start, end), batch, parsed) for slot, start, end in each]

    def _take_usual(
        self, slots: Ints, starts: Ints, ends: Ints, batch: Batch, parsed: Parsed
    ) -> list[Kept]:
        columns = self._columns
        columns["seq"][slots] = parsed.seq[ends - 1]
        columns["last_us"][slots] = batch.arrival_us[ends - 1]
        columns["packets"][slots] += ends - starts
        columns["in_order"][slots] += ends - starts
        if parsed.alike:
            return [self._runs(slots, starts, ends, batch, parsed)]
        shape = parsed.offset[starts] << 16 | parsed.size[starts]
        if (shape == shape[0]).all():
            return [self._runs(slots, starts, ends, batch, parsed)]
        kept = []
        for one in np.unique(shape):
            same = shape == one
            kept.append(self._runs(slots[same], starts[same], ends[same], batch, parsed))
        return kept

    def _runs(self, slots: Ints, starts: Ints, ends: Ints, batch: Batch, parsed: Parsed) -> Kept:
        """The runs of streams whose payloads all lie at one offset and have one length."""
        counts = ends - starts
        chosen: Ints | slice = slice(0, int(ends[-1]))
        total = int(counts.sum())
        if total != ends[-1]:
            chosen = np.arange(total) + (starts - (counts.cumsum() - counts)).repeat(counts)
        offset, length = int(parsed.offset[starts[0]]), int(parsed.size[starts[0]])
        base, columns = batch.arrival_us[starts], self._columns
        heads = np.zeros(len(slots), HEAD)
        heads["kind"], heads["count"], heads["payload_len"] = RUN, counts, length
        heads["track"], heads["pt"] = columns["track"][slots], columns["pt"][slots]
        heads["ssrc"], heads["base_us"] = columns["ssrc"][slots], base
        entries = np.empty(total, entry_type(length))
        entries["seq"], entries["ts"] = parsed.seq[chosen], parsed.ts[chosen]
        entries["delta"] = batch.arrival_us[chosen] - base.repeat(counts)
        entries["payload"] = batch.rows[chosen, offset : offset + length]
        last_us = batch.arrival_us[ends - 1]
        return Kept(
            slots.tolist(),
            _cut(heads.tobytes(), range(0, (len(slots) + 1) * HEAD.itemsize, HEAD.itemsize)),
            _cut(entries.view(np.uint8).data, _edges(counts, entries.itemsize)),
            last_us.tolist(),
            *self._looks(slots, counts, last_us, entries),
        )

    def _looks(
        self, slots: Ints, counts: Ints, last_us: Ints, entries: NDArray[np.void]
    ) -> tuple[list[bool | None], list[int]]:
        """Once a second: streams that are read together are looked at together."""
        looked_us = self._columns["looked_us"]
        if last_us[0] - looked_us[slots[0]] < LOOK_EVERY_US:
            return [], []
        looked_us[slots] = last_us
        loud = look_at(self._columns["law"][slots], counts, entries["payload"])
        return loud, entries["ts"][counts.cumsum() - 1].tolist()

    def _take_odd(self, slot: int, chosen: slice, batch: Batch, parsed: Parsed) -> Kept:
        stream = self[slot]
        packets: list[Packet] = []
        for at, (host, fault, packet) in enumerate(singly(chosen, batch, parsed), chosen.start):
            reason = stream.refuses(host, packet.arrival_us) or fault
            if fault == Drop.RTCP and reason is not Drop.WRONG_SOURCE:
                stream.hear(batch.rows[at, : batch.length[at]].tobytes())
            elif reason:
                stream.drop(Drop(reason))
                if reason is Drop.BEFORE_ANSWER and not fault and packet.pt in stream.codecs:
                    stream.early_us = packet.arrival_us
            else:
                packets += stream.take(packet)
        stream.read_us = max(stream.read_us, int(batch.arrival_us[chosen.stop - 1]))
        if packets:
            self._columns["packets"][slot] += len(packets)
            self._columns["last_us"][slot] = packets[-1].arrival_us
        self._store(slot, stream)
        kept = Kept([], [], [], [], [], [])
        for head, entries, last_us, stamp in runs_of(stream.track, packets):
            kept.slots.append(slot)
            kept.heads.append(head)
            kept.entries.append(entries)
            kept.last_us.append(last_us)
            kept.loud.append(None)
            kept.stamps.append(stamp)
        return kept

    def _load(self, slot: int, stream: Stream) -> None:
        """Brings the stream up to what the columns saw since `_store`."""
        columns = self._columns
        fresh = int(columns["in_order"][slot])
        if fresh:
            stream.seq = int(columns["seq"][slot])
            fresh = min(fresh, WINDOW)
            stream.window = (stream.window << fresh | (1 << fresh) - 1) & _ALL_RECEIVED
            columns["in_order"][slot] = 0

    def _store(self, slot: int, stream: Stream) -> None:
        self.note(slot)
        columns = self._columns
        host = stream.host or (0, 0)
        columns["host_high"][slot], columns["host_low"][slot] = host
        columns["port"][slot], columns["ssrc"][slot] = stream.port, stream.ssrc
        columns["seq"][slot], columns["until_us"][slot] = stream.seq, stream.until_us
        columns["pt"][slot] = stream.pt if stream.settled else _NEVER
        codec, _ = stream.codecs.get(stream.pt, ("", 0))
        columns["law"][slot] = law_of(codec)

    def _grow(self, by: int) -> None:
        rows = len(self._streams) + by
        if rows > MAX_STREAMS:
            raise TableFull("no more streams than the table holds")
        columns = {name: np.zeros(rows, _COLUMNS[name]) for name in _COLUMNS.names or ()}
        for name, column in columns.items():
            column[: len(self._streams)] = self._columns[name]
        self._free.extend(range(rows - 1, len(self._streams) - 1, -1))
        self._streams.extend([None] * by)
        self._columns = columns


def _edges(counts: Ints, stride: int) -> list[int]:
    return [0, *(counts.cumsum() * stride).tolist()]


def _cut(data: Piece, edges: Sequence[int]) -> list[Piece]:
    """The pieces of `data` between each edge and the next."""
    return [data[low:high] for low, high in pairwise(edges)]
