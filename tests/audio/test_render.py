"""Rendering: what is heard when packets are late, doubled, missing, renumbered or from another."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from audio.streams import START, STEP, Packet, anchor, decoded, delayed, runs, speech, stream
from vaiti.audio.g711 import CODECS, TABLES
from vaiti.audio.placing import Anchor
from vaiti.audio.render import Window, lane

A_LAW, MU_LAW = TABLES[CODECS.index("PCMA")], TABLES[CODECS.index("PCMU")]
SILENCE = np.zeros(STEP, np.int16)


def heard(
    packets: list[Packet], anchors: list[Anchor], seconds: float = 4, before_us: int = 0
) -> NDArray[np.int16]:
    window = Window(START - before_us, START + int(seconds * 1e6))
    return lane(runs(packets), anchors, frozenset({0}), window, first=0, end=window.frames)


def padded(sound: NDArray[np.int16], seconds: float = 4) -> NDArray[np.int16]:
    return np.concatenate([sound, np.zeros(int(seconds * 8000) - len(sound), np.int16)])


def test_n13_a_clean_stream_comes_out_sample_for_sample_and_as_long_as_the_window() -> None:
    said = speech(150)
    packets = stream(said)
    assert np.array_equal(heard(packets, [anchor(packets[0])]), padded(decoded(said, A_LAW)))


def test_mu_law_is_decoded_by_its_own_table() -> None:
    said = speech(10)
    packets = stream(said, pt=0)
    sound = heard(packets, [anchor(packets[0], "PCMU")])
    assert np.array_equal(sound, padded(decoded(said, MU_LAW)))


def test_packets_of_other_lengths_fit_together() -> None:
    said = speech(1) + speech(1, 2, 80) + speech(1, 3, 240)
    lengths = np.cumsum([0, 160, 80])
    packets = [
        Packet(number, int(offset), START + int(offset) * 125, payload)
        for number, (offset, payload) in enumerate(zip(lengths, said, strict=True))
    ]
    assert np.array_equal(heard(packets, [anchor(packets[0])]), padded(decoded(said, A_LAW)))


def test_jitter_and_reordering_are_not_heard() -> None:
    said = speech(100)
    packets = stream(said)
    shaken = [delayed(packet, 37_000 * (number % 4)) for number, packet in enumerate(packets)]
    sound = heard(shaken, [anchor(packets[0])])
    assert np.array_equal(sound, padded(decoded(said, A_LAW)))


def test_a_doubled_packet_counts_once_and_the_first_is_heard() -> None:
    said = speech(50)
    packets = stream(said)
    forged = delayed(replace(packets[20], payload=bytes(STEP)), 5_000)
    sound = heard([*packets, forged], [anchor(packets[0])])
    assert np.array_equal(sound, padded(decoded(said, A_LAW)))


def test_n13_lost_packets_are_silence_of_their_length() -> None:
    said = speech(100)
    packets = stream(said)
    del packets[30:40]
    sound = heard(packets, [anchor(packets[0])])
    expected = padded(decoded(said, A_LAW))
    expected[30 * STEP : 40 * STEP] = 0
    assert np.array_equal(sound, expected)


def test_n22_nothing_outside_the_window_is_heard() -> None:
    said = speech(150)
    packets = stream(said)
    window = Window(START + 1_000_000, START + 2_000_000)
    sound = lane(runs(packets), [anchor(packets[0])], frozenset({0}), window, first=0, end=8000)
    assert np.array_equal(sound, decoded(said, A_LAW)[8000:16_000])


def test_what_begins_before_the_window_is_cut_at_its_first_sample() -> None:
    said = speech(10)
    packets = stream(said)
    window = Window(START + 10_000, START + 30_000)
    sound = lane(runs(packets), [anchor(packets[0])], frozenset({0}), window, first=0, end=160)
    assert np.array_equal(sound, decoded(said, A_LAW)[80:240])


def test_another_ssrc_stands_where_it_arrived_and_covers_the_old_ones_tail() -> None:
    old, new = speech(60), speech(50, 2)
    first = stream(old)
    second = stream(new, at_us=START + 1_000_000, ssrc=0xBEEF, ts=77)
    sound = heard(first + second, [anchor(first[0]), anchor(second[0])])
    expected = padded(decoded(old[:50] + new, A_LAW))
    assert np.array_equal(sound, expected)


def test_a_late_packet_of_the_stream_before_a_restart_finds_its_place() -> None:
    old, new = speech(50), speech(50, 2)
    first, second = stream(old), stream(new, at_us=START + 1_000_000, ts=0x12345678)
    late = delayed(first[-1], 60_000)
    sound = heard([*first[:-1], late, *second], [anchor(first[0]), anchor(second[0])])
    assert np.array_equal(sound, padded(decoded(old + new, A_LAW)))


def test_a_clock_that_stood_still_during_a_hold_is_placed_by_arrival() -> None:
    said = speech(100)
    packets = stream(said)
    packets[50:] = [delayed(packet, 1_500_000) for packet in packets[50:]]
    sound = heard(packets, [anchor(packets[0])])
    expected = np.concatenate([decoded(said[:50], A_LAW), np.zeros(12_000, np.int16)])
    expected = padded(np.concatenate([expected, decoded(said[50:], A_LAW)]))
    assert np.array_equal(sound, expected)


def test_a_clock_that_jumps_without_a_gap_is_placed_by_arrival() -> None:
    said = speech(100)
    packets = stream(said)
    packets[50:] = [replace(p, ts=(p.ts + 99_999_999) & 0xFFFFFFFF) for p in packets[50:]]
    assert np.array_equal(heard(packets, [anchor(packets[0])]), padded(decoded(said, A_LAW)))


def test_a_network_that_stalls_and_catches_up_is_not_heard() -> None:
    said = speech(100)
    packets = stream(said)
    held_until = packets[70].arrival_us
    packets[50:70] = [replace(packet, arrival_us=held_until) for packet in packets[50:70]]
    assert np.array_equal(heard(packets, [anchor(packets[0])]), padded(decoded(said, A_LAW)))


def test_n13_a_sender_whose_clock_runs_wrong_stays_within_a_second() -> None:
    packets = [
        replace(packet, arrival_us=START + number * 21_000)
        for number, packet in enumerate(stream(speech(3000)))
    ]
    sound = heard(packets, [anchor(packets[0])], 63)
    spoken = np.flatnonzero(np.abs(sound) > 100)
    assert spoken[-1] / 8000 > 62
    assert not np.any(sound[spoken[-1] + 1 :])


def test_a_recording_whose_anchors_were_lost_is_heard_all_the_same() -> None:
    said = speech(400)
    sound = heard(stream(said), [], 9)
    assert np.array_equal(sound, padded(decoded(said, A_LAW), 9))


def test_an_unknown_codec_is_silence() -> None:
    packets = stream(speech(20), pt=98)
    assert not heard(packets, [anchor(packets[0], "SPEEX")]).any()
    assert not heard(packets, []).any()


def test_tracks_are_mixed_without_overflow_and_others_left_out() -> None:
    loud = [bytes([0xAA]) * STEP] * 10
    tracks = [stream(loud, track=track, ssrc=track) for track in range(3)]
    packets = [packet for one in tracks for packet in one]
    window = Window(START, START + 200_000)
    anchors = [anchor(one[0]) for one in tracks]
    both = lane(runs(packets), anchors, frozenset({0, 1}), window, first=0, end=1600)
    single = lane(runs(packets), anchors, frozenset({2}), window, first=0, end=1600)
    assert (set(both.tolist()), set(single.tolist())) == ({32_767}, {32_256})


delays = st.lists(st.integers(0, 600_000), min_size=250, max_size=250)


@settings(max_examples=40, deadline=None)
@given(delays, st.lists(st.integers(1, 47_999), max_size=6, unique=True), st.data())
def test_n13_any_ranges_join_to_the_whole(
    late: list[int], cuts: list[int], data: st.DataObject
) -> None:
    """Whatever arrives how late, and however the player asks."""
    packets = [delayed(packet, by) for packet, by in zip(stream(speech(250)), late, strict=True)]
    lost = data.draw(st.sets(st.integers(0, 249), max_size=20))
    packets = [packet for number, packet in enumerate(packets) if number not in lost]
    packets += stream(speech(40, 3), at_us=START + 2_000_000, ssrc=0xBEEF)
    anchors = [anchor(packets[0]), anchor(packets[-40])]
    window, all_runs = Window(START, START + 6_000_000), runs(packets)
    whole = lane(all_runs, anchors, frozenset({0}), window, first=0, end=48_000)
    edges = [0, *sorted(cuts), 48_000]
    parts = []
    for first, end in pairwise(edges):
        since, until = window.arrivals(first, end)
        near = [
            run for run in all_runs if run.arrival_us[-1] >= since and run.arrival_us[0] < until
        ]
        parts.append(lane(near, anchors, frozenset({0}), window, first=first, end=end))
    assert np.array_equal(np.concatenate(parts), whole)
    assert len(whole) == window.frames
