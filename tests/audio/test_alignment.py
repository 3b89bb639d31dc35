"""Both lanes on the wall clock: senders' clocks that run wrong, silence that nobody sent, holds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.streams import START, STEP, anchor, decoded, delayed, speech, stream
from audio.test_render import A_LAW, heard, padded
from vaiti.audio.placing import Anchor, place
from vaiti.audio.render import Window, lane
from vaiti.audio.track import Run

HOUR = 180_000  # packets of 20 ms
NEAR_US = 20_000  # how far apart what was said at one instant may stand


def spoken(ppm: float, seed: int, count: int = HOUR) -> tuple[Run, Anchor, NDArray[np.int64]]:
    """A sender whose clock is wrong by `ppm`: its packets, and when each was really said.

    The network takes 5 ms and a little more for each; one in a hundred comes 80 ms late.
    """
    rng = np.random.default_rng(seed)
    said = START + np.rint(np.arange(count) * 20_000 / (1 + ppm / 1e6)).astype(np.int64)
    delay = 5_000 + rng.exponential(2_000, count) + 80_000 * (rng.random(count) < 0.01)
    arrival = said + delay.astype(np.int64)
    ts = (np.arange(count) * STEP + 0xFFFF0000).astype(np.uint32)
    order = np.argsort(arrival, kind="stable")
    run = Run(
        track=0,
        pt=8,
        ssrc=7,
        seq=(np.arange(count) & 0xFFFF).astype(np.uint16)[order],
        ts=ts[order],
        arrival_us=arrival[order].astype(np.uint64),
        payload=np.full((count, 1), 0xD5, np.uint8),
    )
    tied = Anchor(0, 7, 8, "PCMA", 8000, int(run.seq[0]), int(run.ts[0]), int(run.arrival_us[0]))
    return run, tied, said[order]


@pytest.mark.parametrize("ppm", [(100, -100), (-100, 100), (0, 50)])
def test_n12_e22_lanes_stay_within_20_ms_over_an_hour(ppm: tuple[int, int]) -> None:
    errors = []
    for seed, wrong in enumerate(ppm):
        run, tied, said = spoken(wrong, seed)
        [placed] = place([run], [tied], START - 1_000_000, START + 3_700_000_000)
        assert len(placed.start_us) == HOUR
        errors.append(placed.start_us - said)
    # the lane's distance from the truth is the network's, and the same for both
    for each in errors:
        assert np.abs(each - 5_000).max() <= NEAR_US
    first, second = (np.array([np.median(part) for part in np.split(e, 720)]) for e in errors)
    assert np.abs(first - second).max() <= NEAR_US


def test_n13_e22_sound_and_gaps_of_an_hour_are_as_long_as_the_call() -> None:
    run, tied, _ = spoken(100, 3)
    full = Run(**{**{name: getattr(run, name) for name in Run.__slots__},
                  "payload": np.full((HOUR, STEP), 0x2A, np.uint8)})  # fmt: skip
    window = Window(START, START + 3_600_000_000)
    heard_frames = 0
    for minute in range(0, 60, 10):
        first, end = (at * 60 * 8000 for at in (minute, minute + 1))
        since = np.uint64(START + minute * 60_000_000 - 6_000_000)
        near = (full.arrival_us >= since) & (full.arrival_us < since + np.uint64(72_000_000))
        part = Run(
            0, 8, 7, full.seq[near], full.ts[near], full.arrival_us[near], full.payload[near]
        )
        sound = lane([part], [tied], frozenset({0}), window, first=first, end=end)
        heard_frames += int(np.count_nonzero(sound))
    assert heard_frames / 8000 == pytest.approx(6 * 60, abs=0.2)


def test_e04_a_hold_without_packets_is_silence_of_its_length() -> None:
    said = speech(100)
    packets = stream(said)
    packets[50:] = [delayed(packet, 1_500_000) for packet in packets[50:]]
    sound = heard(packets, [anchor(packets[0])])
    expected = np.concatenate([decoded(said[:50], A_LAW), np.zeros(12_000, np.int16)])
    assert np.array_equal(sound, padded(np.concatenate([expected, decoded(said[50:], A_LAW)])))


def test_e21_silence_that_was_not_sent_is_no_loss_and_counts_once() -> None:
    """DTX: sequence numbers go on, the timestamp jumps; a late packet does not double the gap."""
    said = speech(60)
    packets = stream(said)
    spurt = [
        *packets[:30],
        *stream(said[30:], at_us=START + 1_100_000, seq=65_530, ts=0xFFFFF000 + 55 * STEP),
    ]
    late = delayed(spurt[29], 530_000)
    expected = np.concatenate(
        [decoded(said[:30], A_LAW), np.zeros(25 * STEP, np.int16), decoded(said[30:], A_LAW)]
    )
    for order in (spurt, sorted([*spurt[:29], late, *spurt[30:]], key=lambda p: p.arrival_us)):
        assert np.array_equal(heard(order, [anchor(spurt[0])]), padded(expected))
