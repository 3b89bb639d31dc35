"""The header of a WAV file that is never written: PCM of 16 bits, and no metadata at all (N-30)."""

import struct
from typing import Final

from vaiti.audio.g711 import RATE

HEADER: Final = 44  # in bytes
SAMPLE: Final = 2  # in bytes
MAX_DATA: Final = 0xFFFFFFFF - (HEADER - 8)  # in bytes: what the header's 32 bits can say

_LAYOUT: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")
_PCM: Final = 1


def header(frames: int, channels: int) -> bytes:
    """44 bytes for `frames` samples of each of `channels`, 8,000 a second, little-endian PCM16.

    RIFF: "Multimedia Programming Interface and Data Specifications 1.0", IBM and Microsoft, 1991.
    Raises ValueError for more data than the header can say.
    """
    width = channels * SAMPLE
    data = frames * width
    if data > MAX_DATA:
        raise ValueError("the sound is longer than a WAV file can be")
    return _LAYOUT.pack(
        b"RIFF",
        HEADER - 8 + data,
        b"WAVE",
        b"fmt ",
        16,
        _PCM,
        channels,
        RATE,
        RATE * width,
        width,
        SAMPLE * 8,
        b"data",
        data,
    )
