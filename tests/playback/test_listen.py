"""Listening: bytes of a WAV file that exists nowhere, under a grant, from a real key process."""

import io
import wave
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.streams import START, Packet, decoded, delayed, speech, stream
from playback.studio import DAY, Kept, Studio
from vaiti.audio.g711 import CODECS, TABLES
from vaiti.playback.listen import MAX_BODY, NoSuchRange, listen
from vaiti.values.ids import new_object_id
from vaiti.vault.grant import GrantRefused
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.vault.opening import Tampered
from vaiti.vault.store import NoObject, StoreError

A_LAW = TABLES[CODECS.index("PCMA")]
CUSTOMER, AGENT = speech(500, 1), speech(500, 2)


@dataclass(frozen=True)
class Wanted:
    first: int | None = None
    last: int | None = None
    suffix: int | None = None


def two_sides(seconds: int = 10) -> list[Packet]:
    customer, agent = speech(seconds * 50, 1), speech(seconds * 50, 2)
    return stream(customer) + stream(agent, track=1, ssrc=0xBEEF, ts=5)


def samples(body: bytes, channels: int) -> NDArray[np.int16]:
    with wave.open(io.BytesIO(body)) as sound:
        assert sound.getparams()[:3] == (channels, 2, 8000)
        frames = sound.readframes(sound.getnframes())
        assert sound.getnframes() * channels * 2 == len(frames)
    return np.frombuffer(frames, "<i2").reshape(-1, channels)


def whole(studio: Studio, kept: Kept, channel: str = "both", step: int = MAX_BODY) -> bytes:
    """As a player asks: from the end of each answer on, until all is there."""
    opening, body = studio.open(kept), b""
    while True:
        wanted = Wanted(len(body), len(body) + step - 1)
        reply = listen(studio.again(opening), channel, wanted, studio.client, studio.store)
        assert (reply.start, reply.end) == (len(body), len(body) + len(reply.body) - 1)
        body += reply.body
        if len(body) == reply.total:
            return body


def test_n17_the_agent_is_left_and_the_customer_right(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    both = samples(whole(studio, kept), 2)
    assert np.array_equal(both[:, 0], decoded(AGENT, A_LAW))
    assert np.array_equal(both[:, 1], decoded(CUSTOMER, A_LAW))


def test_each_side_can_be_heard_alone(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    agent = samples(whole(studio, kept, "agent"), 1)
    customer = samples(whole(studio, kept, "customer"), 1)
    assert np.array_equal(agent[:, 0], decoded(AGENT, A_LAW))
    assert np.array_equal(customer[:, 0], decoded(CUSTOMER, A_LAW))


def test_one_mixed_track_is_heard_on_both_sides(studio: Studio) -> None:
    kept = studio.keep(stream(CUSTOMER), {0: "mixed"})
    both = samples(whole(studio, kept), 2)
    assert np.array_equal(both[:, 0], both[:, 1])
    assert np.array_equal(both[:, 0], decoded(CUSTOMER, A_LAW))


def test_a_request_without_a_range_gets_at_most_a_mebibyte(studio: Studio) -> None:
    kept = studio.keep(two_sides(40))
    opening = studio.open(kept, 0, 40)
    reply = listen(studio.again(opening), "both", None, studio.client, studio.store)
    assert (reply.start, reply.end, reply.total) == (0, MAX_BODY - 1, 44 + 40 * 32_000)
    assert len(reply.body) == MAX_BODY
    rest = listen(studio.again(opening), "both", Wanted(MAX_BODY), studio.client, studio.store)
    assert len(samples(reply.body + rest.body, 2)) == 320_000
    assert (reply.from_us, rest.to_us) == (START, START + 40_000_000)
    assert reply.to_us >= rest.from_us


def test_a_player_gets_little_where_it_begins_or_seeks_and_then_more(
    studio: Studio,
) -> None:
    kept = studio.keep(two_sides(40))
    opening, kib, total = studio.open(kept, 0, 40), 1024, 44 + 40 * 32_000
    for first, ends in (
        (0, (256, 512, 1024)),
        (300 * kib, (512, 1024)),
        (330 * kib + 7, (512, 1024)),
        (900 * kib, (1152,)),
        (1249 * kib, ()),
    ):
        start = first
        for end in (*(one * kib for one in ends), total):
            reply = listen(
                studio.again(opening), "both", Wanted(start), studio.client, studio.store
            )
            assert (reply.start, reply.end) == (start, end - 1)
            start = end


def test_ranges_are_answered_as_http_counts_them(studio: Studio) -> None:
    kept = studio.keep(two_sides(2))
    opening, total = studio.open(kept, 0, 2), 44 + 64_000
    for wanted, start, end in (
        (Wanted(0, 0), 0, 0),
        (Wanted(43, 44), 43, 44),
        (Wanted(total - 1), total - 1, total - 1),
        (Wanted(100, 10**12), 100, total - 1),
        (Wanted(suffix=7), total - 7, total - 1),
        (Wanted(suffix=10**12), 0, total - 1),
    ):
        reply = listen(studio.again(opening), "both", wanted, studio.client, studio.store)
        assert (reply.start, reply.end, len(reply.body)) == (start, end, end - start + 1)
    for wanted in (Wanted(total), Wanted(10**14), Wanted(suffix=0)):
        with pytest.raises(NoSuchRange) as refused:
            listen(studio.again(opening), "both", wanted, studio.client, studio.store)
        assert refused.value.total == total


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(step=st.integers(701, 40_000), channel=st.sampled_from(["both", "agent"]))
def test_any_steps_give_the_same_file(studio: Studio, step: int, channel: str) -> None:
    packets = [delayed(p, p.seq % 7 * 30_000) for p in two_sides(3)]
    kept = studio.keep(packets)
    opening = studio.open(kept, 0, 3)
    at_once = listen(studio.again(opening), channel, None, studio.client, studio.store).body
    joined = b"".join(
        listen(
            studio.again(opening), channel, Wanted(at, at + step - 1), studio.client, studio.store
        ).body
        for at in range(0, len(at_once), step)
    )
    assert joined == at_once


def test_n28_only_the_stretch_of_the_grant_leaves(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    opening = studio.open(kept, 3, 5)
    reply = listen(studio.again(opening), "customer", None, studio.client, studio.store)
    assert np.array_equal(samples(reply.body, 1)[:, 0], decoded(CUSTOMER, A_LAW)[24_000:40_000])
    assert (reply.from_us, reply.to_us) == (START + 3_000_000, START + 5_000_000)
    with pytest.raises(NoSuchRange):
        listen(studio.again(opening), "customer", Wanted(44 + 32_000), studio.client, studio.store)


def test_n28_an_opening_wider_than_its_token_is_refused(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    opening = studio.open(kept, 3, 5)
    wider = replace(opening, grant=replace(opening.grant, to_us=START + 10_000_000))
    with pytest.raises(GrantRefused):
        listen(wider, "both", None, studio.client, studio.store)


def test_n33_a_grant_that_expires_between_two_requests_ends_the_sound(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    listen(studio.open(kept), "both", None, studio.client, studio.store)
    over = studio.open(kept, not_before_us=1, expires_us=1_000_000)
    with pytest.raises(KeysRefused, match="expired"):
        listen(over, "both", None, studio.client, studio.store)


def test_n19_a_key_destroyed_between_two_requests_ends_the_sound(studio: Studio) -> None:
    kept, other = studio.keep(two_sides()), studio.keep(two_sides())
    opening = studio.open(kept)
    listen(studio.again(opening), "both", Wanted(0, 999), studio.client, studio.store)
    studio.client.destroy_call(kept.call_id)
    with pytest.raises(KeysRefused) as refused:
        listen(studio.again(opening), "both", Wanted(1000, 1999), studio.client, studio.store)
    assert refused.value.code == "gone"
    listen(studio.open(other), "both", None, studio.client, studio.store)
    studio.client.destroy_day(DAY)
    with pytest.raises(KeysRefused):
        listen(studio.open(other), "both", None, studio.client, studio.store)


def test_a_grant_for_one_call_opens_no_other(studio: Studio) -> None:
    mine, other = studio.keep(two_sides()), studio.keep(two_sides())
    opening = studio.open(mine)
    swapped = replace(opening, object_id=other.object_id, recording=other.recording)
    with pytest.raises(Tampered):
        listen(swapped, "both", None, studio.client, studio.store)


def test_n04_a_flipped_byte_is_refused_where_it_would_be_heard(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    path = studio.store.path(kept.object_id)
    sealed = bytearray(path.read_bytes())
    sealed[len(sealed) // 2] ^= 1
    path.write_bytes(sealed)
    with pytest.raises(Tampered):
        listen(studio.open(kept), "both", None, studio.client, studio.store)


def test_an_object_that_is_not_there_is_told(studio: Studio) -> None:
    opening = replace(studio.open(studio.keep(two_sides())), object_id=new_object_id())
    with pytest.raises(NoObject):
        listen(studio.again(opening), "both", None, studio.client, studio.store)
    assert issubclass(NoObject, StoreError)


def test_without_the_key_process_nothing_is_heard(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    away = type(studio.client)(studio.folder / "nobody.sock")
    with pytest.raises(KeysUnavailable):
        listen(studio.open(kept), "both", None, away, studio.store)


def test_n17_a_recovered_recording_is_heard_to_its_last_whole_segment(studio: Studio) -> None:
    kept = studio.keep(two_sides(), finished=False)
    lost = replace(kept, recording=kept.recording | {"epochs": []})
    for recovered in (kept, lost):
        sound = samples(whole(studio, recovered, "customer"), 1)[:, 0]
        said = decoded(CUSTOMER, A_LAW)
        heard = np.flatnonzero(sound)[-1]
        assert heard > 9 * 8000
        assert np.array_equal(sound[:heard], said[:heard])


def test_only_the_segments_of_a_range_are_read(studio: Studio) -> None:
    """A damaged segment an hour away disturbs nobody: it is not opened."""
    far = stream(speech(500, 3), at_us=START + 3_600_000_000, ssrc=0xBEEF)
    kept = studio.keep(two_sides() + far)
    path = studio.store.path(kept.object_id)
    sealed = bytearray(path.read_bytes())
    sealed[-5] ^= 1
    path.write_bytes(sealed)
    assert np.array_equal(
        samples(whole(studio, kept, "customer"), 1)[:, 0], decoded(CUSTOMER, A_LAW)
    )


def test_n30_no_bytes_but_header_and_samples(studio: Studio) -> None:
    body = whole(studio, studio.keep(two_sides()))
    assert len(body) == 44 + 10 * 32_000
    for word in (b"LIST", b"INFO", b"bext", b"id3 ", b"listening", b"person"):
        assert word not in body[:44]


def test_a_stretch_in_which_nothing_arrived_is_silence(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    opening = studio.open(kept, 100, 102)
    reply = listen(studio.again(opening), "both", None, studio.client, studio.store)
    assert not samples(reply.body, 2).any()
    assert len(samples(reply.body, 2)) == 16_000


def test_an_empty_stretch_is_a_header(studio: Studio) -> None:
    kept = studio.keep(two_sides())
    reply = listen(studio.open(kept, 5, 5), "both", None, studio.client, studio.store)
    assert (len(samples(reply.body, 2)), reply.total) == (0, 44)
