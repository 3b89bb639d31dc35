"""Where a recording's quickly changing state lies in memory that outlives it: twice, in turns.

What changes with packets is written straight to where it stays, and the half that the last
transaction left is not touched: a half names the transaction that wrote it, and counts when that
one is committed. So is the started segment: what it gets more is behind what was committed of it,
and the next segment begins in the other half. Layout: docs/keeper.md. Pure.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

from vaiti.audio.sound import Heard
from vaiti.capture.recorder.packed import HEARD, Quick, Tail, pack_heard, unpack_heard
from vaiti.capture.recorder.plain import NotKnown
from vaiti.vault.sealing import CAPACITY

MOST_TRACKS: Final = 2
MOST_TAILS: Final = 3  # segments that may still be cut; more take the long way
NOTHING: Final = -1

_HEAD = struct.Struct(f"<Qqqqqqq112sIHBB{MOST_TRACKS * HEARD.size}s")
_NUMBER = struct.Struct("<Q")
_TAIL = struct.Struct("<qqqq")
_FIRST_HEARD = struct.calcsize("<Qqqqqqq112sIHBB")
_QUICK: Final = -(-(_HEAD.size + MOST_TAILS * _TAIL.size) // 64) * 64
SIZE: Final = 2 * (_QUICK + CAPACITY)
_AT = 9  # which of a half's fields says where the started segment is


class Berth:
    """Of one recording; `room` is SIZE bytes of zeros, or what another process left."""

    __slots__ = (
        *("_at", "_before", "_filled", "_half", "_heard", "_number", "_room", "_segment"),
        *("_tracks", "long"),
    )

    def __init__(self, room: memoryview) -> None:
        self.long = False
        """Whether the state was told the long way last."""
        self._room = room
        self._number, begin = _last(room)
        self._half = begin // _QUICK
        self._at = self._before = _HEAD.unpack_from(room, begin)[_AT]
        self._segment, self._filled = NOTHING, 0
        self._heard, self._tracks = b"", NOTHING

    def started(self, number: int, segment: int) -> int:
        """Before `keep`: from where on the started segment's bytes are wanted."""
        if number != self._number:
            self._number, self._before = number, self._at
            self._half ^= 1
        if segment == self._segment:
            return self._filled
        self._segment, self._filled, self._at = segment, 0, self._before ^ 1
        return 0

    def hear(self, heard: Mapping[int, Heard], *, changed: bool) -> None:
        """Before `keep`, whether it has changed since or not: once a second it does."""
        if changed or self._tracks == NOTHING:
            self._heard = b"".join(pack_heard(track, each) for track, each in heard.items())
            self._tracks = len(heard)

    def keep(self, quick: tuple[object, ...], fresh: bytes) -> None:
        """`quick`: room, since, count, three times, digest; `fresh` is behind what `started` told.
        Counts from when that transaction is committed."""
        room, filled = self._room, self._filled
        if fresh:
            at = 2 * _QUICK + self._at * CAPACITY + filled
            self._filled = filled = filled + len(fresh)
            room[at : at + len(fresh)] = fresh
        told = (filled, self._at, 0, self._tracks, self._heard)
        _HEAD.pack_into(room, self._half * _QUICK, self._number, *quick, *told)

    def tails(self, tails: Sequence[tuple[int, int, int, int]]) -> None:
        """After `keep`: segments that may still be cut, as in `Tail`."""
        begin = self._half * _QUICK
        for place, tail in enumerate(tails):
            _TAIL.pack_into(self._room, begin + _HEAD.size + place * _TAIL.size, *tail)
        self._room[begin + _FIRST_HEARD - 2] = len(tails)


def heal(room: memoryview, committed: int) -> None:
    """What was written and never committed is never to count. Raises NotKnown for what no berth
    has."""
    if len(room) != SIZE:
        raise NotKnown("a recording's berth has another size")
    for begin in (0, _QUICK):
        number, *_, filled, at, tails, tracks, _ = _HEAD.unpack_from(room, begin)
        if number > committed:
            _NUMBER.pack_into(room, begin, 0)
        elif filled > CAPACITY or tails > MOST_TAILS or tracks > MOST_TRACKS:
            raise NotKnown("a recording's berth tells of more than it has room for")
        if at > 1:
            raise NotKnown("a recording's berth has two rooms")


def left(room: memoryview) -> tuple[int, Quick, bytes] | None:
    """What the last transaction left that wrote here, once it was healed: its number, the state,
    the started segment; None where none did."""
    number, begin = _last(room)
    if not number:
        return None
    told = _HEAD.unpack_from(room, begin)
    free, since, count, last_us, heard_us, released_us, digest = told[1:8]
    filled, at, tails, tracks = told[8:12]
    known = [
        unpack_heard(room, begin + _FIRST_HEARD + place * HEARD.size) for place in range(tracks)
    ]
    first = begin + _HEAD.size
    tail = [Tail(*_TAIL.unpack_from(room, first + place * _TAIL.size)) for place in range(tails)]
    since_us = None if since == NOTHING else since
    times = last_us, heard_us, released_us
    quick = Quick(filled, free, since_us, count, digest, *times, tail, dict(known), None)
    segment = 2 * _QUICK + at * CAPACITY
    return number, quick, bytes(room[segment : segment + filled])


def _last(room: memoryview) -> tuple[int, int]:
    """The number of the last transaction that wrote here, and where its half begins."""
    return max((*_NUMBER.unpack_from(room, begin), begin) for begin in (0, _QUICK))
