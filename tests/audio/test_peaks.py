"""Levels, peaks and silences."""

import numpy as np

from vaiti.audio.peaks import levels, peaks, silences


def tone(seconds: float, height: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    return np.full(int(seconds * 8000), height, np.int16)


def test_a_level_is_the_loudest_sample_of_50_ms_either_way() -> None:
    sound = np.zeros(850, np.int16)
    sound[[399, 400, 849]] = 5, -32768, 7
    assert levels(sound).tolist() == [5, 32768, 7]
    assert levels(np.zeros(0, np.int16)).tolist() == []


def test_peaks_are_at_most_so_many_from_0_to_1() -> None:
    found = levels(np.concatenate([tone(10, 0), tone(10, -32768), tone(10, 16384)]))
    assert peaks(found, 3) == [0.0, 1.0, 0.5]
    assert len(peaks(found, 800)) == 600
    assert peaks(found[:0], 800) == []


def test_silence_is_where_both_are_quiet_for_more_than_two_seconds() -> None:
    agent = np.concatenate([tone(1, 9000), tone(8, 50), tone(2, 9000), tone(2, 50), tone(1, 9000)])
    customer = np.concatenate([tone(5, 100), tone(1, 9000), tone(8, 0)])
    assert silences(levels(agent), levels(customer)) == [(1.0, 5.0), (6.0, 9.0)]
    assert silences(levels(tone(3, 0)), levels(tone(3, 0))) == [(0.0, 3.0)]
    assert silences(levels(tone(0, 0)), levels(tone(0, 0))) == []
