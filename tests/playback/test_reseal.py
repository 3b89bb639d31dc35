"""A stretch is silenced for good: the rest stays to the last sample, the old key opens nothing."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audio.streams import START, Packet, anchor, delayed, drained, segments, speech, stream
from playback.studio import DATA_KEY, Kept, Studio
from playback.test_listen import samples, two_sides, whole
from vaiti.audio.blanking import Passage, blanked
from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.render import Window, lane
from vaiti.audio.track import read_records
from vaiti.playback.reseal import Wanted, reseal
from vaiti.playback.verify import verify
from vaiti.values.ids import new_object_id
from vaiti.vault.grant import SILENCING, Opening
from vaiti.vault.keyclient import KeyClient, KeysRefused
from vaiti.vault.opening import Opener, Tampered
from vaiti.vault.sealing import HEADER

QUIET = int(TABLES[CODECS.index("PCMA")][0xD5])
WINDOW = Window(START, START + 6_000_000)
BOTH = frozenset({0, 1})


def heard(packets: list[Packet], records: list[bytes], track: int) -> np.ndarray[Any, Any]:
    anchors = anchors_of(packets)
    found = [run for one in records for run in read_records(one)]
    return lane(found, anchors, frozenset({track}), WINDOW, first=0, end=WINDOW.frames)


def anchors_of(packets: list[Packet]) -> list[Any]:
    firsts = {(one.track, one.ssrc): one for one in reversed(packets)}
    return [anchor(one) for one in firsts.values()]


STRETCH = st.tuples(st.integers(0, 48_000), st.integers(0, 12_000))


@given(
    STRETCH,
    st.lists(st.integers(0, 2_600_000), min_size=50, max_size=50),
    st.sets(st.integers(0, 249)),
    st.sampled_from([BOTH, frozenset({0}), frozenset({1})]),
)
@settings(deadline=None, max_examples=60)
def test_outside_the_stretch_every_sample_and_every_head_stays(
    stretch: tuple[int, int], delays: list[int], lost: set[int], tracks: frozenset[int]
) -> None:
    """Under delays of up to 2.6 seconds, losses and doubled packets; also what nobody hears."""
    first, end = stretch[0], min(48_000, sum(stretch))
    said = two_sides(5)
    packets = [
        delayed(one, delays[at % 50] if at % 7 == 0 else 0)
        for at, one in enumerate(said)
        if at not in lost
    ]
    packets += [delayed(one, 4_000_000) for one in packets[::40]]  # too late to be heard
    packets = drained(packets)
    before = segments(packets)
    passage = Passage(WINDOW, first, end, tracks)
    after = blanked(before, anchors_of(packets), passage)
    assert list(map(len, after)) == list(map(len, before))
    for track in BOTH:
        was, now = heard(packets, before, track), heard(packets, after, track)
        if track not in tracks:
            assert np.array_equal(was, now)
            continue
        outside = np.ones(len(was), bool)
        outside[first:end] = False
        assert np.array_equal(was[outside], now[outside])
        assert set(now[first:end].tolist()) <= {0, QUIET}
    for old, new in zip(before, after, strict=True):
        for one, two in zip(read_records(old), read_records(new), strict=True):
            assert np.array_equal(one.seq, two.seq)
            assert np.array_equal(one.arrival_us, two.arrival_us)
            assert one.track in tracks or np.array_equal(one.payload, two.payload)


def test_what_arrived_then_and_is_never_heard_is_silenced_too() -> None:
    said = speech(100)
    packets = stream(said)
    # each 0.9 s further behind the sender's clock: the last one stands nowhere on the time line
    steps = zip(range(1, 5), speech(4, 9), strict=True)
    late = [
        replace(
            packets[50],
            ts=(packets[50].ts - 7_200 * n) % 2**32,
            payload=sound,
            arrival_us=START + 10**6 + n,
        )
        for n, sound in steps
    ]
    every, hidden = drained([*packets, *late]), late[-1:]
    after = blanked(segments(every), anchors_of(packets), Passage(WINDOW, 0, 8_000, BOTH))
    text = b"".join(after)
    assert not any(one.payload in text for one in hidden)
    assert not any(payload in text for payload in said[:50])
    assert all(payload in text for payload in said[50:])


@pytest.fixture
def opened(studio: Studio) -> Callable[..., Opening]:
    def act(kept: Kept, first: int, end: int) -> Opening:
        """For frames `first` to `end` of the call."""
        bounds = {"from_us": START + first * 125, "to_us": START + end * 125}
        return studio.open(kept, purpose=SILENCING, **bounds)

    return act


def test_n17_the_rest_is_sealed_under_a_key_of_its_own_and_the_old_one_is_gone(
    studio: Studio, opened: Callable[..., Opening]
) -> None:
    kept = studio.keep(two_sides())
    sound = samples(whole(studio, kept), 2)
    old = studio.store.get(kept.object_id, 0, 1 << 20)
    wanted = Wanted("both", new_object_id())
    done = reseal(opened(kept, 16_000, 40_000), wanted, studio.client, studio.store)
    anew = replace(
        kept, object_id=wanted.object_id, recording=kept.recording | {"sha256": done.sha256}
    )
    silenced = samples(whole(studio, anew), 2).copy()
    assert set(silenced[16_000:40_000].ravel().tolist()) == {QUIET}
    silenced[16_000:40_000] = sound[16_000:40_000]
    assert np.array_equal(silenced, sound)
    assert verify(studio.open(anew), studio.client, studio.store).segments > 40
    key = studio.client.unwrap(studio.open(anew).token)
    assert key != DATA_KEY
    with pytest.raises(Tampered):
        Opener(key, kept.call_id, old[:HEADER], True, kept.recording["segments"]).plaintext(
            0, old[HEADER:4096]
        )
    with pytest.raises(Tampered):
        whole(studio, kept)
    assert studio.store.size(wanted.object_id) == len(old)
    # done again, as after a crash before anybody noted it, it finds what it made
    assert reseal(opened(kept, 16_000, 40_000), wanted, studio.client, studio.store) == done


def test_one_side_alone_and_a_recording_that_never_ended(
    studio: Studio, opened: Callable[..., Opening]
) -> None:
    kept = studio.keep(two_sides(), finished=False)
    sound = samples(whole(studio, kept), 2)
    wanted = Wanted("customer", new_object_id())
    done = reseal(opened(kept, 8_000, 9_001), wanted, studio.client, studio.store)
    changes = {"sha256": done.sha256}
    anew = replace(kept, object_id=wanted.object_id, recording=kept.recording | changes)
    after = samples(whole(studio, anew), 2)
    assert np.array_equal(after[:, 0], sound[:, 0])
    assert set(after[8_000:9_001, 1].tolist()) == {QUIET}
    assert np.array_equal(
        np.delete(after, slice(8_000, 9_001), 0), np.delete(sound, slice(8_000, 9_001), 0)
    )


def test_cut_off_before_the_key_is_replaced_nothing_is_lost(
    studio: Studio, opened: Callable[..., Opening], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = studio.keep(two_sides())
    sound = whole(studio, kept)
    wanted = Wanted("both", new_object_id())

    class Killed(Exception):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(KeyClient, "rekey", killed)
        with pytest.raises(Killed):
            reseal(opened(kept, 0, 8_000), wanted, studio.client, studio.store)
    assert whole(studio, kept) == sound
    assert reseal(opened(kept, 0, 8_000), wanted, studio.client, studio.store).sha256


def test_a_changed_recording_is_not_sealed_as_if_it_were_whole(
    studio: Studio, opened: Callable[..., Opening]
) -> None:
    kept = studio.keep(two_sides())
    path = studio.store.path(kept.object_id)
    changed = bytearray(path.read_bytes())
    changed[5_000] ^= 1
    path.write_bytes(changed)
    wanted = Wanted("both", new_object_id())
    with pytest.raises(Tampered):
        reseal(opened(kept, 0, 8_000), wanted, studio.client, studio.store)
    assert studio.store.absent(wanted.object_id)
    assert studio.client.unwrap(studio.open(kept).token) == DATA_KEY


def test_n33_a_grant_to_listen_replaces_no_key(studio: Studio) -> None:
    kept = studio.keep(two_sides(2))
    wanted = Wanted("both", new_object_id())
    with pytest.raises(KeysRefused) as refused:
        reseal(studio.open(kept), wanted, studio.client, studio.store)
    assert refused.value.code == "refused"
    assert studio.client.unwrap(studio.open(kept).token) == DATA_KEY


def test_a_key_is_replaced_only_by_who_had_it(
    studio: Studio, opened: Callable[..., Opening]
) -> None:
    from vaiti.vault.wrapping import seal_key

    kept, today = studio.keep(two_sides(1)), studio.client.describe()
    wrapped = seal_key(today.intake_public, kept.call_id, secrets.token_bytes(32))
    with pytest.raises(KeysRefused):
        studio.client.rekey(opened(kept, 0, 8_000).token, "0" * 64, wrapped, today.intake_day)
    assert studio.client.unwrap(studio.open(kept).token) == DATA_KEY
