"""Calls of which it is not known whether one side was silent, in the gap register.

One row for each sender and reason: it grows while such calls come, also when somebody has explained
it. After it was closed the next call begins another.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from vaiti.register import gaps
from vaiti.register.gaps import NewGap, State, What
from vaiti.register.models import Call, Gap
from vaiti.register.silences import unjudged

Time = tuple[datetime, datetime]
"""When a call began and ended."""


def note(calls: Iterable[Call], now: datetime) -> None:
    """All that are looked at in one turn: of several that end in one second each counts. Their
    times alone are held."""
    found: dict[tuple[str, str], list[Time]] = defaultdict(list)
    for call in calls:
        for reason in unjudged(call.recording):
            found[reason, f"peer {call.peer}"[:64]].append((call.started_at, call.ended_at))
    for (reason, source), some in sorted(found.items()):
        _count(reason, source, some, now)


def _count(reason: str, source: str, calls: Sequence[Time], now: datetime) -> None:
    """A call that ended before one that was counted is left out, so that none counts twice: the
    number is the least that is known."""
    rows = Gap.objects.filter(kind=What.UNJUDGED, cause=reason, source=source)
    row = rows.order_by("-ended_at").first()
    counted = row.ended_at if row else None
    new = [each for each in calls if counted is None or each[1] > counted]
    if not new:
        return
    last = max(ended for _, ended in new)
    if row is None or row.state == State.CLOSED:
        first = min(started for started, _ in new)
        gaps.enter(NewGap(What.UNJUDGED, reason, source, first, last, calls=len(new)), now)
    else:
        Gap.objects.filter(id=row.id).update(ended_at=last, calls=row.calls + len(new))
