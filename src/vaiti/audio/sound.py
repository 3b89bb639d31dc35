"""Whether there is sound in a stream, judged on G.711's code words as they came. Pure.

Only a part of what arrives is looked at: some packets of each second. What stands here is
when each track last carried a packet and last carried sound, and its longest stretch without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.track import ENTRY_HEAD

FAINT: Final = 40  # of 32,768: -58 dB; a machine's own silence stays under it, a room's seldom
LOUD_SHARE: Final = 0.02  # of a look's code words that are louder; fewer are clicks
LOOK_EVERY_US: Final = 1_000_000
MOST_PACKETS: Final = 8  # of one look: 160 ms
SAMPLE_US: Final = 125
TIMED: Final = frozenset({*CODECS, "G722"})
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


class Sound:
    """Of one call. `codecs` may grow while it goes on."""

    def __init__(self, codecs: Codecs) -> None:
        self.tracks: dict[int, Heard] = {}
        self._codecs = codecs

    def take(self, head: bytes, entries: memoryview, last_us: int) -> None:
        """A run as it came; `last_us` is when its last packet arrived."""
        heard = self.tracks.get(head[_TRACK])
        if heard is None:
            heard = self.tracks[head[_TRACK]] = Heard(first_us=last_us)
        heard.packet_us = last_us
        if last_us - heard.looked_us < LOOK_EVERY_US:
            return
        heard.looked_us = last_us
        self._time(heard, head, entries, last_us)
        if self._loud(head, entries):
            since = heard.sound_us or heard.first_us
            if last_us - since > heard.to_us - heard.from_us:
                heard.from_us, heard.to_us = since, last_us
            heard.sound_us = last_us

    def _time(self, heard: Heard, head: bytes, entries: memoryview, last_us: int) -> None:
        """Compares the source's clock with ours. A step that no clock makes begins anew."""
        if self._codec(head) not in TIMED:
            return
        at = len(entries) - ENTRY_HEAD - int.from_bytes(head[_LENGTH], "big") + 2
        stamp = int.from_bytes(entries[at : at + 4], "big")
        source, first_stamp, first_us = heard.begun
        wall_us = last_us - first_us
        clock_us = ((stamp - first_stamp) & 0xFFFFFFFF) * SAMPLE_US
        if source != head[_SSRC] or abs(clock_us - wall_us) > STEP_US:
            heard.begun = (head[_SSRC], stamp, last_us)
        elif wall_us > heard.wall_us:
            heard.clock_us, heard.wall_us = clock_us, wall_us

    def _codec(self, head: bytes) -> str:
        track, pt = head[_TRACK], head[_PT]
        return self._codecs.get((track, pt)) or _STATIC.get(pt, "")

    def _loud(self, head: bytes, entries: memoryview) -> bool:
        """What is of another codec counts as sound: nothing is known of it."""
        faint = _FAINT.get(self._codec(head))
        if faint is None:
            return True
        count, length = int.from_bytes(head[_COUNT], "big"), int.from_bytes(head[_LENGTH], "big")
        count = min(count, MOST_PACKETS)
        looked = bytes(entries[: count * (ENTRY_HEAD + length)])
        left = len(looked.translate(None, faint)) - count * ENTRY_HEAD
        return left > count * length * LOUD_SHARE
