"""What changes with every packet, as bytes of a fixed form: for the recorder's own memory.

Little-endian, as in docs/keeper.md. Pure. A reader raises NotKnown for what is no such thing.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vaiti.audio.sound import Heard
from vaiti.capture.recorder.plain import NotKnown, dump, load
from vaiti.capture.rtp.table import COUNTS

_HEAD = struct.Struct("<qqqqqq112sIHH")
_TAIL = struct.Struct("<qqqq")
HEARD = struct.Struct("<q8q4s?qq")
_COUNTED = struct.Struct("<qI")
_NOTHING = -1
_NO_COUNTS = "the streams' counts are not whole"

Pressed = tuple[bool, list[tuple[bytes, bytes, bytes]]]
"""What a filter of key tones left."""


@dataclass(slots=True)
class Tail:
    """A segment that may still be cut: when the last of it arrived, and where it stands in the
    journal (number of the file, offset)."""

    index: int
    last_us: int
    file: int
    offset: int


@dataclass(slots=True)
class Quick:
    """Of one recording. `filled` bytes, `room` and `since_us` are its started segment's; `count`
    and `digest` the sealer's, the digest without the segments of `tail`, which may still be cut."""

    filled: int
    room: int
    since_us: int | None
    count: int
    digest: bytes
    last_us: int
    heard_us: int
    released_us: int
    tail: Sequence[Tail]
    heard: Mapping[int, Heard]
    pressed: Pressed | None


def pack_quick(number: int, quick: Quick, started: bytes) -> bytes:
    """With the number of the transaction, and what the started segment has."""
    since = _NOTHING if quick.since_us is None else quick.since_us
    times = (quick.last_us, quick.heard_us, quick.released_us)
    head = _HEAD.pack(
        *(quick.room, since, quick.count, *times, quick.digest),
        *(quick.filled, len(quick.tail), len(quick.heard)),
    )
    parts = [_COUNTED.pack(number, len(started)), started, head, *map(_pack_tail, quick.tail)]
    parts += [pack_heard(track, heard) for track, heard in quick.heard.items()]
    if quick.pressed is not None:
        parts.append(dump(quick.pressed))
    return b"".join(parts)


def unpack_quick(data: bytes) -> tuple[int, Quick, bytes]:
    """What `pack_quick` was given. Raises NotKnown."""
    try:
        number, filled = _COUNTED.unpack_from(data)
        begin = _COUNTED.size + filled
        return number, _quick(data[begin:]), data[_COUNTED.size : begin]
    except struct.error as error:
        raise NotKnown("a recording's state is cut off") from error


def _quick(data: bytes) -> Quick:
    room, since, count, last, heard_us, released, digest, *sizes = _HEAD.unpack_from(data)
    filled, tails, tracks = sizes
    at = _HEAD.size
    tail = [Tail(*_TAIL.unpack_from(data, at + place * _TAIL.size)) for place in range(tails)]
    at += tails * _TAIL.size
    heard = dict(unpack_heard(data, at + place * HEARD.size) for place in range(tracks))
    at += tracks * HEARD.size
    pressed: Pressed | None = load(data[at:]) if at < len(data) else None
    since_us = None if since == _NOTHING else since
    sealed = (filled, room, since_us, count, digest)
    return Quick(*sealed, last, heard_us, released, tail, heard, pressed)


def _pack_tail(tail: Tail) -> bytes:
    return _TAIL.pack(tail.index, tail.last_us, tail.file, tail.offset)


def pack_heard(track: int, heard: Heard) -> bytes:
    """For `unpack_heard`."""
    source, stamp, first_us = heard.begun
    return HEARD.pack(track, *heard.times, source, bool(source), stamp, first_us)


def unpack_heard(data: bytes | memoryview, at: int) -> tuple[int, Heard]:
    """A track and what was heard of it."""
    track, *times, source, known, stamp, first_us = HEARD.unpack_from(data, at)
    heard = Heard(*times)
    heard.begun = (source if known else b"", stamp, first_us)
    return track, heard


def pack_counts(number: int, sockets: Sequence[int], columns: Mapping[str, bytes]) -> bytes:
    """Of the streams of some sockets, by column; `number` is the transaction's."""
    known = struct.pack(f"<{len(sockets)}q", *sockets)
    return b"".join((_COUNTED.pack(number, len(sockets)), known, *(columns[x] for x in COUNTS)))


def unpack_counts(data: bytes) -> tuple[int, dict[int, dict[str, int]]]:
    """The transaction's number, and by socket what each column has. Raises NotKnown."""
    if len(data) < _COUNTED.size:
        raise NotKnown(_NO_COUNTS)
    number, count = _COUNTED.unpack_from(data)
    if len(data) != _COUNTED.size + count * (8 + sum(kind.itemsize for kind in COUNTS.values())):
        raise NotKnown(_NO_COUNTS)
    sockets = struct.unpack_from(f"<{count}q", data, _COUNTED.size)
    found: dict[int, dict[str, int]] = {each: {} for each in sockets}
    at = _COUNTED.size + 8 * count
    for name, kind in COUNTS.items():
        for each in sockets:
            value = data[at : at + kind.itemsize]
            found[each][name] = int.from_bytes(value, "little", signed=kind.kind == "i")
            at += kind.itemsize
    return number, found
