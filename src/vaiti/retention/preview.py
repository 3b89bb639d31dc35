"""What a shorter time of storage would do to the calls that are kept: counts and dates. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from vaiti.register.shortening import Kept

DAYS_SHOWN = 400
"""Of the counts by day that are kept; more do not fit on any page."""


@dataclass(slots=True)
class LineCount:
    """Of one line: calls that are kept, those that would go sooner, and those due at once."""

    calls: int = 0
    shortened: int = 0
    at_once: int = 0


@dataclass(slots=True)
class Preview:
    """`longer` calls would be kept for longer by the rule, and are not: they keep their day.

    `earliest` and `latest` are the instants at which the shortened calls would be due.
    """

    months: int
    calls: int = 0
    shortened: int = 0
    at_once: int = 0
    longer: int = 0
    held: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    days: Counter[date] = field(default_factory=Counter)
    lines: dict[UUID, LineCount] = field(default_factory=dict)

    def as_counts(self) -> dict[str, object]:
        """What is stored with the version of the rule."""
        return {
            "calls": self.calls,
            "shortened": self.shortened,
            "at_once": self.at_once,
            "longer": self.longer,
            "held": self.held,
            "earliest": self.earliest.isoformat() if self.earliest else "",
            "latest": self.latest.isoformat() if self.latest else "",
            "days": {
                day.isoformat(): count for day, count in sorted(self.days.items())[:DAYS_SHOWN]
            },
            "lines": {
                line.hex: [one.calls, one.shortened, one.at_once]
                for line, one in self.lines.items()
            },
        }


def preview(months: int, calls: Iterable[Kept], today: date, now: datetime) -> Preview:
    """What would become due already is counted on `today`; a held call is kept by its holds."""
    found = Preview(months)
    for call in calls:
        line = found.lines.setdefault(call.line, LineCount())
        found.calls += 1
        line.calls += 1
        if call.wanted > call.ordinary:
            found.longer += 1
        elif call.wanted < call.ordinary:
            found.shortened += 1
            line.shortened += 1
            if call.held:
                found.held += 1
            else:
                _count(found, line, call, today, now)
    return found


def _count(found: Preview, line: LineCount, call: Kept, today: date, now: datetime) -> None:
    due = max(call.wanted, now)
    found.earliest = min(found.earliest or due, due)
    found.latest = max(found.latest or due, due)
    if call.wanted <= now:
        found.at_once += 1
        line.at_once += 1
        found.days[today] += 1
    else:
        found.days[call.day] += 1
