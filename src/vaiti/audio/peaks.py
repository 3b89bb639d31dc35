"""How loud a lane is, for a picture of it, and where it is silent. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE

LEVEL_FRAMES: Final = 400  # samples in one level: 50 ms
QUIET: Final = 328  # of 32,768: 40 dB below full scale; line noise stays under it
LEAST_SILENCE_S: Final = 2.0

Levels = NDArray[np.uint16]


def levels(samples: NDArray[np.int16]) -> Levels:
    """The loudest sample of each 50 ms, 0 to 32,768; the last may be of fewer."""
    if not len(samples):
        return np.zeros(0, np.uint16)
    loud = np.abs(samples.astype(np.int32))
    return np.maximum.reduceat(loud, np.arange(0, len(loud), LEVEL_FRAMES)).astype(np.uint16)


def peaks(found: Levels, bins: int) -> list[float]:
    """At most `bins` peaks from 0 to 1 over the whole length."""
    if not len(found):
        return []
    edges = np.unique(np.arange(bins) * len(found) // bins)
    loudest: list[float] = (np.maximum.reduceat(found, edges) / 32768).round(3).tolist()
    return loudest


def silences(*lanes: Levels) -> list[tuple[float, float]]:
    """Where all lanes are quiet for more than two seconds: from and to, in seconds."""
    quiet = np.all([lane < QUIET for lane in lanes], axis=0)
    edges = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0, append=0))
    second = LEVEL_FRAMES / RATE
    spans = [(int(a) * second, int(b) * second) for a, b in edges.reshape(-1, 2)]
    return [(begin, end) for begin, end in spans if end - begin > LEAST_SILENCE_S]
