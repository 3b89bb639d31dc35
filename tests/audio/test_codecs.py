"""Codecs besides G.711: real encoders' streams, placed and heard on the same time line."""

from collections.abc import Callable
from fractions import Fraction
from itertools import groupby

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from audio.streams import START, Packet, runs
from vaiti.audio.blanking import NOTHING, Passage, blanked
from vaiti.audio.codecs import BEYOND_G711, decodable, decoded
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane
from vaiti.audio.track import RunHead, entry_type, read_records

SECONDS = 12
PITCH = 437.5


def tone(rate: int, seconds: int = SECONDS) -> NDArray[np.int16]:
    wave = np.sin(2 * np.pi * PITCH * np.arange(rate * seconds) / rate)
    return (wave * 8000).astype(np.int16)


def encoded(name: str, rate: int) -> list[bytes]:
    """Twenty milliseconds a packet, by the library's encoder."""
    context = av.AudioCodecContext.create(name, "w")
    context.sample_rate, context.layout, context.format = rate, "mono", "s16"
    context.time_base = Fraction(1, rate)
    context.bit_rate = 64_000 if name == "g722" else 24_000
    step, sound, packets = rate // 50, tone(rate), []
    for at in range(0, len(sound), step):
        frame = av.AudioFrame.from_ndarray(sound[None, at : at + step], "s16", "mono")
        frame.sample_rate, frame.pts = rate, at
        packets += [bytes(each) for each in context.encode(frame)]
    return packets + [bytes(each) for each in context.encode(None)]


def l16() -> list[bytes]:
    return [part.astype(">i2").tobytes() for part in np.split(tone(16_000), SECONDS * 50)]


STREAMS: dict[str, tuple[int, int, Callable[[], list[bytes]]]] = {
    "G722": (9, 8_000, lambda: encoded("g722", 16_000)),
    "OPUS": (96, 48_000, lambda: encoded("libopus", 48_000)),
    "L16": (97, 16_000, l16),
}


def packets(codec: str) -> tuple[list[Packet], Anchor]:
    pt, clock, made = STREAMS[codec]
    found = [
        Packet(n & 0xFFFF, n * clock // 50, START + n * 20_000, payload, pt=pt)
        for n, payload in enumerate(made())
    ]
    return found, Anchor(0, 0xCAFE, pt, codec, clock, 0, 0, START)


def heard(found: list[Packet], anchor: Anchor, first: int, end: int) -> NDArray[np.int16]:
    window = Window(START, START + SECONDS * 1_000_000)
    return lane(runs(found), [anchor], frozenset({0}), window, first=first, end=end)


def purity(sound: NDArray[np.int16]) -> float:
    """How much of the power is the tone's."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    at = round(PITCH * len(sound) / 8000)
    return float(spectrum[at - 3 : at + 4].sum() / spectrum.sum())


@pytest.mark.parametrize("codec", STREAMS)
def test_n13_what_was_said_is_heard_without_a_seam_for_as_long_as_it_was_said(codec: str) -> None:
    found, anchor = packets(codec)
    sound = heard(found, anchor, 0, SECONDS * 8000)
    borders = [at for at in range(4_000, len(sound), 4_000)][:-2]
    assert min(purity(sound[at : at + 4_000]) for at in borders) > 0.999
    assert np.abs(sound[:-800].reshape(-1, 400)).max(axis=1)[1:].min() > 6000, "no gap in it"


@pytest.mark.parametrize("codec", STREAMS)
def test_n13_the_same_sound_comes_out_of_every_range(codec: str) -> None:
    found, anchor = packets(codec)
    whole = heard(found, anchor, 0, SECONDS * 8000)
    for first in (0, 7_001, 40_000, 63_990):
        assert np.array_equal(heard(found, anchor, first, first + 9_000), whole[first:][:9_000])


def test_a_change_of_codec_in_a_call_is_heard_on_without_a_seam() -> None:
    wide, first = packets("G722")
    narrow, second = packets("L16")
    half = SECONDS * 25
    window = Window(START, START + SECONDS * 1_000_000)
    begins = narrow[half]
    second = Anchor(0, 0xCAFE, 97, "L16", 16_000, begins.seq, begins.ts, begins.arrival_us)
    sound = lane(
        runs(wide[:half] + narrow[half:]),
        [first, second],
        frozenset({0}),
        window,
        first=0,
        end=window.frames,
    )
    assert np.abs(sound[:-800].reshape(-1, 400)).max(axis=1)[1:].min() > 6000, "no gap in it"
    assert min(purity(sound[:48_000]), purity(sound[48_400:])) > 0.98


def test_g729_frames_have_their_length_and_a_description_of_noise_has_none() -> None:
    noise = np.random.default_rng(1).integers(0, 256, 20, np.uint8).tobytes()
    found = decoded("G729", 8_000, [noise, noise, noise[:10] + b"\x01\x02", b"\x01\x02"])
    assert [len(each) for each in found] == [160, 160, 80, 0]


@pytest.mark.parametrize("codec", sorted(BEYOND_G711))
def test_what_a_peer_makes_up_does_no_harm(codec: str) -> None:
    rng = np.random.default_rng(2)
    for size in (1, 2, 3, 7, 33, 160, 1_200):
        made_up = [rng.integers(0, 256, size, np.uint8).tobytes() for _ in range(20)]
        assert len(decoded(codec, 16_000, made_up)) == 20


def test_an_installation_without_the_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decodable() == BEYOND_G711
    decodable.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "av.codec", None)
    try:
        assert decodable() == {"L16"}
        assert [len(each) for each in decoded("OPUS", 48_000, [b"\x01" * 40])] == [0]
    finally:
        decodable.cache_clear()


@pytest.mark.parametrize("codec", STREAMS)
def test_n43_a_passage_taken_out_is_silent_and_no_other(codec: str) -> None:
    found, anchor = packets(codec)
    window = Window(START, START + SECONDS * 1_000_000)
    passage = Passage(window, 32_000, 48_000, frozenset({0}))
    [left] = blanked([records(found)], [anchor], passage)
    kept = list(read_records(left))
    assert len(left) == len(records(found)), "the object stays as long"
    sound = lane(kept, [anchor], frozenset({0}), window, first=0, end=window.frames)
    assert NOTHING == 0
    assert np.abs(sound[32_000:48_000]).max() < 100
    assert np.abs(sound[:30_000]).max() > 6000
    assert purity(sound[50_000:90_000]) > 0.98


def records(found: list[Packet]) -> bytes:
    made = b""
    for size, group in groupby(found, lambda each: len(each.payload)):
        run = list(group)
        first = run[0]
        entries = np.zeros(len(run), entry_type(size))
        entries["seq"], entries["ts"] = [each.seq for each in run], [each.ts for each in run]
        entries["delta"] = [each.arrival_us - first.arrival_us for each in run]
        entries["payload"] = [np.frombuffer(each.payload, np.uint8) for each in run]
        head = RunHead(first.track, first.pt, first.ssrc, first.arrival_us, size)
        made += head.encode(len(run)) + entries.tobytes()
    return made
