"""The two lanes as SVG paths. Pure but for the words.

The picture is 1,000 units wide and 100 high whatever the length; the page stretches it. A peak is
one upright stroke around the middle line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from django.utils.translation import gettext as _

from vaiti.playback.lanes import Lanes, Span
from vaiti.web.dates import write_length
from vaiti.web.moments import spoken_length

WIDTH = 1000
MOST_STROKES = 400  # a lane; more would only make the page heavy
LEAST_HEIGHT = 1.5


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
class Lane:
    """`shades` are those of both sides and this one's own."""

    name: str
    label: str
    path: str
    shades: list[Shade]


@dataclass(frozen=True, slots=True)
class Drawing:
    """`holds` are all shades, each once; `silences` is `from-to` in seconds, several with spaces
    between, for the player's script."""

    id: str
    drawn: list[Lane]
    holds: list[Shade]
    silences: str


def draw(lanes: Lanes, drawing_id: str) -> Drawing:
    seconds = max(lanes.seconds, 0.001)
    gaps = [_shade(span, seconds, _("nothing was recorded")) for span in lanes.gaps]
    agent, customer = _unplayed(lanes, seconds)
    return Drawing(
        id=f"lanes-{drawing_id}",
        drawn=[
            Lane("agent", _("Where the agent speaks"), path(lanes.agent), [*gaps, *agent]),
            Lane(
                "customer", _("Where the customer speaks"), path(lanes.customer), [*gaps, *customer]
            ),
        ],
        holds=[*gaps, *dict.fromkeys((*agent, *customer))],
        silences=" ".join(f"{begins:.2f}-{ends:.2f}" for begins, ends in lanes.silences),
    )


def _unplayed(lanes: Lanes, seconds: float) -> Iterator[list[Shade]]:
    """Of the agent and of the customer; a stretch of both is said once."""
    both = set(lanes.agent_lacks) & set(lanes.customer_lacks)
    sides = (
        (lanes.agent_lacks, _("the agent cannot be played here")),
        (lanes.customer_lacks, _("the customer cannot be played here")),
    )
    for spans, label in sides:
        named = ((span, _("cannot be played here") if span in both else label) for span in spans)
        yield [_shade(span, seconds, said, unplayed=True) for span, said in named]


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


def _shade(span: Span, seconds: float, label: str, *, unplayed: bool = False) -> Shade:
    begins, ends = span
    x = WIDTH * begins / seconds
    width = WIDTH * (ends - begins) / seconds
    return Shade(
        x=_short(x),
        width=_short(max(1.0, width)),
        label=label,
        span=f"{write_length(timedelta(seconds=begins))}–{write_length(timedelta(seconds=ends))}",
        length=spoken_length(timedelta(seconds=max(1, round(ends - begins)))),
        until=f"{ends:.2f}",
        unplayed=unplayed,
    )
