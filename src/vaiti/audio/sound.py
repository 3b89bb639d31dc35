"""Whether there is sound in a stream, judged on code words as they came, without decoding. Pure.

Of G.711, G.722 and L16; Opus and G.729 say nothing of it before they are decoded.

Only a part of what arrives is looked at: some packets of each second. What stands here is
when each track last carried a packet and last carried sound, and its longest stretch without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.codecs import L16
from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.track import ENTRY_HEAD

FAINT: Final = 40  # of 32,768: -58 dB; a machine's own silence stays under it, a room's seldom
LOUD_SHARE: Final = 0.02  # of a look's code words that are louder; fewer are clicks
LOOK_EVERY_US: Final = 1_000_000
LEAST_US: Final = 750_000  # from one look to the next, where packets come unevenly
MOST_PACKETS: Final = 8  # of one look: 160 ms
SAMPLE_US: Final = 125
G722: Final = "G722"
G722_LOUD: Final = 32.0
"""By which a packet's steps grow where there is sound; those of a quiet room's noise by less.
Of synthetic voices, as loud as recorded and 30 dB below, 94 of 100 looks agree with G.711's."""
TIMED: Final = frozenset({*CODECS, G722})
"""Codecs whose timestamps count samples of 125 microseconds (RFC 3551)."""
STEP_US: Final = 2_000_000
"""By which the two clocks may come apart and still be the same run of them."""
_SSRC = slice(8, 12)
_PT, _TRACK, _COUNT, _LENGTH = 2, 1, slice(4, 6), slice(6, 8)  # in a run's head
_STATIC: Final = {0: "PCMU", 8: "PCMA"}
_FAINT: Final = {
    codec: bytes(np.flatnonzero(np.abs(table.astype(np.int32)) <= FAINT).astype(np.uint8))
    for codec, table in zip(CODECS, TABLES, strict=True)
}
"""The code words of each codec that are as good as silence."""

LAWS: Final = {"PCMA": 0x55, "PCMU": 0xFF}
"""The bits of a code word that each law inverts on the line."""
_STEPS_BELOW: Final = np.zeros(256, np.uint8)
_STEPS_BELOW[[0x55, 0xFF]] = 2, 5
"""By law: the last of the code words that are faint, counted from silence on."""

_STEPS = (-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60)
"""What each of the lower band's code words, without its last two bits, adds to the step's
logarithm (ITU-T G.722, tables 5 and 6)."""
_GROWTH: Final = np.array([_STEPS[(byte & 0x3F) >> 2] for byte in range(256)], np.float64)

JUDGED: Final = frozenset({*CODECS, G722, L16})
Codecs = Mapping[tuple[int, int], str]


@dataclass(slots=True)
class Heard:
    """Of one track, in microseconds since the epoch; 0 for never. The longest stretch without sound
    that ended is from `from_us` to `to_us`. While one source sent, its clock ran for `clock_us` and
    ours for `wall_us`: of the longest such time."""

    packet_us: int = 0
    sound_us: int = 0
    first_us: int = 0
    looked_us: int = 0
    from_us: int = 0
    to_us: int = 0
    clock_us: int = 0
    wall_us: int = 0
    begun: tuple[bytes, int, int] = (b"", 0, 0)  # source, and where its clock and ours began

    @property
    def times(self) -> tuple[int, ...]:
        """All fields but the last, in their order."""
        found: tuple[int, ...] = _TIMES(self)
        return found


_TIMES = attrgetter(*(each.name for each in fields(Heard)[:-1]))


class Sound:
    """Of one call. `codecs` may grow while it goes on."""

    def __init__(self, codecs: Codecs) -> None:
        self.tracks: dict[int, Heard] = {}
        self._codecs = codecs

    def take(self, head: bytes, entries: memoryview, last_us: int) -> None:
        """A run as it came; `last_us` is when its last packet arrived. One of each second is looked
        at."""
        heard = self._of(head[_TRACK], last_us)
        if last_us - heard.looked_us < LEAST_US:
            return
        heard.looked_us = last_us
        codec = self._codec(head)
        if codec in TIMED:
            at = len(entries) - ENTRY_HEAD - int.from_bytes(head[_LENGTH], "big") + 2
            _time(heard, head, int.from_bytes(entries[at : at + 4], "big"), last_us)
        if codec not in JUDGED or _loud(codec, head, entries):
            _hear(heard, last_us)

    def judged(self, head: bytes, stamp: int, last_us: int, loud: bool) -> None:
        """A run of G.711 as it came, of which `are_loud` has told; `stamp` is its last packet's."""
        heard = self._of(head[_TRACK], last_us)
        heard.looked_us = last_us
        _time(heard, head, stamp, last_us)
        if loud:
            _hear(heard, last_us)

    def _of(self, track: int, last_us: int) -> Heard:
        heard = self.tracks.get(track)
        if heard is None:
            heard = self.tracks[track] = Heard(first_us=last_us)
        heard.packet_us = last_us
        return heard

    def _codec(self, head: bytes) -> str:
        track, pt = head[_TRACK], head[_PT]
        return self._codecs.get((track, pt)) or _STATIC.get(pt, "")


def are_loud(laws: NDArray[np.uint8], payloads: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether there is sound in each of some looks at G.711: `laws` are of LAWS, one a look,
    `payloads` uint8[looks, packets, length]. Their words are written over."""
    words = payloads.reshape(len(laws), -1)
    words ^= laws[:, None]
    words &= 0x7F
    heard = np.packbits(words > _STEPS_BELOW[laws, None], axis=1)
    loud: NDArray[np.bool_] = np.bitwise_count(heard).sum(axis=1) > words.shape[1] * LOUD_SHARE
    return loud


def _hear(heard: Heard, last_us: int) -> None:
    since = heard.sound_us or heard.first_us
    if last_us - since > heard.to_us - heard.from_us:
        heard.from_us, heard.to_us = since, last_us
    heard.sound_us = last_us


def _time(heard: Heard, head: bytes, stamp: int, last_us: int) -> None:
    """Compares the source's clock with ours. A step that no clock makes begins anew."""
    source, first_stamp, first_us = heard.begun
    wall_us = last_us - first_us
    clock_us = ((stamp - first_stamp) & 0xFFFFFFFF) * SAMPLE_US
    if source != head[_SSRC] or abs(clock_us - wall_us) > STEP_US:
        heard.begun = (head[_SSRC], stamp, last_us)
    elif wall_us > heard.wall_us:
        heard.clock_us, heard.wall_us = clock_us, wall_us


def _loud(codec: str, head: bytes, entries: memoryview) -> bool:
    """Of a codec that is judged. What is of another counts as sound: nothing is known of it."""
    length = int.from_bytes(head[_LENGTH], "big")
    count = min(int.from_bytes(head[_COUNT], "big"), MOST_PACKETS)
    looked = entries[: count * (ENTRY_HEAD + length)]
    if codec in CODECS:
        left = len(bytes(looked).translate(None, _FAINT[codec])) - count * ENTRY_HEAD
        return left > count * length * LOUD_SHARE
    return bool(length) and _is_loud(codec, _payloads(looked, length))


def _payloads(entries: memoryview, length: int) -> NDArray[np.uint8]:
    """One row a packet."""
    rows = np.frombuffer(entries, np.uint8).reshape(-1, ENTRY_HEAD + length)
    return np.ascontiguousarray(rows[:, ENTRY_HEAD:])


def _is_loud(codec: str, payloads: NDArray[np.uint8]) -> bool:
    if codec == G722:
        growth = np.sort(_GROWTH[payloads].mean(axis=1))
        # a stream's first packet grows from nothing, whatever is in it: two must be loud
        return bool(growth[-2:].min() > G722_LOUD)
    samples = payloads[:, : payloads.shape[1] // 2 * 2].copy().view(">i2").astype(np.int32)
    return bool((np.abs(samples) > FAINT).mean() > LOUD_SHARE) if samples.size else False
