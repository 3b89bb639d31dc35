"""A voice in Opus at a constant bit rate: what an operator may choose to keep in place of what was
received (docs/store.md, "Opus"). Encoded by PyAV, which an installation may do without.

Frames of 20 ms stand on a grid from the call's beginning, those alone in which something was
received: so gaps stay gaps. The packets are track records like any that came in Opus.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE
from vaiti.audio.placing import Anchor, place
from vaiti.audio.render import Window, lane
from vaiti.audio.track import Run
from vaiti.values.opus import FRAME_US, PAYLOAD_TYPE, TICKS

FRAME: Final = RATE // 50  # samples

Samples = NDArray[np.int16]


@cache
def encodable() -> bool:
    """Whether this installation can make and hear such packets."""
    try:
        import av.codec
    except ImportError:
        return False
    return "libopus" in av.codec.codecs_available


class Voice:
    """Encodes one track. Frames that follow each other are heard without a seam."""

    def __init__(self, track: int, kbits: int, began_us: int) -> None:
        import av

        self._track, self._began_us = track, began_us
        self._codec: Any = av.AudioCodecContext.create("libopus", "w")
        self._codec.sample_rate, self._codec.layout, self._codec.format = RATE, "mono", "s16"
        self._codec.bit_rate = kbits * 1000
        options = {"vbr": "off", "application": "voip", "frame_duration": "20"}
        self._codec.options = options
        self._size = kbits * 1000 // 8 // 50
        self._at = 0
        self._last = -2  # frame in which something was received

    def take(self, sound: Samples, there: NDArray[np.bool_], first: int) -> Run | None:
        """The packets of frames `first` and on: `there` says in which something was received.

        The frame after the last of them is encoded too, for the encoder looks ahead.
        """
        wanted = there.copy()
        wanted[1:] |= there[:-1]
        wanted[:1] |= self._last == first - 1
        if there.any():
            self._last = first + int(np.flatnonzero(there)[-1])
        frames = np.flatnonzero(wanted)
        if not len(frames):
            return None
        packets = [self._packet(sound[at * FRAME : (at + 1) * FRAME]) for at in frames.tolist()]
        number = frames.astype(np.uint64) + np.uint64(first)
        return Run(
            self._track,
            PAYLOAD_TYPE,
            self._track + 1,
            number.astype(np.uint16),
            (number * np.uint64(TICKS)).astype(np.uint32),
            np.uint64(self._began_us) + number * np.uint64(FRAME_US),
            np.frombuffer(b"".join(packets), np.uint8).reshape(len(frames), self._size),
        )

    def _packet(self, samples: Samples) -> bytes:
        import av

        whole = np.zeros((1, FRAME), np.int16)
        whole[0, : len(samples)] = samples
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._at
        self._at += FRAME
        found = b"".join(bytes(one) for one in self._codec.encode(frame))
        if len(found) != self._size:
            raise ValueError("the encoder keeps another bit rate than it was given")
        return found


def sounding(
    runs: Sequence[Run],
    anchors: Sequence[Anchor],
    track: int,
    window: Window,
    *,
    first: int,
    end: int,
) -> tuple[Samples, NDArray[np.bool_]]:
    """The track's samples `first` to `end` of the window, both whole frames; and in which frames
    something was received."""
    found = lane(runs, anchors, frozenset({track}), window, first=first, end=end)
    there = np.zeros((end - first) // FRAME + 1, np.bool_)
    mine = [run for run in runs if run.track == track]
    known = [anchor for anchor in anchors if anchor.track == track]
    for stream in place(mine, known, *window.arrivals(first, end)) if mine else []:
        begin = (stream.start_us - window.from_us) * RATE // 1_000_000 - first
        last = begin + np.maximum(stream.length, 1) - 1
        for edge in (begin, last):
            inside = edge[(edge >= 0) & (edge < end - first)]
            there[inside // FRAME] = True
    return found, there[: (end - first) // FRAME]


def batches(frames: int) -> Iterator[tuple[int, int]]:
    """A minute at a time, in frames."""
    step = 60 * 50
    return ((first, min(first + step, frames)) for first in range(0, frames, step))
