"""Received packets to samples on one time line. Pure.

The same sample comes out whatever range is asked for. Losses and stretches in which nothing was
received are silence; where two packets claim the same instant, the later anchor's is heard, and of
one anchor the one that arrived first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.codecs import decoded
from vaiti.audio.g711 import CODECS, RATE, TABLES
from vaiti.audio.placing import BLOCK_US, FAR_US, Anchor, Placed, place
from vaiti.audio.track import Run

REACH_US: Final = FAR_US + 1_000_000  # from a sample's instant to its packet's arrival, at most
WARM: Final = 10  # packets of the block before that a decoder hears first, to sound as it will

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Window:
    """The stretch of the time line that may be heard: microseconds since the epoch, UTC."""

    from_us: int
    to_us: int

    @property
    def frames(self) -> int:
        """Its length in samples."""
        return max(0, (self.to_us - self.from_us) * RATE // 1_000_000)

    def arrivals(self, first: int, end: int) -> tuple[int, int]:
        """From when until when packets arrive that shape the sound of frames `first` to `end`.

        Whole blocks, those beside the ones that sound in it too, in microseconds since the epoch;
        the end is exclusive.
        """
        earliest = self.from_us + first * 1_000_000 // RATE - REACH_US
        latest = self.from_us + end * 1_000_000 // RATE + REACH_US
        return (earliest // BLOCK_US - 1) * BLOCK_US, (latest // BLOCK_US + 2) * BLOCK_US


def lane(
    runs: Sequence[Run],
    anchors: Sequence[Anchor],
    tracks: frozenset[int],
    window: Window,
    *,
    first: int,
    end: int,
) -> Samples:
    """Frames `first` to `end` (exclusive) of the window: int16, the sum of `tracks`, clipped.

    `runs` hold at least the packets that arrived in `window.arrivals(first, end)`.
    """
    since, until = window.arrivals(first, end)
    mixed = np.zeros(end - first, np.int32)
    for track in sorted(tracks):
        mine = [run for run in runs if run.track == track]
        known = [anchor for anchor in anchors if anchor.track == track]
        mixed += _sound(place(mine, known, since, until), window, first, end)
    return mixed.clip(-32768, 32767).astype(np.int16)


def _sound(streams: Sequence[Placed], window: Window, first: int, end: int) -> Samples:
    """One track. Streams of different anchors are laid in the anchors' order."""
    out = np.zeros(end - first, np.int16)
    heard = [(stream, *_samples(stream)) for stream in streams]
    ranks = sorted({int(rank) for stream in streams for rank in np.unique(stream.rank)})
    for rank in ranks:
        for stream, samples, length in heard:
            if (chosen := stream.rank == rank).any():
                _lay(stream, samples, length, chosen, window=window, out=out, first=first)
    return out


def _samples(stream: Placed) -> tuple[NDArray[np.int16] | None, NDArray[np.int64]]:
    """The sound of each packet, zeros after its length; None for G.711, which needs a table only.

    Each block is decoded by itself, its packets in the sender's order, with the last of the block
    before and the first of the one after it, so that no seam is heard.
    """
    if stream.codec in CODECS:
        return None, stream.length
    order = np.lexsort((stream.start_us, stream.arrival_us // BLOCK_US))
    borders = np.flatnonzero(np.diff(stream.arrival_us[order] // BLOCK_US)) + 1
    sounds: dict[int, Samples] = {}
    for first, end in pairwise((0, *borders.tolist(), len(order))):
        before = min(first, WARM)
        packets = [_packet(stream, at) for at in order[first - before : end + 1]]
        heard = decoded(stream.codec, stream.clock, packets)[before:][: end - first]
        sounds |= zip(order[first:end].tolist(), heard, strict=True)
    length = np.array([len(sounds[at]) for at in range(len(sounds))], np.int64)
    samples = np.zeros((len(sounds), int(length.max(initial=0))), np.int16)
    for at, sound in sounds.items():
        samples[at, : len(sound)] = sound
    return samples, length


def _packet(stream: Placed, at: int) -> bytes:
    return stream.payload[at, : stream.length[at]].tobytes()


def _lay(
    stream: Placed,
    samples: NDArray[np.int16] | None,
    length: NDArray[np.int64],
    chosen: NDArray[np.bool_],
    *,
    window: Window,
    out: Samples,
    first: int,
) -> None:
    """Writes the chosen packets, those that must be heard last."""
    start, arrival = stream.start_us[chosen], stream.arrival_us[chosen]
    frame = (start - window.from_us) * RATE // 1_000_000 - first
    inside = (frame < len(out)) & (frame + length[chosen] > 0)
    order = np.lexsort((-arrival, start, arrival // BLOCK_US))
    order = order[inside[order]]
    codes = (stream.payload if samples is None else samples)[chosen][order]
    step = np.arange(codes.shape[1])
    at = frame[order, None] + step
    valid = (step < length[chosen][order][:, None]) & (at >= 0) & (at < len(out))
    sound = codes[valid]
    out[at[valid]] = TABLES[CODECS.index(stream.codec)][sound] if samples is None else sound
