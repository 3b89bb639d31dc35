"""What the phone says: wave files in, G.711 A-law out. Own tables, checked against ITU-T G.711."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vaiti.ops.phone.plan import PhoneError

RATE = 8000
MOST_SECONDS = 3600
"""A longer wave file is refused rather than held in memory."""


def read_wave(path: Path) -> NDArray[np.int16]:
    """The samples of a mono 16-bit wave file at 8,000 Hz. Raises PhoneError."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            if shape != (1, 2, RATE):
                raise PhoneError(f"{path} is not mono, 16 bits, 8000 Hz; convert it first")
            if file.getnframes() > MOST_SECONDS * RATE:
                raise PhoneError(f"{path} is longer than {MOST_SECONDS} seconds")
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    except (wave.Error, EOFError) as error:
        raise PhoneError(f"{path} is not a wave file") from error
    except OSError as error:
        raise PhoneError(f"{path} cannot be read: {error.strerror}") from error


def write_wave(path: Path, samples: NDArray[np.int16]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def alaw(samples: NDArray[np.int16]) -> bytes:
    """G.711 A-law, one byte a sample: sign, three bits of segment, four of mantissa, even bits
    inverted (ITU-T G.711, table 1a)."""
    linear = samples.astype(np.int32) >> 3  # the 13 bits that A-law codes
    negative = linear < 0
    magnitude = np.where(negative, -linear - 1, linear)
    segment = np.searchsorted([32, 64, 128, 256, 512, 1024, 2048], magnitude, side="right")
    shift = np.maximum(segment, 1)
    code = (segment << 4) | ((magnitude >> shift) & 0x0F)
    return bytes((np.where(negative, code, code | 0x80) ^ 0x55).astype(np.uint8))
