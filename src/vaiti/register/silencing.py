"""Passages that are silenced for good: what was asked, how far it is, and what it left behind.

| state | the call | a worker goes on by |
|---|---|---|
| asked | seen, heard by nobody; the old object | sealing it anew and replacing its key |
| sealed | heard without the passage; the new object | proving that the old one is gone |
| done | the same | – |

Each step may be cut off and done again. Who may ask is decided above; the sound is not this room's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.admission import MADE_UP
from vaiti.register.corrections import Hand
from vaiti.register.marks import SILENCED
from vaiti.register.models import Call, Leg, Picture, Silencing, State
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId

ASKED, SEALED, DONE = "asked", "sealed", "done"
SIDES = ("both", "agent", "customer")
REASONS = ("payment", "identity", "sensitive")
LONGEST = timedelta(minutes=2)
STEP_US = 125  # between two samples
ACTOR = "system:silencing"


class SilencingRefused(ValueError):
    """It cannot be silenced so; the sentence says what to change."""


BOUNDS = "The passage begins before it ends, within the recording, and lasts two minutes at most."
CHOICES = "Choose the sides and the reason."
BUSY = "Another passage of this call is being silenced. Wait until that is done."


@dataclass(frozen=True, slots=True)
class Passage:
    """From and to after the leg's beginning; `side` of SIDES, `reason` of REASONS."""

    leg: int
    begins: timedelta
    ends: timedelta
    side: str
    reason: str


@dataclass(frozen=True, slots=True)
class Open:
    """One that is not done; in whole samples of the leg as it was when somebody asked."""

    id: UUID
    call: UUID
    from_us: int
    to_us: int
    side: str
    asked: bool
    asked_at: datetime
    audit_leaf: UUID
    old_object: ObjectId
    new_object: ObjectId


@dataclass(frozen=True, slots=True)
class Silenced:
    """One as a page tells it: `begins` and `ends` after the beginning of the leg."""

    leg: int
    begins: timedelta
    ends: timedelta
    side: str
    reason: str
    state: str
    asked_at: datetime
    done_at: datetime | None


def ask(call_id: UUID, passage: Passage, hand: Hand, now: datetime) -> UUID:
    """From here on nobody hears the call until the passage is silent. Raises SilencingRefused."""
    _check(passage)
    with transaction.atomic():
        call = Call.objects.select_for_update().filter(id=call_id, due_at__gt=now).first()
        leg = Leg.objects.filter(id=passage.leg, call_id=call_id).first()
        if call is None or leg is None or call.recorder == MADE_UP or _busy(call):
            raise SilencingRefused(BUSY)
        from_us, to_us = _bounds(leg, passage)
        row = Silencing(
            id=uuid4(),
            call=call,
            leg=leg,
            from_us=from_us,
            to_us=to_us,
            side=passage.side,
            reason=passage.reason,
            state=ASKED,
            by=hand.by,
            rule=hand.rule,
            old_object=call.object_id,
            new_object=uuid4(),
            asked_at=now,
        )
        facts: Facts = {**_facts(row), "rule": hand.rule, "sha256": call.recording["sha256"]}
        kind = Kind.CALL_PASSAGE_SILENCING
        row.audit_leaf = log.append(kind, actor=hand.by, subject=call.id.hex, facts=facts, now=now)
        row.save(force_insert=True)
        Call.objects.filter(id=call.id).update(state=State.SILENCING)
    return row.id


def waiting() -> tuple[Open, ...]:
    """What is not done, the oldest first; not of calls on their way out."""
    rows = Silencing.objects.filter(done_at__isnull=True).exclude(call__state=State.DESTROYING)
    return tuple(_open(row) for row in rows.order_by("asked_at", "id"))


def objects_of(calls: Iterable[UUID]) -> tuple[ObjectId, ...]:
    """Every object that ever held the calls' sound, where passages were silenced."""
    if not Silencing.objects.exists():
        return ()  # most registers never silenced anything, and ten thousand calls are many to ask
    rows = Silencing.objects.filter(call__in=list(calls))
    found = rows.values_list("old_object", "new_object")
    return tuple(ObjectId(one.hex) for pair in found for one in pair)


def left_behind(since: datetime) -> Iterator[tuple[ObjectId, datetime]]:
    """Objects with passages that were silenced for good after `since`, the first done first."""
    rows = Silencing.objects.filter(done_at__gt=since).order_by("done_at", "id")
    for old, at in rows.values_list("old_object", "done_at").iterator(500):
        if at is not None:
            yield ObjectId(old.hex), at


def of_call(call_id: UUID) -> tuple[Silenced, ...]:
    rows = Silencing.objects.filter(call_id=call_id).select_related("leg").order_by("from_us")
    return tuple(_told(row) for row in rows)


def sealed(silencing_id: UUID, sha256: str, segments: int, now: datetime) -> None:
    """The new object is the call's from here on; it can be heard again. Also the second time."""
    with transaction.atomic():
        row = Silencing.objects.select_for_update().get(id=silencing_id)
        call = Call.objects.select_for_update().get(id=row.call_id)
        if row.state != ASKED or call.state != State.SILENCING:
            return
        Call.objects.filter(id=call.id).update(
            object_id=row.new_object,
            recording=_recording(call.recording, row, sha256, segments),
            marks=call.marks | SILENCED,
            state=State.KEPT,
        )
        Leg.objects.filter(call=call).update(marks=call.marks | SILENCED)
        Picture.objects.filter(leg__call=call).delete()
        Silencing.objects.filter(id=row.id).update(state=SEALED, last_error="")


def done(silencing_id: UUID, now: datetime) -> None:
    """Nothing is left of what the passage was in: asked of every place before."""
    with transaction.atomic():
        row = Silencing.objects.select_for_update().select_related("call").get(id=silencing_id)
        if row.state != SEALED:
            return
        row.state, row.done_at, row.last_error = DONE, now, ""
        row.save(update_fields=["state", "done_at", "last_error"])
        facts: Facts = {**_facts(row), "sha256": row.call.recording["sha256"]}
        kind, subject = Kind.CALL_PASSAGE_SILENCED, row.call_id.hex
        log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)


def failed(silencing_id: UUID, code: str) -> None:
    Silencing.objects.filter(id=silencing_id).update(last_error=code)


def _check(passage: Passage) -> None:
    if passage.side not in SIDES or passage.reason not in REASONS:
        raise SilencingRefused(CHOICES)
    if not timedelta(0) <= passage.begins < passage.ends <= passage.begins + LONGEST:
        raise SilencingRefused(BOUNDS)


def _busy(call: Call) -> bool:
    open_ones = Silencing.objects.filter(call=call, done_at__isnull=True)
    return call.state != State.KEPT or open_ones.exists()


def _bounds(leg: Leg, passage: Passage) -> tuple[int, int]:
    """In whole samples of the leg, so that exactly what is marked falls silent."""
    begun, ended = to_micros(leg.started_at), to_micros(leg.ended_at)
    first, end = (one // timedelta(microseconds=STEP_US) for one in (passage.begins, passage.ends))
    to_us = min(begun + end * STEP_US, ended)
    if begun + first * STEP_US >= to_us:
        raise SilencingRefused(BOUNDS)
    return begun + first * STEP_US, to_us


def _recording(
    recording: dict[str, Any], row: Silencing, sha256: str, segments: int
) -> dict[str, Any]:
    span = {"from_us": row.from_us, "to_us": row.to_us, "side": row.side, "reason": row.reason}
    sealed = {"sha256": sha256, "segments": segments}
    return recording | sealed | {"silenced": [*recording.get("silenced", ()), span]}


def _facts(row: Silencing) -> Facts:
    return {
        "passage": row.id.hex,
        "leg": row.leg.ordinal,
        "from_us": row.from_us,
        "to_us": row.to_us,
        "side": row.side,
        "reason": row.reason,
    }


def _open(row: Silencing) -> Open:
    return Open(
        id=row.id,
        call=row.call_id,
        from_us=row.from_us,
        to_us=row.to_us,
        side=row.side,
        asked=row.state == ASKED,
        asked_at=row.asked_at,
        audit_leaf=row.audit_leaf,
        old_object=ObjectId(row.old_object.hex),
        new_object=ObjectId(row.new_object.hex),
    )


def _told(row: Silencing) -> Silenced:
    begun = to_micros(row.leg.started_at)
    return Silenced(
        leg=row.leg_id,
        begins=timedelta(microseconds=row.from_us - begun),
        ends=timedelta(microseconds=row.to_us - begun),
        side=row.side,
        reason=row.reason,
        state=row.state,
        asked_at=row.asked_at,
        done_at=row.done_at,
    )
