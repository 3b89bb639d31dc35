"""The two lanes as SVG paths. Pure but for the words.

The picture is 1,000 units wide and 100 high whatever the length; the page stretches it. A peak is
one upright stroke around the middle line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from vaiti.playback.lanes import Lanes
from vaiti.web.dates import write_length
from vaiti.web.moments import spoken_length

WIDTH = 1000
MOST_STROKES = 400  # a lane; more would only make the page heavy
LEAST_HEIGHT = 1.5


@dataclass(frozen=True, slots=True)
class Lane:
    name: str
    label: str
    path: str


@dataclass(frozen=True, slots=True)
class Shade:
    """A stretch in which nothing was recorded or can be played, in units of the picture.

    `span` and `length` say it in words; `until` is where sound begins again, in seconds.
    """

    x: str
    width: str
    label: str
    span: str
    length: str
    until: str
    unplayed: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """`silences` is `from-to` in seconds, several with spaces between, for the player's script."""

    id: str
    drawn: list[Lane]
    holds: list[Shade]
    silences: str


def draw(lanes: Lanes, drawing_id: str) -> Drawing:
    seconds = max(lanes.seconds, 0.001)
    return Drawing(
        id=f"lanes-{drawing_id}",
        drawn=[
            Lane("agent", _("Where the agent speaks"), path(lanes.agent)),
            Lane("customer", _("Where the customer speaks"), path(lanes.customer)),
        ],
        holds=[
            *(_shade(begins, ends, seconds) for begins, ends in lanes.gaps),
            *(_shade(begins, ends, seconds, unplayed=True) for begins, ends in lanes.undecoded),
        ],
        silences=" ".join(f"{begins:.2f}-{ends:.2f}" for begins, ends in lanes.silences),
    )


def path(peaks: Sequence[float]) -> str:
    """Upright strokes for peaks from 0 to 1; neighbours are joined into their loudest."""
    loudest = thin(peaks, MOST_STROKES)
    step = WIDTH / max(1, len(loudest))
    return "".join(_stroke((at + 0.5) * step, peak) for at, peak in enumerate(loudest))


def thin(peaks: Sequence[float], most: int) -> list[float]:
    """At most `most` peaks, each the loudest of its neighbours."""
    if len(peaks) <= most:
        return list(peaks)
    edges = [at * len(peaks) // most for at in range(most + 1)]
    return [max(peaks[a:b]) for a, b in pairwise(edges)]


def _stroke(x: float, peak: float) -> str:
    half = max(LEAST_HEIGHT, min(1.0, peak) * 96) / 2
    return f"M{_short(x)} {_short(50 - half)}V{_short(50 + half)}"


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _shade(begins: float, ends: float, seconds: float, *, unplayed: bool = False) -> Shade:
    x = WIDTH * begins / seconds
    width = WIDTH * (ends - begins) / seconds
    return Shade(
        x=_short(x),
        width=_short(max(1.0, width)),
        label=_("cannot be played here") if unplayed else _("nothing was recorded"),
        span=f"{write_length(timedelta(seconds=begins))}–{write_length(timedelta(seconds=ends))}",
        length=spoken_length(timedelta(seconds=max(1, round(ends - begins)))),
        until=f"{ends:.2f}",
        unplayed=unplayed,
    )
