"""Parts of one call that several recorders had, put together: how far each is.

| state | the call | a worker goes on by |
|---|---|---|
| first | as it came | – |
| waiting | whole in length and legs; heard by nobody | finding where one part ends |
| planned | the same | sealing both into one object, under a new key |
| sealed | heard in one piece, the lost time marked | proving that all else is gone |
| joined | the same | – |
| apart | as before: one of the two cannot be opened; an alarm | – |

Each step may be cut off and done again. Whether two are one call is decided in register.one_call.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.db import transaction

from vaiti.asking.inserting import insert
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.marks import INTERRUPTED
from vaiti.register.models import Call, Leg, Picture, State
from vaiti.register.one_call import Piece, joined, piece_of, same_call
from vaiti.register.part_models import Part, PartSession
from vaiti.values.ids import CallId, ObjectId, as_uuid
from vaiti.vault.manifest import Manifest

FIRST, WAITING, PLANNED = "first", "waiting", "planned"
SEALED, JOINED, APART = "sealed", "joined", "apart"
UNDER_WAY: Final = (WAITING, PLANNED, SEALED)
REMEMBERED: Final = timedelta(days=3)
"""For so long a part may come late: a recorder that died is started again within days, or its disk
is brought to another."""
ACTOR: Final = "system:joining"


class InWork(Exception):
    """The call is being sealed anew, or destroyed: what comes for it waits."""


@dataclass(frozen=True, slots=True)
class Open:
    """One that is not joined yet. `part_first`: it is what came before the call's own sound."""

    id: UUID
    call: UUID
    state: str
    part_first: bool
    old_object: ObjectId
    part_object: ObjectId
    new_object: ObjectId
    call_recording: dict[str, Any] = field(repr=False)
    part_recording: dict[str, Any] = field(repr=False)
    call_leaf: UUID
    part_leaf: UUID
    span: tuple[int, int]
    lost: tuple[int, int]
    came_at: datetime


def note_first(calls: Sequence[tuple[UUID, Manifest]], now: datetime) -> None:
    """Each call may have a part that another recorder has: by this it will be known."""
    told = [(call, manifest) for call, manifest in calls if manifest.sessions]
    insert([_row(call, call, FIRST, one, now) for call, one in told])
    insert([session for call, one in told for session in _sessions(call, one, now)])


def told_of(sessions: Iterable[str]) -> frozenset[str]:
    """Those of these sessions of which some part is in the book."""
    rows = PartSession.objects.filter(digest__in=list(sessions))
    return frozenset(rows.values_list("digest", flat=True))


def call_of(manifest: Manifest) -> UUID | None:
    """The call in the book that this is a part of. Raises InWork while it cannot be joined."""
    piece, mine = piece_of(manifest), as_uuid(CallId(manifest.call_id))
    if not piece.sessions:
        return None
    rows = PartSession.objects.filter(digest__in=piece.sessions).exclude(part_id=mine)
    for row in rows.select_related("part__call__line").order_by("came_at", "id"):
        if same_call(piece, _piece(row.part, piece.sessions)):
            _require_at_rest(row.part.call)
            return row.part.call_id
    return None


def among(ids: Iterable[UUID]) -> set[UUID]:
    """Those of these that came as parts of other calls."""
    rows = Part.objects.filter(id__in=list(ids)).exclude(state=FIRST)
    return set(rows.values_list("id", flat=True))


def come(
    call: Call, manifest: Manifest, object_id: ObjectId, recording: dict[str, Any], now: datetime
) -> Part:
    """Enters the part as one that waits; within the transaction that gives the call its length."""
    part = as_uuid(CallId(manifest.call_id))
    row = _row(part, call.id, WAITING, manifest, now)
    row.object_id, row.old_object, row.new_object = as_uuid(object_id), call.object_id, uuid4()
    row.recording = recording
    row.call_leaf = _announce(call.id, {"part": part.hex}, manifest, now)
    row.part_leaf = _announce(part, {"call": call.id.hex}, manifest, now)
    row.save(force_insert=True)
    _note_sessions(part, manifest, now)
    Call.objects.filter(id=call.id).update(state=State.JOINING)
    return row


def open_ones() -> tuple[Open, ...]:
    """What is not joined, the oldest first; not of calls on their way out."""
    rows = Part.objects.exclude(state=FIRST).filter(state__in=UNDER_WAY)
    rows = rows.exclude(call__state=State.DESTROYING).select_related("call")
    return tuple(_open(row) for row in rows.order_by("came_at", "id"))


def planned(part: UUID, lost: tuple[int, int]) -> None:
    begins, ends = lost
    rows = Part.objects.filter(id=part, state=WAITING)
    rows.update(state=PLANNED, lost_from_us=begins, lost_to_us=ends)


def sealed(part: UUID, sha256: str, segments: int) -> None:
    """The new object is the call's from here on; it is heard whole. Also the second time."""
    with transaction.atomic():
        row = Part.objects.select_for_update().get(id=part)
        call = Call.objects.select_for_update().get(id=row.call_id)
        if row.state != PLANNED or call.state != State.JOINING:
            return
        one = _open(row, call)
        marks = call.marks | INTERRUPTED
        object_of = {"sha256": sha256, "segments": segments, "finished": True}
        Call.objects.filter(id=call.id).update(
            object_id=row.new_object,
            recording=joined(*in_order(one), one.lost) | object_of,
            marks=marks,
            state=State.KEPT,
        )
        Leg.objects.filter(call=call).update(marks=marks)
        Picture.objects.filter(leg__call=call).delete()
        Part.objects.filter(id=part).update(state=SEALED, last_error="")


def in_order(one: Open) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was recorded first, and what later."""
    both = (one.call_recording, one.part_recording)
    return (both[1], both[0]) if one.part_first else both


def done(part: UUID, now: datetime) -> UUID | None:
    """Nothing is left of what the call was put together of; the entry's leaf, the first time."""
    row = Part.objects.select_for_update().select_related("call").get(id=part)
    if row.state != SEALED:
        return None
    facts: Facts = {
        "part": part.hex,
        "from_us": row.lost_from_us,
        "to_us": max(row.lost_from_us, row.lost_to_us),
        "sha256": row.call.recording["sha256"],
    }
    kind, subject = Kind.CALL_PART_JOINED, row.call_id.hex
    leaf = log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)
    rows = Part.objects.filter(id=part)
    rows.update(state=JOINED, recording=None, old_object=None, new_object=None, last_error="")
    return leaf


def apart(part: UUID, code: str) -> None:
    """One of the two cannot be opened. The call is as it was; the part stays, sealed."""
    with transaction.atomic():
        row = Part.objects.select_for_update().get(id=part)
        rows = Part.objects.filter(id=part, state__in=(WAITING, PLANNED))
        if rows.update(state=APART, last_error=code):
            calls = Call.objects.filter(id=row.call_id, state=State.JOINING)
            calls.update(state=State.KEPT, marks=row.call.marks | INTERRUPTED)


def failed(part: UUID, code: str) -> None:
    Part.objects.filter(id=part).update(last_error=code)


def of_calls(calls: Iterable[UUID]) -> tuple[tuple[UUID, tuple[ObjectId, ...]], ...]:
    """The later parts of these calls that still have a key of their own, with every object of
    theirs."""
    if not Part.objects.exclude(state__in=(FIRST, JOINED)).exists():
        return ()  # nearly always, and ten thousand calls are many to ask
    rows = Part.objects.filter(call__in=list(calls)).exclude(state__in=(FIRST, JOINED))
    columns = rows.values_list("id", "object_id", "old_object", "new_object")
    return tuple((row[0], tuple(ObjectId(one.hex) for one in row[1:] if one)) for row in columns)


def forget(now: datetime) -> int:
    """Removes what a part would be known by, once none can come; how many calls it was of."""
    PartSession.objects.filter(came_at__lt=now - REMEMBERED).delete()
    spent = Part.objects.filter(state=FIRST, came_at__lt=now - REMEMBERED)
    return spent.delete()[0]


def _announce(about: UUID, other: Facts, manifest: Manifest, now: datetime) -> UUID:
    """Of the call and of the part, each under its own id: both are opened under such an entry."""
    facts: Facts = {
        **other,
        "sha256": manifest.sha256,
        "from_us": manifest.started_us,
        "to_us": manifest.ended_us,
    }
    return log.append(Kind.CALL_PART_JOINING, actor=ACTOR, subject=about.hex, facts=facts, now=now)


def _row(part: UUID, call: UUID, state: str, manifest: Manifest, now: datetime) -> Part:
    return Part(
        id=part,
        call_id=call,
        state=state,
        started_us=manifest.started_us,
        ended_us=manifest.ended_us,
        cut=piece_of(manifest).cut,
        came_at=now,
    )


def _note_sessions(part: UUID, manifest: Manifest, now: datetime) -> None:
    PartSession.objects.bulk_create(_sessions(part, manifest, now))


def _sessions(part: UUID, manifest: Manifest, now: datetime) -> list[PartSession]:
    return [PartSession(part_id=part, digest=one, came_at=now) for one in manifest.sessions]


def _piece(part: Part, sessions: frozenset[str]) -> Piece:
    """As it is known in the book, found by one of these digests."""
    call = part.call
    return Piece(
        *(call.peer, call.line.number, call.direction, call.customer),
        *(part.started_us, part.ended_us, part.cut, sessions),
    )


def _require_at_rest(call: Call) -> None:
    busy = Part.objects.filter(call=call, state__in=UNDER_WAY).exists()
    if call.state != State.KEPT or busy:
        raise InWork


def _open(row: Part, call: Call | None = None) -> Open:
    owner = call or row.call
    others = Part.objects.filter(call_id=row.call_id).exclude(id=row.id)
    begun = others.order_by("started_us").values_list("started_us", flat=True).first()
    return Open(
        id=row.id,
        call=row.call_id,
        state=row.state,
        part_first=begun is not None and row.started_us < begun,
        old_object=_name(row.old_object),
        part_object=_name(row.object_id),
        new_object=_name(row.new_object),
        call_recording=owner.recording,
        part_recording=row.recording or {},
        call_leaf=row.call_leaf or row.id,
        part_leaf=row.part_leaf or row.id,
        span=(row.started_us, row.ended_us),
        lost=(row.lost_from_us, row.lost_to_us),
        came_at=row.came_at,
    )


def _name(object_id: UUID | None) -> ObjectId:
    return ObjectId(object_id.hex if object_id else "")
