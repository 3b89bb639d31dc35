"""Calls of which one side was never heard: a cable, a codec or a wrong port, not a silent person.

The recorder notes each stretch of sound by its track. A track of a call of some length that never
carried a packet is a row of the gap register, and many of them are an alarm.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from vaiti.due import alarms
from vaiti.register import gaps
from vaiti.register.gaps import NewGap, What
from vaiti.register.models import Call, Gap

ALARM, CAUSE, SOURCE = "one_sided_calls", "no_packets", "intake"
BACK = timedelta(days=1)
FRESH = timedelta(hours=2)
"""Calls that came into the book this long ago are looked at; a look is each ten minutes."""
SHORTEST = timedelta(seconds=10)
"""Who hangs up at once may not have said anything yet; packets come all the same, but late."""
FEWEST = 10  # calls of a day; of fewer a share says nothing
SIDES = ("customer", "agent")


def unheard(recording: Mapping[str, Any]) -> tuple[str, ...]:
    """The sides that have a track of their own, of which none ever carried a packet. Pure."""
    carried = {epoch["track"] for epoch in recording.get("epochs", ())}
    tracks: Sequence[Mapping[str, Any]] = recording.get("tracks", ())
    return tuple(
        side
        for side in SIDES
        if (own := [track["index"] for track in tracks if track["role"] == side])
        and carried.isdisjoint(own)
    )


def watch(percent: int, now: datetime) -> None:
    """Enters what is new; an alarm stands while more than `percent` of a day's calls are so."""
    for call in _unknown(now):
        if call.ended_at - call.started_at >= SHORTEST and unheard(call.recording):
            gaps.enter(
                NewGap(
                    *(What.QUIET, CAUSE, SOURCE, call.started_at, call.ended_at),
                    line_id=call.line_id,
                    call_id=call.id,
                ),
                now,
            )
    every = Call.objects.filter(started_at__gt=now - BACK).count()
    quiet = Gap.objects.filter(kind=What.QUIET, started_at__gt=now - BACK).count()
    if every >= FEWEST and quiet * 100 > every * percent:
        detail = f"{quiet} of {every} in a day; allowed {percent} in a hundred"
        alarms.raise_alarm(ALARM, "register", detail, now)
    else:
        alarms.clear(ALARM, "register", now)


def _unknown(now: datetime) -> QuerySet[Call]:
    """Those taken in of late that have no such row yet. What was made up has no sound at all."""
    told = Gap.objects.filter(kind=What.QUIET, call__isnull=False).values("call_id")
    fresh = Call.objects.filter(taken_in_at__gt=now - FRESH).exclude(id__in=told)
    return fresh.only("id", "line_id", "started_at", "ended_at", "recording")
