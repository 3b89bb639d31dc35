"""Lanes laid side by side by senders' reports: a slow network, clocks that run wrong, and lies."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.streams import START
from audio.test_alignment import HOUR, NEAR_US, spoken
from rtp.reports import name, report
from vaiti.audio.placing import Anchor, place
from vaiti.audio.relation import lines
from vaiti.audio.track import Run, RunHead, entry_type
from vaiti.capture.rtp.rtcp import parse
from vaiti.capture.rtp.ties import Ties
from vaiti.values.streams import Tie

SSRC = 7
Network = Callable[[NDArray[np.int64]], NDArray[np.float64]]
"""How many microseconds longer a packet takes that was said so long after the start."""


Lane = tuple[Run, Anchor, NDArray[np.int64]]
"""What came, the anchor, and when each packet was said."""


def slowed(lane: Lane, by: Network) -> Lane:
    run, tied, said = lane
    arrival = run.arrival_us + by(said - START).astype(np.uint64)
    order = np.argsort(arrival, kind="stable")
    came = replace(run, seq=run.seq[order], ts=run.ts[order], arrival_us=arrival[order])
    anchor = replace(tied, first_ts=int(came.ts[0]), first_us=int(came.arrival_us[0]))
    return came, anchor, said[order]


def never(since: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.zeros(len(since))


def slow(since: NDArray[np.int64]) -> NDArray[np.float64]:
    """A longer way all the time, and a queue for six minutes."""
    minutes = since / 60e6
    return np.where((minutes > 20) & (minutes < 26), 105_000.0, 45_000.0)


def told(
    lanes: list[Lane],
    ppm: tuple[float, float],
    wrong_us: int,
    cname: tuple[bytes, bytes] = (b"sbc", b"sbc"),
) -> list[Tie]:
    """What the recorder keeps of reports each five seconds, by a wall clock that is wrong."""
    ties = Ties({(0, 8): 8000, (1, 8): 8000})
    for track, (run, _, _) in enumerate(lanes):
        for first in range(0, HOUR, 250):
            said = START + round(first * 20_000 / (1 + ppm[track] / 1e6))
            words = report(SSRC, said + wrong_us, first * 160 + 0xFFFF0000)
            ties.hear(track, parse(words + name(SSRC, cname[track])))
            for second in range(first, first + 250, 50):
                part = slice(second, second + 25)
                arrival = run.arrival_us[part].astype(np.int64)
                batch = np.zeros(25, entry_type(1))
                batch["ts"], batch["delta"] = run.ts[part], arrival - arrival[0]
                head = RunHead(track, 8, SSRC, int(arrival[0]), 1).encode(25)
                ties.take(head, memoryview(batch.tobytes()), int(arrival[-1]))
    return list(ties.of(1 << 60))


def errors(lanes: list[Lane], ties: list[Tie]) -> list[NDArray[np.int64]]:
    """By which each packet stands later than it was said, lane by lane."""
    found = []
    for track, (run, tied, said) in enumerate(lanes):
        anchor = replace(tied, lines=tuple(lines(ties).get(track, ())))
        [placed] = place([run], [anchor], START - 1_000_000, START + 3_700_000_000)
        assert len(placed.start_us) == HOUR
        found.append(placed.start_us - said)
    return found


def apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
    """The most by which the lanes come apart: of medians of five seconds."""
    first, second = (np.array([np.median(part) for part in np.split(e, 720)]) for e in (one, other))
    return int(np.abs(first - second).max())


def hour(ppm: tuple[float, float], by: Network) -> list[Lane]:
    lanes = enumerate((never, by))
    return [slowed(spoken(ppm[track], track), network) for track, network in lanes]


@pytest.mark.parametrize("wrong_us", [0, 7 * 365 * 86_400 * 1_000_000])
def test_n12_e22_a_slow_lane_stands_beside_the_other_by_reports(
    wrong_us: int,
) -> None:
    ppm = (80.0, -60.0)
    lanes = hour(ppm, slow)
    # without reports a lane is as late as its network
    assert apart(*errors(lanes, [])) > 40_000
    found = errors(lanes, told(lanes, ppm, wrong_us))
    assert apart(*found) <= NEAR_US
    for each in found:  # the first lane's own way of 5 ms is what nobody can know
        assert np.abs(each - 5_000).max() <= NEAR_US


def test_n12_reports_of_two_senders_or_absurd_ones_move_no_lane() -> None:
    ppm = (20.0, 0.0)
    lanes = hour(ppm, never)
    without = errors(lanes, [])
    others = told(lanes, ppm, 0, (b"one", b"two"))
    assert apart(*errors(lanes, others)) <= NEAR_US
    absurd = [replace(t, sent_us=t.sent_us + 3_000_000 * t.track) for t in told(lanes, ppm, 0)]
    for one, other in zip(errors(lanes, absurd), without, strict=True):
        assert np.abs(one - other).max() <= NEAR_US
