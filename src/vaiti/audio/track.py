"""Received packets as they are kept: runs of equally long payloads with sequence, time, arrival.

Format: docs/track.md. The writer fills the plaintexts of segments and knows nothing of sealing;
the reader gives numpy arrays. Nothing is ordered, decoded or filled in here.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ENTRY_HEAD = 10  # in bytes: sequence number, timestamp, arrival after the run's base
USED = struct.Struct(">H")
MAX_COUNT = 0xFFFF  # entries in one run
MAX_DELTA_US = 0xFFFFFFFF  # arrival after the run's base, in microseconds: 71 minutes

RUN = 1  # the kind of a run, the only one there is
HEAD = np.dtype(
    [
        ("kind", "u1"),
        ("track", "u1"),
        ("pt", "u1"),
        ("flags", "u1"),
        ("count", ">u2"),
        ("payload_len", ">u2"),
        ("ssrc", ">u4"),
        ("base_us", ">u8"),
    ]
)
"""A run's head as numpy reads and writes it."""

_HEAD = struct.Struct(">BBBBHHIQ")
_BEFORE_COUNT = slice(0, 4)
_BEHIND_COUNT = slice(6, 20)
_PAYLOAD_LEN = slice(6, 8)
_BASE_US = slice(12, 20)


class TrackError(ValueError):
    """The bytes are not track records."""


@dataclass(frozen=True, slots=True)
class Run:
    """Packets of one SSRC and payload type, in the order received.

    `seq` uint16[n], `ts` uint32[n], `arrival_us` uint64[n] (since the epoch, UTC),
    `payload` uint8[n, length].
    """

    track: int
    pt: int
    ssrc: int
    seq: NDArray[np.uint16]
    ts: NDArray[np.uint32]
    arrival_us: NDArray[np.uint64]
    payload: NDArray[np.uint8]


class RunHead(NamedTuple):
    """What the entries of one run share. `base_us` is the arrival of the first one, `payload_len`
    is in bytes."""

    track: int
    pt: int
    ssrc: int
    base_us: int
    payload_len: int

    def encode(self, count: int) -> bytes:
        """The head of a run of `count` entries."""
        return _HEAD.pack(
            RUN, self.track, self.pt, 0, count, self.payload_len, self.ssrc, self.base_us
        )


@lru_cache(maxsize=64)
def entry_type(payload_len: int) -> np.dtype[np.void]:
    """The layout of one entry: `10 + payload_len` bytes, big-endian."""
    return np.dtype(
        [("seq", ">u2"), ("ts", ">u4"), ("delta", ">u4"), ("payload", "u1", (payload_len,))]
    )


def read_records(data: bytes) -> Iterator[Run]:
    """The runs in the used bytes of one segment. Raises TrackError."""
    offset = 0
    while offset < len(data):
        if len(data) - offset < _HEAD.size:
            raise TrackError("a run's head is cut off")
        kind, track, pt, _, count, length, ssrc, base_us = _HEAD.unpack_from(data, offset)
        if kind != RUN or not count:
            raise TrackError("a record is of a kind that this program does not read")
        offset += _HEAD.size
        size = count * (ENTRY_HEAD + length)
        if size > len(data) - offset:
            raise TrackError("a run's entries are cut off")
        entries = np.frombuffer(data, entry_type(length), count, offset)
        offset += size
        yield Run(
            track,
            pt,
            ssrc,
            entries["seq"].astype(np.uint16),
            entries["ts"].astype(np.uint32),
            entries["delta"].astype(np.uint64) + np.uint64(base_us),
            entries["payload"],
        )


def cut_runs(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Head and entries of each run, as `Writer.add` takes them. They were read before."""
    at, whole = 0, memoryview(data)
    while at < len(data):
        head = data[at : at + _HEAD.size]
        count, length = int.from_bytes(head[4:6], "big"), int.from_bytes(head[_PAYLOAD_LEN], "big")
        begin = at + _HEAD.size
        at = begin + count * (ENTRY_HEAD + length)
        yield head, whole[begin:at]


def cut_after(data: bytes, last_us: int) -> bytes:
    """The records of `data` without the entries that arrived later than `last_us`."""
    return b"".join(_some(run, run.track, run.arrival_us <= last_us) for run in read_records(data))


def carried_over(data: bytes, tracks: Mapping[int, int], first_us: int) -> bytes:
    """The records of `data` from `first_us` on, on the tracks that theirs become; those of no track
    that is named are left out."""
    return b"".join(
        _some(run, tracks[run.track], run.arrival_us >= first_us)
        for run in read_records(data)
        if run.track in tracks
    )


def _some(run: Run, track: int, chosen: NDArray[np.bool_]) -> bytes:
    """The run's chosen entries as records of `track`; none where none is chosen."""
    count = int(chosen.sum())
    if not count:
        return b""
    arrivals = run.arrival_us[chosen]
    base_us, length = int(arrivals.min()), run.payload.shape[1]
    entries = np.empty(count, entry_type(length))
    entries["seq"], entries["ts"] = run.seq[chosen], run.ts[chosen]
    entries["delta"] = arrivals - np.uint64(base_us)
    entries["payload"] = run.payload[chosen]
    return RunHead(track, run.pt, run.ssrc, base_us, length).encode(count) + entries.tobytes()


def as_plaintext(records: bytes | bytearray, size: int = 0) -> bytes:
    """What is sealed: the count of the bytes in use, the bytes, and zeros up to `size`."""
    used = len(records)
    return b"".join((USED.pack(used), records, bytes(max(0, size - USED.size - used))))


def in_use(plaintext: bytes) -> bytes:
    """The records of what `as_plaintext` made."""
    (used,) = USED.unpack_from(plaintext)
    return plaintext[USED.size : USED.size + used]


class Writer:
    """Packs the runs of one call's tracks into the records of one segment after the other.

    `first_capacity` and `capacity` are the plaintext sizes of the first and of every other
    segment, in bytes. Runs are split between entries, so that no record crosses segments. What is
    filled is handed out as its records, or, `padded`, as what is sealed of them (`as_plaintext`).
    """

    __slots__ = ("_capacity", "_padded", "_records", "_room", "since_us")

    def __init__(self, first_capacity: int, capacity: int, *, padded: bool = False) -> None:
        self._padded = padded
        self._capacity = capacity - USED.size
        self._room = first_capacity - USED.size
        self._records = b""
        self.since_us: int | None = None
        """Arrival of the first packet that waits in the started segment; None while it is empty."""

    def add(self, head: bytes, entries: memoryview) -> Sequence[bytes]:
        """Appends a run: its head (of `HEAD`, as bytes) and its entries.

        Returns the segments filled. Raises ValueError for a payload that no
        segment holds.
        """
        if self.since_us is None:
            self.since_us = int.from_bytes(head[_BASE_US], "big")
        room = self._room - _HEAD.size - len(entries)
        if room < 0:
            return self._split(head, entries)
        self._records = b"".join((self._records, head, entries))
        self._room = room
        return ()

    def _split(self, head: bytes, entries: memoryview) -> Sequence[bytes]:
        """Fills the started segment up to an entry's end, and as many more as it takes; the rest
        begins the next one. Each byte is copied once."""
        stride = ENTRY_HEAD + int.from_bytes(head[_PAYLOAD_LEN], "big")
        before, behind = head[_BEFORE_COUNT], head[_BEHIND_COUNT]
        parts: list[bytes | memoryview] = [self._records]
        filled, room, at, end = [], self._room, 0, len(entries)
        size = room + len(self._records)
        while end - at > room - _HEAD.size:
            count = (room - _HEAD.size) // stride
            if count > 0:
                begin, at = at, at + count * stride
                parts += (before, count.to_bytes(2, "big"), behind, entries[begin:at])
                room -= _HEAD.size + at - begin
            elif room == self._capacity:
                raise ValueError("the payload is larger than a segment")
            if self._padded:
                parts = [USED.pack(size - room), *parts, bytes(room)]
            filled.append(b"".join(parts))
            parts, room = [], self._capacity
            size = room
        count = (end - at) // stride
        self._records = b"".join((before, count.to_bytes(2, "big"), behind, entries[at:]))
        self._room = room - len(self._records)
        self.since_us = int.from_bytes(head[_BASE_US], "big")
        return filled

    @property
    def filled(self) -> int:
        """Bytes of the started segment."""
        return len(self._records)

    @property
    def room(self) -> int:
        """Bytes that it still takes."""
        return self._room

    def behind(self, at: int) -> bytes:
        """What it has from there on."""
        return self._records[at:]

    def go_on(self, records: bytes, room: int, since_us: int | None) -> None:
        """Takes over the segment that another writer started."""
        self._records, self._room, self.since_us = bytes(records), room, since_us

    def take(self) -> bytes:
        """The records of the started segment, which may be none; a new one begins."""
        records, self._records = self._records, b""
        self._room = self._capacity
        self.since_us = None
        return records
