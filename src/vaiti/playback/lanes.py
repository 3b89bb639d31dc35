"""The picture of a recording: how loud each side is, and where nobody speaks.

To make it every segment is opened. So it is made once, and given out sealed under the call's key
for the register to keep.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from vaiti.audio.g711 import RATE
from vaiti.audio.peaks import LEVEL_FRAMES, Levels, levels, peaks, silences
from vaiti.audio.render import Window, lane
from vaiti.playback.decoding import require, undecoded
from vaiti.playback.recorded import LEFT, RIGHT, Recorded
from vaiti.vault.aside import NotOurs
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

BINS: Final = 800  # peaks in a lane
CHUNK: Final = 2400 * LEVEL_FRAMES  # frames rendered at once: two minutes

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lanes:
    """`agent` and `customer`: at most 800 peaks from 0 to 1. Spans are from and to in seconds.

    `silences` are longer than two seconds; in `gaps` nothing was recorded (hold,
    pause, recorders that changed over), or it was silenced; in `agent_lacks` and `customer_lacks`
    that side came in a codec that cannot be decoded here.
    """

    seconds: float
    agent: list[float]
    customer: list[float]
    silences: list[Span]
    gaps: list[Span]
    agent_lacks: list[Span] = field(default_factory=list)
    customer_lacks: list[Span] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """`sealed` is what may be kept; empty when what was kept has served."""

    lanes: Lanes
    sealed: bytes = field(default=b"", repr=False)


def picture(opening: Opening, kept: bytes, keys: KeyClient, store: Store) -> Picture:
    """The lanes of the grant's stretch, from what was `kept` or made anew.

    Raises NoDecoder, and what `Recorded` raises.
    """
    require(opening.recording)
    recorded = Recorded(opening, keys, store)
    window = recorded.window
    agent, customer = (_lacks(opening, recorded, roles) for roles in (LEFT, RIGHT))
    name = f"lanes/{window.from_us}/{window.to_us}" + ("/in part" if agent or customer else "")
    gaps = list(_gaps(opening, window))
    try:
        found = _read(recorded.aside.open(name, kept), window.frames / RATE, gaps)
        return Picture(_marked(found, agent, customer))
    except NotOurs:
        made = _make(recorded, gaps)
    return Picture(_marked(made, agent, customer), recorded.aside.seal(name, _write(made)))


def _lacks(opening: Opening, recorded: Recorded, roles: frozenset[str]) -> list[Span]:
    window, tracks = recorded.window, recorded.tracks(roles)
    found = undecoded(opening.recording, tracks, window.from_us, window.to_us)
    return [_seconds(each, window) for each in found]


def _make(recorded: Recorded, gaps: list[Span]) -> Lanes:
    sides = [recorded.tracks(LEFT), recorded.tracks(RIGHT)]
    chunks = list(_chunks(recorded, sides))
    agent, customer = (np.concatenate([chunk[side] for chunk in chunks]) for side in (0, 1))
    return Lanes(
        recorded.window.frames / RATE,
        peaks(agent, BINS),
        peaks(customer, BINS),
        silences(agent, customer),
        gaps,
    )


def _write(made: Lanes) -> bytes:
    """Peaks in thousandths, silences in hundredths of a second."""
    thousandths = [[round(peak * 1000) for peak in lane] for lane in (made.agent, made.customer)]
    hundredths = [[round(edge * 100) for edge in span] for span in made.silences]
    return zlib.compress(json.dumps([*thousandths, hundredths]).encode())


def _read(written: bytes, seconds: float, gaps: list[Span]) -> Lanes:
    agent, customer, hundredths = json.loads(zlib.decompress(written))
    return Lanes(
        seconds,
        [peak / 1000 for peak in agent],
        [peak / 1000 for peak in customer],
        [(begin / 100, end / 100) for begin, end in hundredths],
        gaps,
    )


def _chunks(recorded: Recorded, sides: list[frozenset[int]]) -> Iterator[list[Levels]]:
    window = recorded.window
    for first in range(0, max(1, window.frames), CHUNK):
        end = min(first + CHUNK, window.frames)
        runs = recorded.arrived(*window.arrivals(first, end))
        yield [
            levels(lane(runs, recorded.anchors, side, window, first=first, end=end))
            for side in sides
        ]


def _gaps(opening: Opening, window: Window) -> Iterator[Span]:
    facts = opening.recording
    kinds = ("holds", "pauses", "silenced", "changeovers")
    spans = [span for kind in kinds for span in facts.get(kind, ())]
    for span in sorted(spans, key=lambda each: int(each["from_us"])):
        begin = max(span["from_us"], window.from_us)
        end = min(span["to_us"], window.to_us)
        if begin < end:
            yield _seconds((begin, end), window)


def _marked(lanes: Lanes, agent: list[Span], customer: list[Span]) -> Lanes:
    """What cannot be decoded is no silence, whatever the other side does."""
    silences = [
        each
        for each in lanes.silences
        if all(each[1] <= begins or each[0] >= ends for begins, ends in (*agent, *customer))
    ]
    return replace(lanes, silences=silences, agent_lacks=agent, customer_lacks=customer)


def _seconds(span: tuple[int, int], window: Window) -> Span:
    return (span[0] - window.from_us) / 1e6, (span[1] - window.from_us) / 1e6
