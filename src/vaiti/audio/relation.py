"""Streams of one sender laid on one time line by what it said of its clocks. Pure.

A sender's wall clock may be wrong by years: it never moves a call. Used are two things only: how a
stream's timestamps run against that clock, and by how much one stream came later than the other.
The stream that came least late stands where it arrived, and the others with it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vaiti.values.streams import Tie

DRIFT_PPM: Final = 100  # by which a sender's wall clock may run wrong and still be followed
RATE_PPM: Final = 1_000  # by which a stream's clock may run wrong; else its sender errs
STEP_US: Final = 25_000  # by which both may come apart besides
CLOCK: Final = 1_000_000  # Hz; faster ones are none of a voice
LATE_US: Final = 1_000_000  # by which one stream may come later than another; more is an error

Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Line:
    """Where a stream's timestamps stand on the time line: pairs of `ts` and `at_us`, in order."""

    ssrc: int
    clock: int
    ts: tuple[int, ...]
    at_us: tuple[int, ...]

    def places(self, ts: NDArray[np.uint32]) -> Times:
        """Where packets with these timestamps begin; beyond both ends the rate goes on."""
        known = _units(np.array(self.ts, np.uint32), self.ts[0])
        wanted = _units(ts, self.ts[0])
        at = np.array(self.at_us, np.int64) - self.at_us[0]
        rate = np.full(len(known) + 1, 1e6 / self.clock)
        if len(known) > 1:
            rate[1:-1] = np.diff(at) / np.diff(known)
            rate[0], rate[-1] = rate[1], rate[-2]
        piece = np.searchsorted(known, wanted)
        base = np.maximum(piece - 1, 0)
        moved = np.rint((wanted - known[base]) * rate[piece]).astype(np.int64)
        placed: Times = at[base] + moved + self.at_us[0]
        return placed


def lines(ties: Iterable[Tie]) -> dict[int, list[Line]]:
    """By track, in order of time, for the streams whose sender can be believed."""
    found: dict[int, list[Line]] = {}
    sound = [tie for tie in ties if 0 < tie.clock <= CLOCK and tie.ts < 1 << 32]
    for _, group in groupby(sorted(sound, key=_source), key=_source):
        shared = list(group)
        streams = sorted(shared, key=lambda tie: (*_stream(tie), tie.sent_us))
        for (track, *_), mine in groupby(streams, key=_stream):
            found.setdefault(track, []).extend(_lines(list(mine), shared))
    for each in found.values():
        each.sort(key=lambda line: line.at_us[0])
    return found


def _lines(ties: Sequence[Tie], shared: Sequence[Tie]) -> Iterator[Line]:
    """One stream's: a new one from where its timestamp jumped, none that came absurdly late."""
    cuts = [n for n in range(1, len(ties)) if not _steady(ties[n - 1], ties[n])]
    for first, end in pairwise([0, *cuts, len(ties)]):
        piece = ties[first:end]
        sent_us = [tie.sent_us for tie in piece]
        at_us = (np.array(sent_us, np.int64) + _offsets(sent_us, shared)).tolist()
        late = min(tie.at_us - at for tie, at in zip(piece, at_us, strict=True))
        if late <= LATE_US:
            stamps = tuple(tie.ts for tie in piece)
            yield Line(piece[0].ssrc, piece[0].clock, stamps, tuple(at_us))


def _offsets(sent_us: Sequence[int], shared: Sequence[Tie]) -> Times:
    """Of our clock against the sender's, at these times of his: by the ties that came least late,
    for their time, and between two of them in a straight line."""
    first = min(tie.sent_us for tie in shared)
    at = np.array([tie.sent_us - first for tie in shared], np.int64)
    late = np.array([tie.at_us - tie.sent_us for tie in shared], np.int64)
    floor = late[:, None] + np.abs(at[:, None] - at) * DRIFT_PPM // 1_000_000
    sure = late <= floor.min(axis=0)
    at, chosen = np.unique(at[sure], return_index=True)
    late = late[sure][chosen]
    wanted = np.array(sent_us, np.int64) - first
    between = np.interp(wanted, at, late - late[0])
    beyond = np.minimum(wanted - at[0], 0) * _drift(at[:2], late[:2])
    beyond += np.maximum(wanted - at[-1], 0) * _drift(at[-2:], late[-2:])
    found: Times = np.rint(between + beyond).astype(np.int64) + late[0]
    return found


def _drift(at: Times, late: Times) -> float:
    """By which both clocks come apart there."""
    if len(at) < 2:
        return 0.0
    most = DRIFT_PPM / 1e6
    return float(np.clip((late[1] - late[0]) / (at[1] - at[0]), -most, most))


def _steady(before: Tie, after: Tie) -> bool:
    units = int(_units(np.array([after.ts], np.uint32), before.ts)[0])
    ran, passed = units * 1_000_000 // before.clock, after.sent_us - before.sent_us
    return units > 0 and abs(ran - passed) <= STEP_US + abs(passed) * RATE_PPM // 1_000_000


def _units(ts: NDArray[np.uint32], first: int) -> Times:
    """How far from `first`, either way: timestamps wrap at 32 bits."""
    return (ts - np.uint32(first)).astype(np.int32).astype(np.int64)


def _source(tie: Tie) -> int:
    return tie.source


def _stream(tie: Tie) -> tuple[int, int, int]:
    return tie.track, tie.ssrc, tie.clock
