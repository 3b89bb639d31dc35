"""AAC in an MP4 file (m4a), which every telephone plays; by PyAV, which not all have installed."""

from functools import cache
from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE

BITS_A_SECOND: Final = 24_000  # of each channel
LAYOUTS: Final = {1: "mono", 2: "stereo"}


@cache
def compressible() -> bool:
    """Whether this installation can make such files."""
    try:
        import av.codec
    except ImportError:
        return False
    return "aac" in av.codec.codecs_available


class Compressor:
    """Takes sound as it comes, and gives the file at the end: some 20 MB for an hour of two
    channels, held in memory. No tag of ours is in it (N-30)."""

    def __init__(self, channels: int) -> None:
        import av

        self._layout = LAYOUTS[channels]
        self._file = BytesIO()
        self._container: Any = av.open(
            self._file, "w", format="mp4", options={"fflags": "bitexact"}
        )
        self._stream: Any = self._container.add_stream("aac", rate=RATE, layout=self._layout)
        self._stream.bit_rate = BITS_A_SECOND * channels
        self._at = 0

    def take(self, frames: NDArray[np.int16]) -> None:
        """`frames` has a row a sample and a column a channel."""
        import av

        if not len(frames):
            return
        packed = np.ascontiguousarray(frames).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=self._layout)
        frame.sample_rate, frame.pts = RATE, self._at
        self._at += len(frames)
        self._container.mux(self._stream.encode(frame))

    def file(self) -> bytes:
        self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._file.getvalue()
