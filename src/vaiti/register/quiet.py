"""Calls of which one side was not heard: a cable, a codec or a wrong port, not a silent person.

The recorder notes of each track when it last carried a packet, when it last carried sound, and the
longest stretch without. A side that says too little is a row of the gap register and a sentence on
the call's page; many of them, of all calls or of one sender or line, are an alarm.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count

from vaiti.due import alarms
from vaiti.register import codecs, gaps
from vaiti.register.gaps import NewGap, What
from vaiti.register.models import Call, Gap, State
from vaiti.register.silences import Found, Limits, judge, unjudged
from vaiti.register.unjudged import note
from vaiti.values.clock import to_micros
from vaiti.values.opus import kept_as

ALARM, SOURCE, ALL = "one_sided_calls", "intake", "register"
BACK = timedelta(days=1)
FRESH = timedelta(hours=2)
"""Calls that came into the book this long ago are looked at; a look is each ten minutes."""
FEWEST = 10  # calls of a day; of fewer a share says nothing
AT_ONCE = 200  # calls in memory: some 7 KB each
ID_BYTES = 16  # of a UUID; an object of it is ten times as large


@dataclass(frozen=True, slots=True)
class Told:
    """What a call's page says of its sound: sides that were not heard, why that was not judged,
    the codes of what the recorder noted, and the call's codecs; for how long one recorder had gone
    and the next had not come, and whether their parts are being joined just now; and in which lossy
    form it is kept, if it is (`values.opus.kept_as`)."""

    sides: tuple[Found, ...] = ()
    unjudged: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    codecs: frozenset[str] = frozenset()
    changed_us: tuple[int, ...] = ()
    joining: bool = False
    lossy: Mapping[str, Any] | None = None


def of_call(call_id: UUID, limits: Limits) -> Told:
    fields = ("started_at", "ended_at", "recording", "state")
    row = Call.objects.only(*fields).filter(id=call_id).first()
    if row is None:
        return Told()
    warnings = tuple(row.recording.get("warnings", ()))
    return Told(
        _judged(row, limits),
        unjudged(row.recording),
        warnings,
        codecs.all_of(row.recording),
        tuple(one["to_us"] - one["from_us"] for one in row.recording.get("changeovers", ())),
        row.state == State.JOINING,
        kept_as(row.recording),
    )


def watch(limits: Limits, now: datetime) -> None:
    """Enters what is new; an alarm stands while more than the share of a day's calls are so."""
    note(_looked_at(limits, now), now)
    _settle(_shares(now), limits.percent, now)


def _looked_at(limits: Limits, now: datetime) -> Iterator[Call]:
    for call in _unknown(now):
        _enter(call, limits, now)
        yield call


def _enter(call: Call, limits: Limits, now: datetime) -> None:
    for found in _judged(call, limits)[:1]:
        gaps.enter(
            NewGap(
                *(What.QUIET, found.cause, SOURCE, call.started_at, call.ended_at),
                line_id=call.line_id,
                call_id=call.id,
            ),
            now,
        )


def _judged(call: Call, limits: Limits) -> tuple[Found, ...]:
    return judge(call.recording, to_micros(call.started_at), to_micros(call.ended_at), limits)


def _shares(now: datetime) -> dict[str, tuple[int, int]]:
    """Quiet calls and all calls of a day: of all, by sender and by line."""
    every = Call.objects.filter(started_at__gt=now - BACK)
    quiet = Gap.objects.filter(kind=What.QUIET, started_at__gt=now - BACK)
    found = {ALL: (quiet.count(), every.count())}
    for name, ours, theirs in (
        ("peer", "peer", "call__peer"),
        ("line", "line__number", "line__number"),
    ):
        calls = dict(every.values_list(ours).annotate(Count("id")))
        bad = quiet.filter(call__isnull=False).values_list(theirs).annotate(Count("id"))
        found |= {f"{name} {key}"[:128]: (count, calls.get(key, 0)) for key, count in bad}
    return found


def _settle(shares: Mapping[str, tuple[int, int]], percent: int, now: datetime) -> None:
    over = {
        key: f"{quiet} of {every} in a day; allowed {percent} in a hundred"
        for key, (quiet, every) in shares.items()
        if every >= FEWEST and quiet * 100 > every * percent
    }
    for key, detail in over.items():
        alarms.raise_alarm(ALARM, key, detail, now)
    for standing in alarms.standing():
        if standing.kind == ALARM and standing.key not in over:
            alarms.clear(ALARM, standing.key, now)


def _unknown(now: datetime) -> Iterator[Call]:
    """Those taken in of late that have no such row yet, of which a few are read at a time, by when
    they ended. What was made up has no sound at all."""
    told = Gap.objects.filter(kind=What.QUIET, call__isnull=False).values("call_id")
    fresh = Call.objects.filter(taken_in_at__gt=now - FRESH).exclude(id__in=told)
    packed = bytearray()
    for call in fresh.order_by("ended_at").values_list("id", flat=True).iterator():
        packed += call.bytes
    rows = Call.objects.only("id", "line_id", "peer", "started_at", "ended_at", "recording")
    for first in range(0, len(packed), AT_ONCE * ID_BYTES):
        some = packed[first : first + AT_ONCE * ID_BYTES]
        ids = [UUID(bytes=bytes(some[at : at + ID_BYTES])) for at in range(0, len(some), ID_BYTES)]
        yield from rows.filter(id__in=ids).order_by("ended_at")
