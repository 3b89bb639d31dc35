"""Packed runs: the received packets of a segment in less room, none of their bytes changed. Pure.

Format: docs/track.md, "Packed runs". What follows its own pattern (sequence numbers, timestamps,
arrivals) is kept as what departs from it, like beside like; LZMA does the rest, in each segment by
itself, so that one is read without those before it.
"""

import lzma
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.track import (
    ENTRY_HEAD,
    HEAD,
    MAX_DELTA_US,
    RUN,
    USED,
    Run,
    RunHead,
    TrackError,
    entry_type,
    read_records,
)

PACKED: Final = 2  # the kind, in the place where a run has 1
LIMIT: Final = 32_768  # bytes unpacked: two seconds of two sides, however well silence packs
FILTERS: Final[list[dict[str, Any]]] = [
    {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16, "lc": 4, "lp": 0, "pb": 0}
]
TRIES: Final = 4  # for a segment that is nearly full
FULL: Final = 0.97  # of its room

_HEAD: Final = HEAD.itemsize
_COLUMNS: Final = ((">u2", 2), (">u4", 4), (">u4", 4))


def is_packed(data: bytes) -> bool:
    return data[:1] == bytes((PACKED,))


def plain(data: bytes) -> bytes:
    """The same runs as plain records, which one segment may be too small for. Raises TrackError."""
    return b"".join(map(_plain, _unpacked(data[1:]))) if is_packed(data) else data


def read(data: bytes) -> Iterator[Run]:
    """The runs in the used bytes of one segment, packed or not. Raises TrackError."""
    return _unpacked(data[1:]) if is_packed(data) else read_records(data)


def pack(runs: Sequence[Run]) -> bytes:
    """The used bytes of one segment. Raises ValueError for more than `LIMIT` holds."""
    content = _content(runs)
    if len(content) > LIMIT:
        raise ValueError("the runs are more than one segment may hold")
    return bytes((PACKED,)) + lzma.compress(content, lzma.FORMAT_RAW, filters=FILTERS)


def _content(runs: Sequence[Run]) -> bytes:
    parts = [USED.pack(len(runs)), *map(_head, runs)]
    columns = zip(*(_departures(one) for one in runs), strict=True)
    for (kind, size), column in zip(_COLUMNS, columns, strict=True):
        octets = np.concatenate(column).astype(kind).view(np.uint8).reshape(-1, size)
        parts.append(octets.T.tobytes())
    parts += [one.payload.tobytes() for one in runs]
    return b"".join(parts)


def _head(run: Run) -> bytes:
    first_us, length = int(run.arrival_us.min()), run.payload.shape[1]
    return RunHead(run.track, run.pt, run.ssrc, first_us, length).encode(len(run.seq))


def _departures(run: Run) -> tuple[NDArray[np.int64], ...]:
    """Of each entry's numbers from what those of the one before let expect."""
    length = run.payload.shape[1]
    arrival = run.arrival_us - run.arrival_us.min()
    return _stepped(run.seq, 1), _stepped(run.ts, length), _stepped(arrival, 0)


def _stepped(numbers: NDArray[Any], step: int) -> NDArray[np.int64]:
    """The first as it is, then by how much more than `step` each is greater than the last."""
    found = numbers.astype(np.int64)
    found[1:] -= found[:-1] + step
    return found


def _unpacked(packed: bytes) -> Iterator[Run]:
    content = _inflated(packed)
    if len(content) < USED.size:
        raise TrackError("a packed segment holds no count of runs")
    at = USED.size + _HEAD * USED.unpack_from(content)[0]
    if at > len(content):
        raise TrackError("a packed segment holds fewer runs than it says")
    heads = np.frombuffer(content, HEAD, (at - USED.size) // _HEAD, USED.size)
    counts = heads["count"].astype(np.int64)
    octets = int(counts.sum()) * ENTRY_HEAD + int((counts * heads["payload_len"]).sum())
    if at + octets != len(content):
        raise TrackError("a packed segment holds other entries than it says")
    if not (counts.all() and (heads["kind"] == RUN).all() and not heads["flags"].any()):
        raise TrackError("a packed segment holds what is no run")
    columns, begin = _columns(content, at, int(counts.sum()))
    first = 0
    for head, count in zip(heads, counts.tolist(), strict=True):
        mine = [column[first : first + count] for column in columns]
        length = int(head["payload_len"])
        payload = np.frombuffer(content, np.uint8, count * length, begin).reshape(count, length)
        yield _run(head, mine, payload)
        first, begin = first + count, begin + count * length


def _inflated(packed: bytes) -> bytes:
    unpacking = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=FILTERS)
    try:
        content = unpacking.decompress(packed, LIMIT + 1)
    except lzma.LZMAError as error:
        raise TrackError("a packed segment cannot be unpacked") from error
    if len(content) > LIMIT or not unpacking.eof or unpacking.unused_data:
        raise TrackError("a packed segment is too long, or cut off")
    return content


def _columns(content: bytes, at: int, count: int) -> tuple[list[NDArray[np.int64]], int]:
    """The three columns of departures, and where the payloads begin."""
    found = []
    for kind, size in _COLUMNS:
        octets = np.frombuffer(content, np.uint8, count * size, at).reshape(size, count)
        found.append(np.ascontiguousarray(octets.T).view(kind).reshape(-1).astype(np.int64))
        at += count * size
    return found, at


def _run(head: np.void, columns: Sequence[NDArray[np.int64]], payload: NDArray[np.uint8]) -> Run:
    seq, ts, arrival = columns
    steps = np.arange(len(seq))
    after = np.cumsum(arrival) & MAX_DELTA_US
    return Run(
        int(head["track"]),
        int(head["pt"]),
        int(head["ssrc"]),
        (np.cumsum(seq) + steps).astype(np.uint16),
        (np.cumsum(ts) + steps * payload.shape[1]).astype(np.uint32),
        np.uint64(head["base_us"]) + after.astype(np.uint64),
        payload,
    )


class Packer:
    """Packs a call's runs, in the order received, into the used bytes of one segment after another.

    `first_capacity` and `capacity` are the plaintext sizes of the first and of every other segment.
    """

    def __init__(self, first_capacity: int, capacity: int) -> None:
        self._room, self._capacity = first_capacity - USED.size, capacity - USED.size
        self._waiting: list[Run] = []
        self._size = 0  # of what waits, unpacked
        self._ratio = 0.7  # of packed to unpacked, as it was last

    def add(self, runs: Sequence[Run]) -> Iterator[bytes]:
        """The segments that are full now."""
        self._waiting += runs
        self._size += sum(map(_size, runs))
        while self._size > LIMIT:
            yield self._next()

    def rest(self) -> Iterator[bytes]:
        """What is left: nothing, one or several segments."""
        while self._waiting:
            yield self._next()

    def _next(self) -> bytes:
        found, taken = self._fitting()
        self._ratio = max(0.02, len(found) / max(1, taken[0]))
        self._waiting, self._room = taken[1], self._capacity
        self._size = sum(map(_size, self._waiting))
        return found

    def _fitting(self) -> tuple[bytes, tuple[int, list[Run]]]:
        """As many packets as fit: their bytes, how many those were unpacked, and what waits."""
        wanted, best = self._room / self._ratio * 0.99, None
        for _ in range(TRIES):
            some, rest = _split(self._waiting, min(LIMIT, int(wanted)) - USED.size)
            size = sum(map(_size, some)) + USED.size
            packed = pack(some)
            if len(packed) > self._room:
                if best:
                    break
                wanted = size * self._room / len(packed) * 0.98
                continue
            best = packed, (size, rest)
            if not rest or len(packed) > FULL * self._room or wanted >= LIMIT:
                break
            wanted = size * self._room / len(packed) * 0.99
        return best or self._single()

    def _single(self) -> tuple[bytes, tuple[int, list[Run]]]:
        """One packet as it is, or no packet where the room of the first segment is too small."""
        [some], rest = _split(self._waiting, 0)
        plain = _plain(some)
        if len(plain) <= self._room:
            return plain, (len(plain), rest)
        if self._room == self._capacity:
            raise ValueError("the payload is larger than a segment")
        return b"", (self._room, self._waiting)


def _size(run: Run) -> int:
    return int(_HEAD + len(run.seq) * (ENTRY_HEAD + run.payload.shape[1]))


def _split(runs: Sequence[Run], most: int) -> tuple[list[Run], list[Run]]:
    """The first packets, whose runs are `most` bytes at most, but one at least; and the others."""
    taken, left = list[Run](), most
    for at, run in enumerate(runs):
        count = (left - _HEAD) // (ENTRY_HEAD + run.payload.shape[1])
        if count < len(run.seq):
            count = max(count, 0 if taken else 1)
            taken += [_slice(run, 0, count)] if count else []
            rest = [_slice(run, count, len(run.seq))] if count < len(run.seq) else []
            return taken, [*rest, *runs[at + 1 :]]
        taken.append(run)
        left -= _size(run)
    return taken, []


def _slice(run: Run, first: int, end: int) -> Run:
    return Run(
        run.track,
        run.pt,
        run.ssrc,
        run.seq[first:end],
        run.ts[first:end],
        run.arrival_us[first:end],
        run.payload[first:end],
    )


def _plain(run: Run) -> bytes:
    entries = np.zeros(len(run.seq), entry_type(run.payload.shape[1]))
    entries["seq"], entries["ts"], entries["payload"] = run.seq, run.ts, run.payload
    entries["delta"] = run.arrival_us - run.arrival_us.min()
    return _head(run) + entries.tobytes()
