"""A paper before it is a page or a PDF: its title, what it begins with, and its parts. Pure."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bars:
    """A picture of counts by time. `told` says in words what it shows."""

    told: str
    labels: Sequence[str]
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Part:
    """Words and a table. A part that is not `lasting`, and the last `live` columns of a table,
    tell of this moment, and nobody approves them; `marks` are the moods (good, warn, bad or
    nothing) of the rows' last cells."""

    title: str
    lead: Sequence[str] = ()
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    marks: Sequence[str] = ()
    live: int = 0
    lasting: bool = True
    bars: Bars | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    title: str
    language: str
    lead: Sequence[str]
    parts: Sequence[Part]

    def lasting(self) -> str:
        """What an approval is of, as text: the same until something else is said."""
        told = [
            [one.title, list(one.lead), [list(row[: len(row) - one.live]) for row in one.rows]]
            for one in self.parts
            if one.lasting
        ]
        return json.dumps([self.title, told], ensure_ascii=False)


def digest(sheets: Sequence[Sheet]) -> str:
    """SHA-256, hex, of what lasts of a paper in all its languages."""
    return hashlib.sha256("\n".join(one.lasting() for one in sheets).encode()).hexdigest()
