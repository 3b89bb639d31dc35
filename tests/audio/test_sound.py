"""Sound and silence told apart on code words, as cheaply as the recorder needs it."""

import numpy as np
import pytest

from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.sound import Sound
from vaiti.audio.track import RunHead, entry_type

SECOND = 1_000_000


def coded(samples: "np.ndarray[tuple[int], np.dtype[np.int32]]", codec: str) -> bytes:
    """The code word that is nearest to each sample: slow, and by the decoder's own table."""
    table = TABLES[CODECS.index(codec)].astype(np.int32)
    return bytes(np.abs(table[None, :] - samples[:, None]).argmin(axis=1).astype(np.uint8))


def run(payload: bytes, pt: int, packets: int = 12) -> tuple[bytes, memoryview]:
    entries = np.zeros(packets, entry_type(160))
    entries["seq"], entries["ts"] = np.arange(packets), np.arange(packets) * 160
    entries["payload"] = np.frombuffer(payload, np.uint8)
    return RunHead(1, pt, 7, 0, 160).encode(packets), entries.view(np.uint8).data


TONE = (8000 * np.sin(np.arange(160) / 5)).astype(np.int32)
WHISPER = (200 * np.sin(np.arange(160) / 5)).astype(np.int32)
NOTHING = np.zeros(160, np.int32)
HISS = np.random.default_rng(3).integers(-30, 31, 160).astype(np.int32)
CLICK = np.concatenate([np.full(2, 9000), np.zeros(158)]).astype(np.int32)


@pytest.mark.parametrize(("codec", "pt"), [("PCMA", 8), ("PCMU", 0), ("PCMU", 97)])
@pytest.mark.parametrize(
    ("samples", "loud"),
    [
        (TONE, True),
        (WHISPER, True),
        (np.zeros(160, np.int32), False),
        (HISS, False),
        (CLICK, False),
    ],
    ids=["tone", "whisper", "silence", "hiss", "clicks"],
)
def test_n22_sound_is_told_from_silence(
    codec: str, pt: int, samples: "np.ndarray[tuple[int], np.dtype[np.int32]]", loud: bool
) -> None:
    sound = Sound({(1, 97): "PCMU"})
    sound.take(*run(coded(samples, codec), pt), SECOND)
    assert bool(sound.tracks[1].sound_us) is loud
    assert sound.tracks[1].packet_us == SECOND


def test_a_codec_of_which_nothing_is_known_counts_as_sound() -> None:
    sound = Sound({(1, 96): "OPUS"})
    sound.take(*run(bytes(160), 96), SECOND)
    sound.take(*run(bytes(160), 99), 3 * SECOND)
    assert sound.tracks[1].sound_us == 3 * SECOND


def test_the_longest_stretch_without_sound_is_kept() -> None:
    sound, spoken, silent = Sound({}), coded(TONE, "PCMA"), b"\xd5" * 160
    for second in range(100):
        speaks = second < 10 or second == 30 or 80 <= second < 90
        sound.take(*run(spoken if speaks else silent, 8), second * SECOND)
    heard = sound.tracks[1]
    assert (heard.packet_us, heard.sound_us) == (99 * SECOND, 89 * SECOND)
    assert (heard.from_us, heard.to_us) == (30 * SECOND, 80 * SECOND)


@pytest.mark.parametrize("ppm", [0, 150, -400])
def test_n12_a_senders_clock_is_timed_against_ours(ppm: int) -> None:
    sound, seconds = Sound({}), 600
    for second in range(seconds + 1):
        entries = np.zeros(1, entry_type(160))
        entries["ts"] = (0xFFFF0000 + round(second * 8000 * (1 + ppm / 1e6))) % (1 << 32)
        head = RunHead(1, 8, 7, 0, 160).encode(1)
        sound.take(head, entries.view(np.uint8).data, (1 + second) * SECOND)
    heard = sound.tracks[1]
    assert heard.wall_us == seconds * SECOND
    assert abs((heard.clock_us - heard.wall_us) / seconds - ppm) < 1
    jump = RunHead(1, 8, 9, 0, 160).encode(1)  # another source begins anew
    sound.take(jump, entries.view(np.uint8).data, (seconds + 9) * SECOND)
    assert heard.wall_us == seconds * SECOND
