"""The phone's own G.711, metadata and messages, against the standards."""

import wave
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.ops.phone import messages
from vaiti.ops.phone.metadata import Party, Recording
from vaiti.ops.phone.plan import PhoneError
from vaiti.ops.phone.sound import alaw, read_wave, write_wave


def test_alaw_gives_the_code_words_of_itu_g711() -> None:
    """Table 1a: the first decision values of each sign, and the ends of the range."""
    samples = np.array([0, 16, -1, -17, 32767, -32768, 1024, -1025], dtype=np.int16)
    assert alaw(samples).hex() == "d5d45554aa2ae565"


@settings(max_examples=50)
@given(st.integers(-32768, 32767))
def test_alaw_is_monotonic_in_loudness(sample: int) -> None:
    louder = min(abs(sample) + 1, 32767)
    codes = np.frombuffer(alaw(np.array([abs(sample) & 0x7FFF, louder], np.int16)), np.uint8)
    levels = (codes ^ 0x55) & 0x7F
    assert levels[0] <= levels[1]


def test_a_wave_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    samples = np.arange(-400, 400, dtype=np.int16)
    write_wave(tmp_path / "a.wav", samples)
    assert (read_wave(tmp_path / "a.wav") == samples).all()


def test_a_wave_file_of_another_shape_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "s.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(b"\0" * 64)
    with pytest.raises(PhoneError, match="mono, 16 bits, 8000 Hz"):
        read_wave(tmp_path / "s.wav")


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_anything_received_is_a_message_or_none(data: bytes) -> None:
    message = messages.read(data)
    assert message is None or message.first


def test_the_content_length_counts_bytes_not_letters() -> None:
    sent = messages.whole(["MESSAGE sip:a SIP/2.0"], "Åström", "text/plain")
    head, _, body = sent.partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


def test_addresses_of_an_answer_follow_the_stream_or_the_session() -> None:
    media = "m=audio 4000 RTP/AVP 8\r\nm=audio 4002 RTP/AVP 8\r\nc=IN IP4 10.0.0.2\r\n"
    sdp = "v=0\r\nc=IN IP4 10.0.0.1\r\n" + media
    assert messages.media_addresses(sdp) == [("10.0.0.1", 4000), ("10.0.0.2", 4002)]


def test_the_metadata_is_well_formed_and_ties_streams_to_participants() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    recording = Recording(Party(("tel:+358401234567",), now), [Party(("sip:a&b@pbx",), now, now)])
    recording.agents.append(Party(("sip:c@pbx",), now))
    tree = ElementTree.fromstring(recording.document().encode())
    space = "{urn:ietf:params:xml:ns:recording:1}"
    assert len(tree.findall(f"{space}participant")) == 3
    assert len(tree.findall(f"{space}participantstreamassoc")) == 2
    assert len(tree.findall(f".//{space}disassociate-time")) == 1
