"""Whether a voice that was encoded and decoded again is the one that was received: the same length,
as loud, silent where that was, and at the same times. Pure; the bounds: docs/store.md, "Opus".
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.g711 import RATE

STEP: Final = RATE // 50  # samples of a step: 20 ms
SECOND: Final = 50  # steps
LOUD: Final = 104.0  # -50 dB of full scale, the loudness of a quiet room
SILENT: Final = 33.0  # -60 dB
LEVEL_DB: Final = 3.0  # by which a second that is loud may be louder or softer
LEAK_DB: Final = 20.0  # of what stands in silence, below what the voice has at its loudest
ALIKE: Final = 0.9  # correlation of both voices' loudness
LATE: Final = RATE // 1000  # samples: a millisecond

Samples = NDArray[np.int16]


def difference(was: Samples, now: Samples) -> str:
    """What keeps `now` from being `was`, one voice of both: length, level, silence, time; or ""."""
    if len(was) != len(now):
        return "length"
    steps = len(was) // STEP
    if not steps:
        return ""
    before, after = _loudness(was, steps), _loudness(now, steps)
    if _level(before, after) > LEVEL_DB:
        return "level"
    if _leaks(before, after):
        return "silence"
    return "" if _in_time(was, now, before, after) else "time"


def _loudness(sound: Samples, steps: int) -> NDArray[np.float64]:
    """The root mean square of each step."""
    each = sound[: steps * STEP].astype(np.float64).reshape(steps, STEP)
    found: NDArray[np.float64] = np.sqrt((each**2).mean(1))
    return found


def _level(before: NDArray[np.float64], after: NDArray[np.float64]) -> float:
    """The most by which a loud second's level differs, in dB."""
    seconds = range(0, len(before), SECOND)
    pairs = [
        [np.sqrt((one[at : at + SECOND] ** 2).mean()) for one in (before, after)] for at in seconds
    ]
    loud = [(a, b) for a, b in pairs if a >= LOUD]
    return max((abs(20 * np.log10(max(b, 1e-9) / a)) for a, b in loud), default=0.0)


def _leaks(before: NDArray[np.float64], after: NDArray[np.float64]) -> bool:
    """Whether something stands where nothing was said: beside sound a step may be touched."""
    quiet = before < SILENT
    inside = quiet.copy()
    inside[1:] &= quiet[:-1]
    inside[:-1] &= quiet[1:]
    most = max(LOUD, before.max(initial=0.0) * 10 ** (-LEAK_DB / 20))
    return bool((after[inside] > most).any())


def _in_time(
    was: Samples, now: Samples, before: NDArray[np.float64], after: NDArray[np.float64]
) -> bool:
    if before.max(initial=0.0) < LOUD:
        return True  # nobody speaks
    if before.std() > 0.1 * before.mean() and np.corrcoef(before, after)[0, 1] < ALIKE:
        return False
    return abs(_lag(was, now, int(before.argmax()))) <= LATE


def _lag(was: Samples, now: Samples, loudest: int) -> int:
    """By how many samples `now` is late around its loudest step, at most half a second."""
    begin = max(0, (loudest - SECOND) * STEP)
    pair = [one[begin : begin + 2 * SECOND * STEP].astype(np.float64) for one in (was, now)]
    size = 1 << (2 * len(pair[0])).bit_length()
    spectra = [np.fft.rfft(one, size) for one in pair]
    both = np.fft.irfft(spectra[0].conj() * spectra[1], size)
    reach = min(RATE // 2, len(pair[0]) - 1)
    lags = np.concatenate([both[-reach:], both[: reach + 1]]) if reach else both[:1]
    return int(lags.argmax()) - reach
