"""Sound and silence told apart on code words, as cheaply as the recorder needs it."""

import av
import numpy as np
import pytest

from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.sound import FAINT, LAWS, MOST_PACKETS, Sound, are_loud
from vaiti.audio.track import RunHead, entry_type
from vaiti.ops.voices.dialogue import dialogue

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


@pytest.mark.parametrize("codec", CODECS)
def test_n22_many_streams_are_judged_together_as_each_is_alone(codec: str) -> None:
    heard = np.abs(TABLES[CODECS.index(codec)].astype(np.int32)) > FAINT
    faint, loud = (np.flatnonzero(each)[0] for each in (~heard, heard))
    payloads = np.full((256, MOST_PACKETS, 160), faint, np.uint8)
    payloads[:, :, :4] = np.arange(256)[:, None, None]  # each word where it decides
    laws = np.full(256, LAWS[codec], np.uint8)
    assert are_loud(laws, payloads.copy()).tolist() == heard.tolist()
    payloads[:, 0, 4:30] = payloads[:, 0, 130:] = loud  # 54 of 1,280: enough alone
    assert are_loud(laws, payloads).all()


def wide(samples: "np.ndarray[tuple[int], np.dtype[np.float64]]", codec: str) -> list[bytes]:
    """Twenty milliseconds a packet of 16,000 samples a second, by a real encoder or as they are."""
    cut = [each.astype(np.int16) for each in np.split(samples, len(samples) // 320)]
    if codec == "L16":
        return [each.astype(">i2").tobytes() for each in cut]
    context = av.AudioCodecContext.create("g722", "w")
    context.sample_rate, context.layout, context.format = 16_000, "mono", "s16"
    found = []
    for each in cut:
        frame = av.AudioFrame.from_ndarray(each[None, :], "s16", "mono")
        frame.sample_rate = 16_000
        found += [bytes(one) for one in context.encode(frame)]
    return found


def batch(packets: list[bytes]) -> tuple[bytes, memoryview]:
    entries = np.zeros(len(packets), entry_type(len(packets[0])))
    entries["payload"] = np.stack([np.frombuffer(each, np.uint8) for each in packets])
    head = RunHead(1, 97, 7, 0, len(packets[0])).encode(len(packets))
    return head, entries.view(np.uint8).data


def spoken(quieter_db: int) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """A synthetic voice, and the pauses in which the other one speaks."""
    voice = np.asarray(dialogue(3, 40, "fi").agent, np.float64) * 10 ** (-quieter_db / 20)
    places = np.arange(len(voice) // 160 * 320) / 2
    return np.interp(places, np.arange(len(voice)), voice)


@pytest.mark.parametrize("codec", ["G722", "L16"])
@pytest.mark.parametrize("quieter_db", [0, 30])
def test_n22_wideband_sound_is_judged_as_the_narrow_band_is(codec: str, quieter_db: int) -> None:
    """Undecoded: each look agrees with what G.711's judge says of the very samples."""
    voice = spoken(quieter_db)
    packets, agree, looks = wide(voice, codec), 0, 0
    for first in range(0, len(packets) - 8, 8):
        heard = Sound({(1, 97): codec})
        heard.take(*batch(packets[first : first + 8]), SECOND)
        piece = np.abs(voice[first * 320 : (first + 8) * 320])
        agree += bool(heard.tracks[1].sound_us) is bool((piece > 40).mean() > 0.02)
        looks += 1
    assert agree > 0.93 * looks


@pytest.mark.parametrize("codec", ["G722", "L16"])
def test_n22_a_quiet_room_is_no_sound_in_wideband(codec: str) -> None:
    hiss = np.random.default_rng(3).integers(-20, 21, 32_000).astype(np.float64)
    for each in (hiss, np.zeros(32_000)):
        sound = Sound({(1, 97): codec})
        packets = wide(each, codec)
        for first in range(0, len(packets), 10):
            sound.take(*batch(packets[first : first + 10]), (1 + first) * SECOND)
        assert sound.tracks[1].sound_us == 0


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
