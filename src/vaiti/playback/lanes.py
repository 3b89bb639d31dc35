"""The picture of a recording: how loud each side is, and where nobody speaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from vaiti.audio.g711 import RATE
from vaiti.audio.peaks import LEVEL_FRAMES, Levels, levels, peaks, silences
from vaiti.audio.render import Window, lane
from vaiti.playback.recorded import LEFT, RIGHT, Recorded
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

BINS: Final = 800  # peaks in a lane
CHUNK: Final = 2400 * LEVEL_FRAMES  # frames rendered at once: two minutes

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Lanes:
    """`agent` and `customer`: at most 800 peaks from 0 to 1. Spans are from and to in seconds.

    `silences` are longer than two seconds; in `gaps` nothing was recorded (hold).
    """

    seconds: float
    agent: list[float]
    customer: list[float]
    silences: list[Span]
    gaps: list[Span]


def lanes(opening: Opening, keys: KeyClient, store: Store) -> Lanes:
    """The lanes of the grant's stretch. Raises what `Recorded` raises."""
    recorded = Recorded(opening, keys, store)
    sides = [recorded.tracks(LEFT), recorded.tracks(RIGHT)]
    chunks = list(_chunks(recorded, sides))
    agent, customer = (np.concatenate([chunk[side] for chunk in chunks]) for side in (0, 1))
    return Lanes(
        recorded.window.frames / RATE,
        peaks(agent, BINS),
        peaks(customer, BINS),
        silences(agent, customer),
        list(_gaps(opening, recorded.window)),
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
    for hold in opening.recording["holds"]:
        begin = max(hold["from_us"], window.from_us)
        end = min(hold["to_us"], window.to_us)
        if begin < end:
            yield (begin - window.from_us) / 1e6, (end - window.from_us) / 1e6
