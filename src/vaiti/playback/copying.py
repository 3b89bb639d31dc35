"""A call's sound for whoever has a right to a copy: a WAV file, and the same as m4a beside it.

It is rendered as a listener hears it, a stretch at a time, and nothing of it is written anywhere
here. What the decision leaves out is silence in the copy; the recording stays as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.compressing import Compressor, compressible
from vaiti.audio.g711 import RATE
from vaiti.audio.render import lane
from vaiti.audio.wav import HEADER, MAX_DATA, SAMPLE, header
from vaiti.playback import egress
from vaiti.playback.decoding import require_all
from vaiti.playback.listen import CHANNELS, Tampered
from vaiti.playback.recorded import LEFT, RIGHT, Recorded
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

__all__ = ["VOICES", "Muted", "Sound", "Tampered", "compressible", "longest_s"]

CHUNK: Final = 60 * RATE  # frames rendered at once
VOICES: Final = tuple(CHANNELS)
"""Whose voices may be in a copy: both, or one side's."""
_SIDES: Final = {"both": LEFT | RIGHT, "agent": LEFT, "customer": RIGHT}


@dataclass(frozen=True, slots=True)
class Muted:
    """A passage that is silence in the copy: on `side`, one of VOICES; microseconds since 1970."""

    side: str
    from_us: int
    to_us: int


@dataclass
class Sound:
    """`wav` gives the file's bytes; afterwards `compressed` is the m4a file, where that is wanted
    and the installation can make one. `recorded`: where the recording is open already.
    Raises NoDecoder, and what `Recorded` raises."""

    opening: Opening
    voices: str
    muted: Sequence[Muted]
    keys: KeyClient
    store: Store
    compressing: bool = True
    recorded: Recorded | None = field(default=None, repr=False)
    compressed: bytes = field(default=b"", repr=False)
    taken: int = 0
    """Bytes of sound given out so far, of `wav` and of `compressed`."""

    def __post_init__(self) -> None:
        require_all(self.opening.recording)
        self._recorded = self.recorded or Recorded(self.opening, self.keys, self.store)
        self._window = self._recorded.window
        self._channels = len(CHANNELS[self.voices])

    @property
    def seconds(self) -> float:
        return self._window.frames / RATE

    def wav(self) -> Iterator[bytes]:
        compressor = Compressor(self._channels) if self.compressing and compressible() else None
        yield self._out(header(self._window.frames, self._channels))
        for first in range(0, self._window.frames, CHUNK):
            frames = self._frames(first, min(first + CHUNK, self._window.frames))
            if compressor:
                compressor.take(frames)
            yield self._out(frames.astype("<i2").tobytes())
        if compressor:
            self.compressed = self._out(compressor.file())

    def _out(self, data: bytes) -> bytes:
        egress.count(self.opening, len(data))
        self.taken += len(data)
        return data

    def _frames(self, first: int, end: int) -> NDArray[np.int16]:
        recorded = self._recorded
        runs = recorded.arrived(*self._window.arrivals(first, end))
        lanes = []
        for roles in CHANNELS[self.voices]:
            tracks = recorded.tracks(roles)
            sound = lane(runs, recorded.anchors, tracks, self._window, first=first, end=end)
            self._mute(sound, tracks, first)
            lanes.append(sound)
        return np.stack(lanes, axis=1)

    def _mute(self, sound: NDArray[np.int16], tracks: frozenset[int], first: int) -> None:
        """What is mixed into one track holds both voices, and falls silent for either."""
        for one in self.muted:
            if self._recorded.tracks(_SIDES[one.side]) & tracks:
                begin = (one.from_us - self._window.from_us) * RATE // 1_000_000 - first
                end = -(-(one.to_us - self._window.from_us) * RATE // 1_000_000) - first
                sound[max(0, begin) : max(0, end)] = 0


def longest_s(channels: int = 2) -> int:
    """The longest sound that one WAV file holds, in seconds."""
    return (MAX_DATA - HEADER) // (channels * SAMPLE * RATE)
