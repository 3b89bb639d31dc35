"""Where each received packet stands on the time line. Pure; the rules: docs/playback.md.

A packet's place depends on nothing but the packets of its own block, `BLOCK_US` of arrivals, so
that it is the same whatever range is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.codecs import BEYOND_G711
from vaiti.audio.g711 import CODECS, RATE
from vaiti.audio.relation import LATE_US, Line
from vaiti.audio.track import Run
from vaiti.values.streams import Epoch

BLOCK_US: Final = 5_000_000  # of arrivals
STRAY_US: Final = 250_000  # by which sender's clock and arrival may differ; also the least gap
SURE_US: Final = 9_000  # from which a block's least late packet tells of a wrong clock
UNSURE_US: Final = 60_000  # where the block has less than ENOUGH packets
ENOUGH: Final = 50
STEP_US: Final = 10_000  # in which a sender's clock is set right: lanes stay within 20 ms (N-12)
TOLD_US: Final = 5_000  # steps of the same where the sender's reports tell
JUMP_US: Final = 1_000_000  # a step of the sender's clock that needs no gap to be one
ANCHORS: Final = 1_024  # more than a track has
FAR_FUTURE: Final = 1 << 62
FAR_US: Final = 3_000_000  # a packet that would stand further from its arrival is left out

HEARD: Final = BEYOND_G711.union(CODECS)
_STATIC: Final = {
    0: "PCMU",
    8: "PCMA",
    9: "G722",
    18: "G729",
}  # payload types of RFC 3551, section 6

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Anchor(Epoch):
    """An epoch with the `lines` of its stream, in order. Its `codec` is one of HEARD; others
    (comfort noise) are not heard."""

    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Placed:
    """Packets of one SSRC and payload type, of one track.

    `start_us` int64[n], where each begins on the time line; `arrival_us` int64[n]; `rank` int64[n],
    higher for later anchors; `payload` uint8[n, longest], zeros after each `length` int64[n];
    `codec` is its name in HEARD, `clock` that of its timestamps.
    """

    start_us: Times
    arrival_us: Times
    rank: NDArray[np.int64]
    payload: NDArray[np.uint8]
    length: NDArray[np.int64]
    codec: str
    clock: int


def place(runs: Sequence[Run], anchors: Sequence[Anchor], since: int, until: int) -> list[Placed]:
    """Places the packets of one track that arrived from `since` until before `until`, whole blocks.

    `anchors` are the track's.
    """
    ordered = sorted(anchors, key=lambda anchor: anchor.first_us)
    placed = []
    for ssrc, pt in sorted({(run.ssrc, run.pt) for run in runs}):
        mine = [run for run in runs if (run.ssrc, run.pt) == (ssrc, pt)]
        ranked = [(n, a) for n, a in enumerate(ordered) if (a.ssrc, a.pt) == (ssrc, pt)]
        codec = ranked[0][1].codec if ranked else _STATIC.get(pt, "")
        if codec in HEARD:
            placed.append(_place_stream(mine, ranked, codec, since, until))
    return placed


def _place_stream(
    runs: Sequence[Run], ranked: Sequence[tuple[int, Anchor]], codec: str, since: int, until: int
) -> Placed:
    arrival = np.concatenate([run.arrival_us for run in runs]).astype(np.int64)
    order = np.argsort(arrival, kind="stable")
    order = order[(arrival[order] >= since) & (arrival[order] < until)]
    arrival = arrival[order]
    ts = np.concatenate([run.ts for run in runs])[order]
    payload, length = _payloads(runs)
    if ranked:
        rank, clock_us = _by_anchors(ts, arrival, ranked)
    else:
        rank, clock_us = _by_first_packets(ts, arrival)
    told = _told(ts, arrival, ranked[0][1].lines) if ranked else None
    start = clock_us + _shifts(arrival, clock_us, rank, told)
    near = np.abs(start - arrival) <= FAR_US
    kept, clock = order[near], ranked[0][1].clock if ranked else RATE
    return Placed(start[near], arrival[near], rank[near], payload[kept], length[kept], codec, clock)


def _payloads(runs: Sequence[Run]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    counts = [len(run.seq) for run in runs]
    sizes = [run.payload.shape[1] for run in runs]
    if len(set(sizes)) == 1:
        payload = np.concatenate([run.payload for run in runs])
    else:
        payload = np.zeros((sum(counts), max(sizes)), np.uint8)
        at = 0
        for run, count, size in zip(runs, counts, sizes, strict=True):
            payload[at : at + count, :size] = run.payload
            at += count
    return payload, np.repeat(np.array(sizes, np.int64), counts)


def _by_anchors(
    ts: NDArray[np.uint32], arrival: Times, ranked: Sequence[tuple[int, Anchor]]
) -> tuple[NDArray[np.int64], Times]:
    """By the sender's clock. Of the anchor in force and the one before, the nearer counts: a late
    packet belongs to the latter.
    """
    since = np.array([anchor.first_us for _, anchor in ranked], np.int64)
    current = np.maximum(np.searchsorted(since, arrival, side="right") - 1, 0)
    before = np.maximum(current - 1, 0)
    by_current, by_before = _clock(ts, ranked, current), _clock(ts, ranked, before)
    late = np.abs(arrival - by_before) < np.abs(arrival - by_current)
    ranks = np.array([rank for rank, _ in ranked], np.int64)
    return ranks[np.where(late, before, current)], np.where(late, by_before, by_current)


def _clock(
    ts: NDArray[np.uint32], ranked: Sequence[tuple[int, Anchor]], chosen: NDArray[np.int64]
) -> Times:
    first_us = np.array([anchor.first_us for _, anchor in ranked], np.int64)[chosen]
    first_ts = np.array([anchor.first_ts for _, anchor in ranked], np.uint32)[chosen]
    clock = np.array([anchor.clock for _, anchor in ranked], np.int64)[chosen]
    return first_us + _units(ts, first_ts) * 1_000_000 // clock


def _by_first_packets(ts: NDArray[np.uint32], arrival: Times) -> tuple[NDArray[np.int64], Times]:
    """A recorder that died may leave no anchor: the first packet of each block serves as one."""
    block = arrival // BLOCK_US
    first = np.searchsorted(block, block, side="left")
    clock_us = arrival[first] + _units(ts, ts[first]) * 1_000_000 // RATE
    return np.zeros(len(ts), np.int64), clock_us


def _units(ts: NDArray[np.uint32], first: NDArray[np.uint32]) -> NDArray[np.int64]:
    """How far `ts` is from `first`, either way: timestamps wrap at 32 bits (RFC 3550, 5.1)."""
    return (ts - first).astype(np.int32).astype(np.int64)


def _told(ts: NDArray[np.uint32], arrival: Times, lines: Sequence[Line]) -> Times | None:
    """Where the sender's reports put each packet: by the line of its time."""
    if not lines:
        return None
    borders = [(one.at_us[-1] + other.at_us[0]) // 2 for one, other in pairwise(lines)]
    chosen = np.searchsorted(np.array(borders, np.int64), arrival)
    told = np.zeros(len(ts), np.int64)
    for at, line in enumerate(lines):
        told[chosen == at] = line.places(ts[chosen == at])
    return told


def _shifts(arrival: Times, clock_us: Times, rank: NDArray[np.int64], told: Times | None) -> Times:
    """What is added to the sender's clock, in microseconds, one value for each talkspurt.

    A talkspurt begins with a block, with another anchor, after a gap or at a jump. It stands where
    the sender's reports put it, unless packets came before they were sent or absurdly late by
    them. Without reports it stands where the sender's clock puts it, set right in steps once the
    block's least late packet shows that it runs wrong. Neither holds if even its own least late
    packet is a stray there.
    """
    if not len(arrival):
        return arrival
    lateness, block = arrival - clock_us, arrival // BLOCK_US
    spurt = (np.diff(block) != 0) | (np.diff(rank) != 0)
    spurt |= (np.diff(arrival) > STRAY_US) | (np.abs(np.diff(lateness)) > JUMP_US)
    starts = np.concatenate(([0], np.flatnonzero(spurt) + 1))
    _, group, packets = np.unique(block * ANCHORS + rank, return_inverse=True, return_counts=True)
    earliest = np.full(len(packets), FAR_FUTURE, np.int64)
    np.minimum.at(earliest, group, lateness)
    sure = np.where(packets >= ENOUGH, SURE_US, UNSURE_US)
    common = np.where(np.abs(earliest) < sure, 0, _in_steps(earliest))[group[starts]]
    expected = common
    if told is not None:
        shift, first = _rounded((told - clock_us)[starts], TOLD_US), earliest[group[starts]]
        sound = (first - shift >= -sure[group[starts]]) & (first - shift <= LATE_US)
        common, expected = np.where(sound, shift, common), np.where(sound, first, expected)
    least = np.minimum.reduceat(lateness, starts)
    shift = np.where(np.abs(least - expected) <= STRAY_US, common, _in_steps(least))
    return np.repeat(shift, np.diff(starts, append=len(arrival)))


def _rounded(shift: Times, step_us: int) -> Times:
    return (shift + step_us // 2) // step_us * step_us


def _in_steps(shift: Times) -> Times:
    """Rounded, so that arrivals that vary a little move nothing; a stray's is exact."""
    return np.where(np.abs(shift) <= STRAY_US, _rounded(shift, STEP_US), shift)
