"""Test calls of our own, on each recorded line: what is placed, what arrives, what is missed.

A canary goes the whole way of a call and never becomes one: intake keeps it beside the book, it is
opened and compared with what was sent, and destroyed at once. What does not arrive as it was
placed is a row of the gap register and an alarm. States: placed, arrived, well, missed, or void
(it was broken off on our side, and says nothing).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice.lines import LineCard
from vaiti.register.canary_models import Canary
from vaiti.register.canary_names import DEVICE
from vaiti.register.gaps import NewGap, enter
from vaiti.register.gaps import State as GapState
from vaiti.register.gaps import What as GapWhat
from vaiti.register.intake import recording
from vaiti.register.models import Arrival, Gap
from vaiti.values.clock import from_micros
from vaiti.values.ids import CallId, ObjectId, as_uuid
from vaiti.vault.manifest import Manifest

WAITS, JUDGED, UNKNOWN = "canary_waits", "canary_judged", "canary_unknown"
"""What stands in `Arrival.refused` of a canary: it never enters the book."""
ALARM, ACTOR, SOURCE = "canary_missed", "system:canary", "canary"
AGAIN = timedelta(minutes=10)
"""A line whose canary was missed is tried again so soon, or at its interval if that is shorter."""
PATIENCE = timedelta(minutes=5)
KEPT = timedelta(days=7)


class State(StrEnum):
    PLACED = "placed"
    ARRIVED = "arrived"
    WELL = "well"
    MISSED = "missed"
    VOID = "void"


class Cause(StrEnum):
    """Why a canary was missed; the pages have a sentence for each."""

    UNANSWERED = "canary_unanswered"
    REFUSED = "canary_refused"
    LOST = "canary_lost"
    LINE = "canary_line"
    LENGTH = "canary_length"
    SILENT = "canary_silent"
    DAMAGED = "canary_damaged"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A canary that is to be judged: what the phone says of it, and what the recorder made."""

    id: UUID
    call: UUID
    object_id: ObjectId
    recording: dict[str, Any]
    started_at: datetime
    ended_at: datetime
    length: timedelta
    packets: int
    cause: str


@dataclass(frozen=True, slots=True)
class Last:
    """The newest canary of a line. `state` is empty where there was none yet."""

    line: str
    label: str
    state: str
    cause: str
    placed_at: datetime | None


def due(lines: Iterable[LineCard], every: timedelta, now: datetime) -> list[LineCard]:
    """The recorded lines whose next canary is due, those without one first."""
    wanted = [line for line in lines if line.takes("in") or line.takes("out")]
    found = _newest(line.id for line in wanted)

    def since(line: LineCard) -> tuple[bool, datetime]:
        row = found.get(line.id)
        return (row is not None, row.placed_at if row else now)

    return sorted((line for line in wanted if _is_due(found.get(line.id), every, now)), key=since)


def _is_due(row: Canary | None, every: timedelta, now: datetime) -> bool:
    if row is None or row.state == State.VOID:
        return True
    wait = min(every, AGAIN) if row.state == State.MISSED else every
    return row.state != State.ARRIVED and now - row.placed_at >= wait


def begin(line: LineCard, now: datetime) -> UUID:
    """Before the call is placed, so that what arrives is known."""
    return Canary.objects.create(line_id=line.id, placed_at=now, state=State.PLACED).id


def spoken(canary: UUID, length: timedelta, packets: int) -> None:
    """The phone has hung up: how long it spoke, and how many packets each side sent at least."""
    milliseconds = length // timedelta(milliseconds=1)
    Canary.objects.filter(id=canary).update(length_ms=milliseconds, packets=packets)


def arrived(manifest: Manifest, object_id: ObjectId, *, whole: bool, now: datetime) -> None:
    """Intake has gathered it. One that nobody waits for any more is only destroyed."""
    call = as_uuid(CallId(manifest.call_id))
    with transaction.atomic():
        row = _row_of(manifest, lock=True)
        waits = row is not None and row.state == State.PLACED
        if row is not None and waits:
            row.state = State.ARRIVED
            row.call, row.object_id = call, as_uuid(object_id)
            row.started_at = from_micros(manifest.started_us)
            row.ended_at = from_micros(manifest.ended_us)
            row.recording = recording(manifest)
            row.cause = _wrong_at_once(manifest, row, whole)
            row.save()
        state = WAITS if waits else JUDGED
        Arrival.objects.filter(call=call).update(refused=state)


def is_ours(manifest: Manifest) -> bool:
    """Whether we placed it: its agent's device names a row of ours."""
    return _row_of(manifest, lock=False) is not None


def waiting() -> list[Arrived]:
    """What has arrived, of which the phone has hung up."""
    rows = Canary.objects.filter(state=State.ARRIVED, length_ms__isnull=False)
    return [_arrived(row) for row in rows.order_by("placed_at")]


def judge(canary: UUID, cause: str, now: datetime) -> None:
    """Without a cause it is well, and the line's alarm ends; it may be destroyed in any case."""
    with transaction.atomic():
        row = Canary.objects.select_for_update().select_related("line").get(id=canary)
        if row.state not in (State.PLACED, State.ARRIVED):
            return
        row.state, row.cause = (State.MISSED if cause else State.WELL).value, str(cause)
        row.recording, row.judged_at = None, now
        row.save()
        if row.call is not None:
            Arrival.objects.filter(call=row.call).update(refused=JUDGED)
        _note(row, now)


def settle(now: datetime) -> None:
    """What did not arrive in time is missed; what our side broke off says nothing."""
    late = Canary.objects.filter(
        state__in=(State.PLACED, State.ARRIVED), placed_at__lte=now - PATIENCE
    )
    broken = late.filter(length_ms__isnull=True)
    calls = [call for call in broken.values_list("call", flat=True) if call]
    with transaction.atomic():
        Arrival.objects.filter(call__in=calls).update(refused=JUDGED)
        broken.update(state=State.VOID, recording=None, judged_at=now)
    for canary in late.filter(state=State.PLACED).values_list("id", flat=True):
        judge(canary, Cause.LOST, now)
    Canary.objects.filter(placed_at__lt=now - KEPT).delete()


def last_of(lines: Iterable[LineCard]) -> list[Last]:
    """The newest canary of each recorded line that says something."""
    wanted = [line for line in lines if line.takes("in") or line.takes("out")]
    found = _newest((line.id for line in wanted), (State.WELL, State.MISSED))
    return [_last(line, found.get(line.id)) for line in wanted]


def key_day(now: datetime) -> date:
    """The day under whose key a canary is kept: if all else fails, it dies with that."""
    return now.date() + timedelta(days=1)


def _note(row: Canary, now: datetime) -> None:
    facts: Facts = {"state": row.state, "cause": row.cause, "line": row.line.label}
    log.append(Kind.REGISTER_CANARY_JUDGED, actor=ACTOR, subject=row.id.hex, facts=facts, now=now)
    if row.state == State.WELL:
        alarms.clear(ALARM, row.line.number, now)
        return
    alarms.raise_alarm(ALARM, row.line.number, row.cause, now)
    _enter(row, now)


def _enter(row: Canary, now: datetime) -> None:
    """One row for canaries of a line that were missed one after the other."""
    ended = row.ended_at or row.placed_at
    open_ones = Gap.objects.filter(kind=GapWhat.CANARY, state=GapState.OPEN, line_id=row.line_id)
    same = open_ones.filter(cause=row.cause).order_by("-started_at").first()
    well = Canary.objects.filter(line_id=row.line_id, state=State.WELL)
    if same is not None and not well.filter(placed_at__gt=same.started_at).exists():
        Gap.objects.filter(id=same.id).update(ended_at=ended, calls=same.calls + 1)
        return
    stretch = row.placed_at, ended
    enter(NewGap(GapWhat.CANARY, row.cause, SOURCE, *stretch, line_id=row.line_id), now)


def _newest(lines: Iterable[UUID], states: Iterable[str] = tuple(State)) -> dict[UUID, Canary]:
    """The newest row of each line in these states."""
    rows = Canary.objects.filter(line_id__in=list(lines), state__in=list(states))
    return {row.line_id: row for row in rows.order_by("placed_at")}


def _row_of(manifest: Manifest, *, lock: bool) -> Canary | None:
    named = [re.fullmatch(DEVICE, leg.device) for leg in manifest.legs]
    ids = [UUID(hex=found[0].removeprefix("canary-")) for found in named if found]
    rows = Canary.objects.select_for_update() if lock else Canary.objects.all()
    return rows.filter(id__in=ids[:1]).first()


def _wrong_at_once(manifest: Manifest, row: Canary, whole: bool) -> str:
    if not whole:
        return Cause.DAMAGED
    return "" if manifest.line == row.line.number else Cause.LINE


def _arrived(row: Canary) -> Arrived:
    assert row.call and row.object_id and row.started_at and row.ended_at  # since it has arrived
    return Arrived(
        id=row.id,
        call=row.call,
        object_id=ObjectId(row.object_id.hex),
        recording=row.recording or {},
        started_at=row.started_at,
        ended_at=row.ended_at,
        length=timedelta(milliseconds=row.length_ms or 0),
        packets=row.packets,
        cause=row.cause,
    )


def _last(line: LineCard, row: Canary | None) -> Last:
    if row is None:
        return Last(line.number, line.label, "", "", None)
    return Last(line.number, line.label, row.state, row.cause, row.placed_at)
