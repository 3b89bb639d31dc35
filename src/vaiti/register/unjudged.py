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


def note(calls: Iterable[Call], now: datetime) -> None:
    found: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in calls:
        for reason in unjudged(call.recording):
            found[reason, f"peer {call.peer}"[:64]].append(call)
    for (reason, source), some in sorted(found.items()):
        _count(reason, source, some, now)


def _count(reason: str, source: str, calls: Sequence[Call], now: datetime) -> None:
    """A call that ended before one that was counted is left out, so that none counts twice: the
    number is the least that is known."""
    rows = Gap.objects.filter(kind=What.UNJUDGED, cause=reason, source=source)
    row = rows.order_by("-ended_at").first()
    counted = row.ended_at if row else None
    new = [call for call in calls if counted is None or call.ended_at > counted]
    if not new:
        return
    last = max(call.ended_at for call in new)
    if row is None or row.state == State.CLOSED:
        first = min(call.started_at for call in new)
        gaps.enter(NewGap(What.UNJUDGED, reason, source, first, last, calls=len(new)), now)
    else:
        Gap.objects.filter(id=row.id).update(ended_at=last, calls=row.calls + len(new))
