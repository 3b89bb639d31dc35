"""The virtual WAV header, read back by the standard library."""

import io
import wave

import pytest

from vaiti.audio.wav import HEADER, MAX_DATA, header


@pytest.mark.parametrize(("frames", "channels"), [(0, 1), (1, 1), (80_000, 2), (28_800_000, 2)])
def test_the_standard_library_reads_what_the_header_says(frames: int, channels: int) -> None:
    with wave.open(io.BytesIO(header(frames, channels))) as sound:
        assert sound.getparams()[:4] == (channels, 2, 8000, frames)


def test_n30_there_is_room_for_nothing_but_the_format() -> None:
    assert len(header(8000, 2)) == HEADER == 44
    chunks = header(8000, 2)[12:16], header(8000, 2)[36:40]
    assert chunks == (b"fmt ", b"data")


def test_a_sound_longer_than_a_wav_file_can_be_is_refused() -> None:
    header(MAX_DATA // 4, 2)
    with pytest.raises(ValueError, match="longer"):
        header(MAX_DATA // 4 + 1, 2)
