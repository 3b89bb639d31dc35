"""How something stood over time, as one strip of an SVG. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WIDTH = 300  # units of the picture
SHOWN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Piece:
    kind: str
    x: str
    width: str


def strip(changes: Sequence[tuple[str, datetime]], now: datetime) -> list[Piece]:
    """`changes` are what it was from then on, the oldest first; the last thirty days are shown."""
    begins = now - SHOWN
    ends = [at for _, at in changes[1:]] + [now]
    found = []
    for (kind, at), until in zip(changes, ends, strict=True):
        left, right = max(at, begins), min(until, now)
        if right > left or until == now:
            x, width = WIDTH * ((left - begins) / SHOWN), WIDTH * ((right - left) / SHOWN)
            wide = max(2.0, width)
            found.append(Piece(kind, f"{min(x, WIDTH - wide):.1f}", f"{wide:.1f}"))
    return found
