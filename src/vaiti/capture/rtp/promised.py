"""What streams promised to send next, and which packets of a batch are that. Pure."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.track import MAX_DELTA_US
from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import Batch, Parsed
from vaiti.capture.rtp.stream import FOR_EVER, MAX_DROPOUT

Ints = NDArray[np.int64]


class Judged(NamedTuple):
    """One entry a packet: `alike` whether it is as promised but perhaps for its number, and how
    many numbers are `missing` before it, uint16, if all before it in the batch are as promised."""

    alike: NDArray[np.bool_]
    missing: NDArray[np.uint16]

    def first_odd(self, starts: Ints, ends: Ints) -> Ints:
        """The place of each stream's first packet that is not as promised; its end if all are."""
        usual = self.alike & (self.missing == 0)
        if usual.all():
            return ends
        odd = np.append((~usual).nonzero()[0], len(usual))
        firsts: Ints = np.minimum(odd[odd.searchsorted(starts)], ends)
        return firsts

    def gaps(self, places: Ints) -> NDArray[np.bool_]:
        """Of the packets at these places, whether nothing is odd but that some before are lost."""
        missing = self.missing[places]
        gaps: NDArray[np.bool_] = self.alike[places] & (missing < MAX_DROPOUT - 1)
        return gaps


def judged(
    columns: Mapping[str, NDArray[Any]],
    slots: Ints,
    counts: Ints,
    batch: Batch,
    parsed: Parsed,
) -> Judged:
    """`columns` is what the streams promised, by slot; `counts` of each, none of them 0, stand in
    the batch."""
    owner, first = slots.repeat(counts), (counts.cumsum() - counts).repeat(counts)
    place = np.arange(1, len(owner) + 1) - first
    delta = batch.arrival_us - batch.arrival_us.take(first)
    alike = delta.view(np.uint64) <= MAX_DELTA_US
    alike &= parsed.pt == columns["pt"].take(owner)
    alike &= parsed.ssrc == columns["ssrc"].take(owner)
    alike &= batch.host[:, 1] == columns["host_low"].take(owner)
    alike &= batch.host[:, 0] == columns["host_high"].take(owner)
    alike &= batch.port == columns["port"].take(owner)
    until_us = columns["until_us"].take(slots)
    if until_us.min() < FOR_EVER:
        alike &= batch.arrival_us <= until_us.repeat(counts)
    if not parsed.alike:
        alike &= parsed.reason == Drop.KEPT
        alike &= parsed.size == parsed.size[first]
        alike &= parsed.offset == parsed.offset[first]
    return Judged(alike, parsed.seq - (columns["seq"].take(owner) + place).astype(np.uint16))
