"""One call's ties: what its senders' reports say of when their streams were sent. Pure.

A tie names one instant of a stream by three clocks: the stream's timestamp, the sender's wall
clock, and ours. The first two come from a sender report and know no network. The third is when the
least late packet since then arrived, counted back to the report's timestamp. A reader lays the
streams of one sender on one time line by them (docs/track.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from vaiti.audio.track import MAX_COUNT, entry_type
from vaiti.capture.rtp.rtcp import Farewell, Name, SenderReport, Word
from vaiti.values.streams import Tie

MOST: Final = 12  # ties of one track in a manifest
HELD: Final = 4 * MOST  # of one track while the call goes on
LOOK_EVERY_US: Final = 1_000_000
STEP_US: Final = 25_000  # by which both of a sender's clocks may come apart besides
STEP_PPM: Final = 500
SOURCES: Final = 256  # of one call; a sender whose clock is set more often tells nothing
FIRST_STRETCH_US: Final = 10_000_000  # of which one tie is kept, and twice as much again
LAST_STRETCH_US: Final = 1 << 40
FAR: Final = 1 << 62

_TRACK, _PT, _COUNT, _LENGTH = 1, 2, slice(4, 6), slice(6, 8)  # in a run's head
_SSRC, _BASE = slice(8, 12), slice(12, 20)
Clocks = Mapping[tuple[int, int], int]


@dataclass(slots=True)
class Begun:
    """A report and the least late packet since, in microseconds since the epoch."""

    report: SenderReport
    clock: int = 0
    at_us: int = FAR


@dataclass(slots=True)
class Track:
    begun: Begun | None = None
    looked_us: int = 0
    steps: int = 0
    ties: list[Tie] = field(default_factory=list)


class Ties:
    """`clocks` in Hz by track and payload type; it may grow while the call goes on."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._tracks: dict[int, Track] = {}
        self._names: dict[int, bytes] = {}
        self._sources: dict[tuple[bytes, int], int] = {}

    def left(self) -> object:
        """What is known, for `go_on` of another process's ties of the same call."""
        return self._tracks, self._names, self._sources

    def go_on(self, left: Any) -> None:  # noqa: ANN401
        self._tracks, self._names, self._sources = left

    def hear(self, track: int, words: list[Word]) -> None:
        """What a sender said on the way of this track's reports."""
        known = self._tracks.setdefault(track, Track())
        for word in words:
            match word:
                case Name():
                    if word.ssrc in self._names or len(self._names) < HELD:
                        self._names[word.ssrc] = word.name
                case SenderReport():
                    self._close(track, known)
                    known.begun = Begun(word)
                case Farewell():
                    if known.begun is not None and known.begun.report.ssrc == word.ssrc:
                        self._close(track, known)

    def take(self, head: bytes, entries: memoryview, last_us: int) -> None:
        """A run as it came; one of each second is looked at."""
        known = self._tracks.get(head[_TRACK])
        if known is None or known.begun is None or last_us - known.looked_us < LOOK_EVERY_US:
            return
        clock = self._clocks.get((head[_TRACK], head[_PT]), 0)
        begun = known.begun
        if not clock or begun.clock not in (0, clock):
            return
        if int.from_bytes(head[_SSRC], "big") != begun.report.ssrc:
            return
        known.looked_us, begun.clock = last_us, clock
        begun.at_us = min(begun.at_us, _least_late(head, entries, begun.report.ts, clock))

    def of(self, until_us: int) -> tuple[Tie, ...]:
        """What is known when the call ends then."""
        for track, known in self._tracks.items():
            self._close(track, known)
        return self.so_far(until_us)

    def so_far(self, until_us: int = FAR) -> tuple[Tie, ...]:
        """Of the reports that others have followed."""
        if not self._tracks:
            return ()
        kept = (tie for known in self._tracks.values() for tie in _fewer(known.ties, MOST))
        return tuple(tie for tie in kept if 0 < tie.at_us <= until_us)

    def _close(self, track: int, known: Track) -> None:
        """A report after which a packet came becomes a tie."""
        begun, known.begun = known.begun, None
        if begun is None or begun.at_us == FAR:
            return
        report, before = begun.report, known.ties[-1] if known.ties else None
        if before is not None and _stepped(before, begun):
            known.steps += 1
        source = self._source(report.ssrc, known.steps)
        if source >= SOURCES:
            return
        known.ties.append(
            Tie(track, report.ssrc, begun.clock, source, report.ts, report.sent_us, begun.at_us)
        )
        if len(known.ties) >= HELD:
            known.ties = _fewer(known.ties, HELD // 2)

    def _source(self, ssrc: int, steps: int) -> int:
        """One number for all streams whose sender says that they share a clock. A sender without a
        name shares it with nobody; nor does one whose clock was set meanwhile."""
        name = self._names.get(ssrc)
        key = (b"=" + name if name else b"#" + ssrc.to_bytes(4, "big"), steps)
        if len(self._sources) >= SOURCES:
            return self._sources.get(key, SOURCES)
        return self._sources.setdefault(key, len(self._sources))


def _least_late(head: bytes, entries: memoryview, ts: int, clock: int) -> int:
    """When the packet with timestamp `ts` would have come, by the least late one of a run."""
    count = min(int.from_bytes(head[_COUNT], "big"), MAX_COUNT)
    packets = np.frombuffer(entries, entry_type(int.from_bytes(head[_LENGTH], "big")), count)
    since = (packets["ts"].astype(np.uint32) - np.uint32(ts)).astype(np.int32).astype(np.int64)
    late = packets["delta"].astype(np.int64) - since * 1_000_000 // clock
    return int.from_bytes(head[_BASE], "big") + int(late.min())


def _stepped(before: Tie, begun: Begun) -> bool:
    """Whether the sender's wall clock was set between two reports of one stream. A timestamp that
    stood still or jumped is none: then that clock agrees with ours."""
    report = begun.report
    if (before.ssrc, before.clock) != (report.ssrc, begun.clock):
        return False
    passed = report.sent_us - before.sent_us
    units = (report.ts - before.ts + (1 << 31)) % (1 << 32) - (1 << 31)
    apart = abs(passed - units * 1_000_000 // begun.clock)
    ours = abs(passed - (begun.at_us - before.at_us))
    return apart > STEP_US + abs(passed) * STEP_PPM // 1_000_000 and ours > apart // 2


def _fewer(ties: list[Tie], most: int) -> list[Tie]:
    """At most so many, spread over the call: of each stretch the one whose packets were least
    late."""
    stretch_us = FIRST_STRETCH_US
    while len(ties) > most:
        best: dict[tuple[int, int, int, int], Tie] = {}
        for tie in ties:
            key = (tie.ssrc, tie.clock, tie.source, tie.sent_us // stretch_us)
            best[key] = min(best.get(key, tie), tie, key=_lateness)
        ties, stretch_us = list(best.values()), 2 * stretch_us
        if stretch_us > LAST_STRETCH_US:
            return ties[-most:]
    return ties


def _lateness(tie: Tie) -> int:
    return tie.at_us - tie.sent_us
