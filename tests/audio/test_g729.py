"""G.729 by frames that are written here bit for bit (ITU-T G.729, table 8): no encoder is at hand.

A frame names the distance after which the voice repeats itself. Where that distance is heard, the
frames were cut, ordered and decoded as they were meant.
"""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.streams import START, Packet, anchor, runs, stream
from vaiti.audio.render import Window, lane

GAINS = (1, 9)  # of the first and second codebook: the voice goes on as it was
AGAIN = 17  # the second half of a frame repeats at the distance of the first
COUNT = 100  # packets of 20 ms, two frames each
NOISE = b"\x15\x2a"  # two bytes that describe the noise of a pause (Annex B)


def frame(distance: int, rng: np.random.Generator) -> bytes:
    """A voice that repeats itself after so many samples, over one spectrum."""
    first = 3 * (distance - 19) - 1
    parity = 1 ^ (first >> 2).bit_count() & 1
    fixed, signs = rng.integers(0, 8192, 2).tolist(), rng.integers(0, 16, 2).tolist()
    spectrum = [(0, 1), (40, 7), (10, 5), (10, 5)]
    one = [(first, 8), (parity, 1), (fixed[0], 13), (signs[0], 4), (GAINS[0], 3), (GAINS[1], 4)]
    other = [(AGAIN, 5), (fixed[1], 13), (signs[1], 4), (GAINS[0], 3), (GAINS[1], 4)]
    bits = "".join(f"{value:0{width}b}" for value, width in [*spectrum, *one, *other])
    return int(bits, 2).to_bytes(10, "big")


def spoken(distance: int) -> list[Packet]:
    rng = np.random.default_rng(3)
    return stream([frame(distance, rng) + frame(distance, rng) for _ in range(COUNT)], pt=18)


def heard(found: list[Packet], first: int = 0, end: int = COUNT * 160) -> NDArray[np.int16]:
    window = Window(START, START + COUNT * 20_000)
    tied = [anchor(found[0], "G729")]
    return lane(runs(found), tied, frozenset({0}), window, first=first, end=end)


def distance_in(sound: NDArray[np.int16]) -> tuple[int, float]:
    """After how many samples it is most like itself, and how much so."""
    wave = sound.astype(float) - sound.mean()
    like = [np.corrcoef(wave[:-lag], wave[lag:])[0, 1] for lag in range(25, 85)]
    return 25 + int(np.argmax(like)), max(like)


@pytest.mark.parametrize("distance", [30, 47, 63, 76])
def test_the_pitch_that_the_frames_name_is_heard(distance: int) -> None:
    sound = heard(spoken(distance))
    assert len(sound) == COUNT * 160
    found, like = distance_in(sound[2_000:14_000])
    assert (found, like > 0.9) == (distance, True)


def test_the_same_sound_comes_out_of_every_range() -> None:
    found = spoken(47)
    whole = heard(found)
    for first, end in ((0, 5_000), (5_000, 11_111), (11_111, COUNT * 160)):
        assert np.array_equal(heard(found, first, end), whole[first:end])


def test_a_pause_that_is_not_sent_is_silence_between_two_voices() -> None:
    """Sequence numbers go on, timestamps jump: the noise of the pause is described once."""
    found = spoken(47)
    last = found[39]
    quiet = Packet(last.seq + 1 & 0xFFFF, last.ts + 160, last.arrival_us + 20_000, NOISE, pt=18)
    later = [
        Packet(quiet.seq + 1 + n & 0xFFFF, each.ts, each.arrival_us, each.payload, pt=18)
        for n, each in enumerate(found[70:])
    ]
    sound = heard([*found[:40], quiet, *later])
    assert len(sound) == COUNT * 160
    assert not sound[42 * 160 : 69 * 160].any()
    for part in (sound[2_000:6_000], sound[72 * 160 : 98 * 160]):
        assert distance_in(part)[0] == 47
