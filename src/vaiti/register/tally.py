"""Calls counted by when they began: from indexes alone, whatever there is of them.

Neither agents nor customers are told apart in what comes out (L-34).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from vaiti.register.filters import Filters
from vaiti.register.marks import INTERRUPTED, PAUSED, having
from vaiti.register.models import Call
from vaiti.register.strands import Scope, Span, reach

FEW = 2_000  # legs; up to so many each one's call is looked at


@dataclass(frozen=True, slots=True)
class Tally:
    """Of what began in one span: all, those without their end, those with a pause in them."""

    count: int
    interrupted: int
    paused: int


def tally(
    scope: Scope, filters: Filters, spans: Sequence[Span], now: datetime
) -> tuple[Tally, ...]:
    """One for each span: the legs of `scope` that pass `filters`, whose days hold all the spans.

    Up to FEW they are exactly those of the list. Of more, some that fell due within the hour may
    still be counted.
    """
    few = reach(scope, filters, now).count(FEW) < FEW
    # with the days besides, an index would be searched by those and not by the span's bounds
    strands = reach(scope, replace(filters, from_day=None, to_day=None), now)
    counts = (
        strands.began_in(spans, looked_at=few, marked=mark) for mark in (0, INTERRUPTED, PAUSED)
    )
    return tuple(Tally(*some) for some in zip(*counts, strict=True))


def tally_all(spans: Sequence[Span]) -> tuple[Tally, ...]:
    """One for each span: all calls in the book, whoever may see them."""
    return tuple(_of_all(span) for span in spans)


def _of_all(span: Span) -> Tally:
    calls = Call.objects.filter(started_at__gte=span[0], started_at__lt=span[1])
    marked = [
        calls.filter(marks__gt=0, marks__in=having(mark)).count() for mark in (INTERRUPTED, PAUSED)
    ]
    return Tally(calls.count(), *marked)
