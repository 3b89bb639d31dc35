"""A voice in Opus is the one that was received, and what is not that is found out."""

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.streams import START, delayed, drained, runs, stream
from vaiti.audio import lossy
from vaiti.audio.g711 import RATE, TABLES
from vaiti.audio.likeness import difference
from vaiti.audio.packed import Packer, read
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane
from vaiti.audio.track import Run
from vaiti.values import opus

SECONDS = 4
WINDOW = Window(START, START + SECONDS * 1_000_000)
RECEIVED = [Anchor(track, 7 + track, 8, "PCMA", RATE, 0, 0, START) for track in (0, 1)]
MADE = [Anchor(**asdict(one)) for one in opus.epochs((0, 1), START, WINDOW.to_us)]
ORDER = np.argsort(TABLES[0])

pytestmark = pytest.mark.skipif(not lossy.encodable(), reason="needs PyAV: VAITI_WITH=codecs")


def spoken(who: int) -> NDArray[np.int16]:
    """Syllables of a voice with its overtones, in turns of two seconds, and nobody else's."""
    at = np.arange(SECONDS * RATE) / RATE
    phase = 2 * np.pi * np.cumsum(110 + 60 * who + 25 * np.sin(2 * np.pi * 0.7 * at)) / RATE
    tone = sum(np.sin(n * phase) / n for n in range(1, 16))
    said = (np.sin(2 * np.pi * 2.6 * at) > -0.4) & ((at // 2).astype(int) == who)
    return (5_000 * tone * said).astype(np.int16)


def codewords(sound: NDArray[np.int16]) -> list[bytes]:
    codes = ORDER[np.searchsorted(TABLES[0][ORDER], sound)].astype(np.uint8)
    return [codes[first : first + 160].tobytes() for first in range(0, len(codes), 160)]


def received(lost: set[int], delays: list[int]) -> list[Run]:
    packets = [
        delayed(one, delays[at % len(delays)])
        for who in (0, 1)
        for at, one in enumerate(
            stream(codewords(spoken(who)), track=who, ssrc=7 + who, seq=0, ts=0)
        )
        if at not in lost
    ]
    return runs(drained(packets))


def encoded(heard: list[Run], kbits: int = 12) -> list[Run]:
    voices, made = [lossy.Voice(track, kbits, START) for track in (0, 1)], list[Run]()
    for first in range(0, SECONDS * 50, 50):
        for track in (0, 1):
            span = {"first": first * lossy.FRAME, "end": (first + 50) * lossy.FRAME}
            sound, there = lossy.sounding(heard, RECEIVED, track, WINDOW, **span)
            run = voices[track].take(sound, there, first)
            made += [run] if run else []
    return made


def voices(found: list[Run], anchors: list[Anchor]) -> list[NDArray[np.int16]]:
    whole = {"first": 0, "end": WINDOW.frames}
    return [lane(found, anchors, frozenset({track}), WINDOW, **whole) for track in (0, 1)]


@given(
    st.integers(20, 150),
    st.integers(5, 40),
    st.sets(st.integers(0, 199), max_size=8),
    st.lists(st.integers(0, 60_000), min_size=3, max_size=9),
)
@settings(deadline=None, max_examples=3)
def test_n12_both_voices_keep_their_times_gaps_and_loudness(
    begins: int, long: int, lost: set[int], delays: list[int]
) -> None:
    heard = received(lost | set(range(begins, begins + long)), delays)
    made = encoded(heard)
    packer, used = Packer(4040, 4080), list[bytes]()
    for one in made:
        used += packer.add([one])
    packed = [run for one in [*used, *packer.rest()] for run in read(one)]
    was, now = voices(heard, RECEIVED), voices(packed, MADE)
    assert [difference(*pair) for pair in zip(was, now, strict=True)] == ["", ""]
    gap = slice((begins + 2) * 160, (begins + long - 1) * 160)
    assert not any(voice[gap].any() for voice in now), "nothing was received, nothing is heard"
    assert sum(run.payload.size for run in packed) <= 12_000 // 8 * SECONDS * 2


def test_what_is_not_what_was_received_is_found() -> None:
    heard = received(set(), [0])
    was, now = voices(heard, RECEIVED), voices(encoded(heard), MADE)
    assert [difference(*pair) for pair in zip(was, now, strict=True)] == ["", ""]
    whole, softer = now[0], now[0] // 2
    late = np.concatenate([np.zeros(24, np.int16), whole[:-24]])
    lacking = whole.copy()
    lacking[4_000:9_000] = 0
    chatter = whole.copy()
    chatter[20_000:28_000] += np.resize(np.array([3_000, -3_000], np.int16), 8_000)
    for wrong, found in (
        (now[1], "level"),
        (whole[:-1], "length"),
        (softer, "level"),
        (late, "time"),
        (lacking, "level"),
        (chatter, "silence"),
    ):
        assert difference(was[0], wrong) == found
    assert difference(was[0][:100], whole[:100]) == ""


def test_a_call_of_a_day_has_epochs_that_its_timestamps_reach() -> None:
    made = opus.epochs((1, 0), START, START + 86_400_000_000)
    assert [one.track for one in made] == [0] * 5 + [1] * 5
    steps = {right.first_us - left.first_us for left, right in pairwise(made[:5])}
    assert steps == {6 * 3600 * 1_000_000}
