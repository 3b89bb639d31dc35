"""Recordings that are packed into less room: which may be, how far each is, what is left of it.

Without loss, or in Opus where the operator chose that; what was packed without loss may become Opus
later, and then goes through the same states once more.

| state | the call is heard from | a worker goes on by |
|---|---|---|
| making | the old object | making the new one anew, and comparing both |
| made | the new object | removing the old one, when no grant from before can hold any more |
| done | the new object | – |
| left | the old object: packing gains nothing, or it is not what was sealed or heard | – |

Each step may be cut off and done again. The sound is not this room's.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from vaiti.audit import log
from vaiti.audit.entry import Fact, Facts
from vaiti.audit.kinds import Kind
from vaiti.register import codecs
from vaiti.register.admission import MADE_UP
from vaiti.register.check_models import Settling
from vaiti.register.models import Call, HeldCall, State
from vaiti.values import opus
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId, as_uuid

MAKING, MADE, DONE, LEFT = "making", "made", "done", "left"
ALARM: Final = "settling_failed"
ACTOR: Final = "system:settling"
PURPOSE: Final = "settling"
AFTER: Final = timedelta(days=4)  # no part comes late then, and most of what is silenced has been
SPARED: Final = timedelta(days=2)  # what dies so soon is left alone
NO_GAIN: Final = "no_gain"
KNOWN: Final = ("call_id", "state", "last_error")
TOLD: Final = ("codec", "kbits")
WINDOW: Final = 2000  # calls among which one looks at a time
AT_ONCE: Final = 200  # calls in memory: some 7 KB each

Place = tuple[datetime, UUID]
"""Up to which call one has looked, in the order of their beginnings."""


@dataclass(frozen=True, slots=True)
class Open:
    """One that is not over. `made_at`: since when the new object is the call's. `kbits` of each
    voice in Opus, 0: without loss; the call is from `from_us` to `to_us`, where that is asked."""

    call: UUID
    audit_leaf: UUID
    old_object: ObjectId
    new_object: ObjectId
    begun_at: datetime
    made_at: datetime | None
    kbits: int = 0
    from_us: int = 0
    to_us: int = 0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Calls to be packed, and where to go on; None: there are no others today."""

    calls: list[UUID]
    last: Place | None


@dataclass(frozen=True, slots=True)
class Packed:
    """The new object: its SHA-256 (lower-case hex), segments and bytes; and the old one's bytes."""

    sha256: str
    segments: int
    octets: int
    was: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How many recordings are packed, and their bytes before and after; how many were left."""

    packed: int
    was: int
    octets: int
    left: int


def name_of(old: ObjectId, kbits: int = 0) -> ObjectId:
    """Of the packed object: who restores an older register finds it by the one that it knows."""
    made = f"opus/{kbits}" if kbits else "settled"
    return ObjectId(hashlib.sha256(f"vaiti/1/{made}/{old}".encode()).hexdigest()[:32])


def names_after(old: ObjectId) -> tuple[tuple[ObjectId, int], ...]:
    """What may have been made of it since, each with the bit rate of its voices."""
    packed = name_of(old)
    lesser = [(name_of(one, kbits), kbits) for one in (old, packed) for kbits in opus.KBITS]
    return (packed, 0), *lesser


def following(after: Place | None, now: datetime, kbits: int = 0) -> Stretch:
    """The calls after that place that may be packed, the oldest first; a window of them."""
    kept = _fit(now).order_by("started_at", "id")
    if after is not None:
        beyond = Q(started_at__gt=after[0]) | Q(started_at=after[0], id__gt=after[1])
        kept = kept.filter(beyond, started_at__gte=after[0])
    window = list(kept.values_list("started_at", "id")[:WINDOW])
    ids = [call for _, call in window]
    known = Settling.objects.filter(call__in=ids)
    seen = {call: (state, code) for call, state, code in known.values_list(*KNOWN)}
    held = _ever_held(ids) if kbits else set()
    waiting = [call for call in ids if call not in seen or _again(*seen[call], kbits)]
    rows = kept.filter(id__in=waiting).values_list("id", "recording").iterator(AT_ONCE)
    calls = [
        call
        for call, recording in rows
        if recording["finished"] and (call not in seen or _lesser(call, recording, held))
    ]
    return Stretch(calls, window[-1] if len(window) == WINDOW else None)


def _again(state: str, code: str, kbits: int) -> bool:
    """Whether one that was packed, or gained nothing by it, may still become Opus."""
    return bool(kbits) and (state == DONE or (state, code) == (LEFT, NO_GAIN))


def _lesser(call: UUID, recording: Mapping[str, Any], held: Collection[UUID]) -> bool:
    """Whether it may be kept in Opus: it came in G.711, nothing of it was silenced, and it was
    never held for anybody."""
    plain = codecs.all_of(recording) <= opus.FROM and not recording.get("silenced")
    return plain and call not in held and not opus.kept_as(recording)


def _ever_held(calls: Iterable[UUID]) -> set[UUID]:
    """Those that a case, a dispute or an authority had held, or has."""
    held = HeldCall.objects.filter(call__in=list(calls))
    return set(held.values_list("call_id", flat=True))


def _fit(now: datetime) -> QuerySet[Call]:
    """Kept, not held, over for some days, and not due soon."""
    over = Call.objects.filter(started_at__lte=now - AFTER, ended_at__lte=now - AFTER)
    plain = over.filter(state=State.KEPT, ordinary_due_at__isnull=True, narrow_at__isnull=True)
    return plain.filter(due_at__gt=now + SPARED).exclude(recorder=MADE_UP)


def begin(call_id: UUID, now: datetime, kbits: int = 0) -> Open | None:
    """Announces in the log that the recording will be opened. None where it may not be packed.

    `kbits`: into Opus, of each voice; one that may not be is packed without loss, or not again.
    """
    with transaction.atomic(durable=True):
        call = _fit(now).select_for_update().filter(id=call_id).first()
        row = Settling.objects.filter(call_id=call_id).first()
        if call is None or not call.recording["finished"]:
            return None
        if not (kbits and _lesser(call_id, call.recording, _ever_held([call_id]))):
            kbits = 0
        if row and row.state != MAKING and not _again(row.state, row.last_error, kbits):
            return None
        old = ObjectId(call.object_id.hex)
        facts: Facts = {"purpose": PURPOSE, "sha256": call.recording["sha256"]}
        kind = Kind.CALL_RECORDING_SETTLING
        leaf = log.append(kind, actor=ACTOR, subject=call_id.hex, facts=facts, now=now)
        row, _ = Settling.objects.update_or_create(
            call=call,
            defaults={
                "state": MAKING,
                "old_object": call.object_id,
                "new_object": as_uuid(name_of(old, kbits)),
                "audit_leaf": leaf,
                "begun_at": now,
                "made_at": None,
                "done_at": None,
                "last_error": "",
            },
        )
        from_us, to_us = _span(call)
        return replace(_open(row), kbits=kbits, from_us=from_us, to_us=to_us)


def _span(call: Call) -> tuple[int, int]:
    """The time of which anything is ever heard: the row has whole seconds, its parts have not."""
    return to_micros(call.started_at), to_micros(call.ended_at + timedelta(seconds=1))


def unfinished(until: datetime) -> tuple[Open, ...]:
    """Those begun, and those made until then; the oldest first, not of calls on their way out."""
    there = Q(made_at__isnull=True) | Q(made_at__lte=until)
    rows = Settling.objects.filter(there, done_at__isnull=True)
    rows = rows.exclude(call__state=State.DESTROYING)
    return tuple(_open(row) for row in rows.order_by("begun_at", "call_id"))


def made(one: Open, packed: Packed, now: datetime) -> bool:
    """The packed object is the call's from here on; false where the call is another by now."""
    with transaction.atomic():
        call = _fit(now).select_for_update().filter(id=one.call).first()
        row = Settling.objects.select_for_update().filter(call_id=one.call, state=MAKING).first()
        if call is None or row is None or call.object_id != as_uuid(one.old_object):
            return False
        was = call.recording["sha256"]
        call.object_id = row.new_object
        call.recording = _recording(call, packed.sha256, packed.segments, one.kbits, now)
        call.save(update_fields=["object_id", "recording"])
        codecs.note(call.recording, call.destruction_day)
        row.state, row.made_at, row.last_error = MADE, now, ""
        row.old_bytes, row.new_bytes = packed.was, packed.octets
        row.save(update_fields=["state", "made_at", "last_error", "old_bytes", "new_bytes"])
        sizes = {"bytes": packed.octets, "was_bytes": packed.was}
        _tell(call, {"was_sha256": was, **sizes}, now)
    return True


def done(call_id: UUID, now: datetime) -> None:
    """Nothing of the old object is left: asked of the store before."""
    with transaction.atomic():
        row = Settling.objects.select_for_update().filter(call_id=call_id, state=MADE).first()
        if row is None:
            return
        row.state, row.done_at, row.last_error = DONE, now, ""
        row.save(update_fields=["state", "done_at", "last_error"])
        facts: Facts = {"was_bytes": row.old_bytes}
        kind, subject = Kind.CALL_ORIGINAL_DESTROYED, call_id.hex
        log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)


def silenced(call_id: UUID, now: datetime) -> None:
    """A passage of the call was silenced, which leaves neither object: it stays as it is now."""
    done(call_id, now)
    left(call_id, "silenced", now)


def left(call_id: UUID, code: str, now: datetime) -> None:
    """It stays as it is, for good; nothing is left of what was made of it."""
    rows = Settling.objects.filter(call_id=call_id, state=MAKING)
    rows.update(state=LEFT, done_at=now, last_error=code)


def abandoned(call_id: UUID) -> None:
    """The call changed meanwhile: another day, if it may be packed then."""
    Settling.objects.filter(call_id=call_id, state=MAKING).delete()


def failed(call_id: UUID, code: str) -> None:
    Settling.objects.filter(call_id=call_id).update(last_error=code)


def of_call(call_id: UUID) -> Open | None:
    """The call's, if it is not over."""
    row = Settling.objects.filter(call_id=call_id, done_at__isnull=True).first()
    return _open(row) if row else None


def objects_of(calls: Iterable[UUID]) -> tuple[ObjectId, ...]:
    """Every object that may still hold the calls' sound besides the one of the call's row."""
    rows = Settling.objects.filter(done_at__isnull=True)
    if not rows.exists():
        return ()  # mostly so, and ten thousand calls are many to ask
    found = rows.filter(call__in=list(calls)).values_list("old_object", "new_object")
    return tuple(ObjectId(one.hex) for pair in found for one in pair)


def adopt(
    object_id: ObjectId, sha256: str, segments: int, now: datetime, made: tuple[ObjectId, int]
) -> None:
    """After a restore: the call of this object was packed later than the register's backup, into
    the object that `made` names, with the bit rate of its voices or 0."""
    with transaction.atomic():
        call = Call.objects.select_for_update().get(object_id=as_uuid(object_id))
        was = call.recording["sha256"]
        call.object_id = as_uuid(made[0])
        call.recording = _recording(call, sha256, segments, made[1], now)
        call.save(update_fields=["object_id", "recording"])
        codecs.note(call.recording, call.destruction_day)
        _tell(call, {"was_sha256": was}, now)


def _tell(call: Call, sizes: Facts, now: datetime) -> None:
    """What the call's recording is from here on."""
    facts: dict[str, Fact] = {"sha256": call.recording["sha256"], **sizes}
    told, kind = opus.kept_as(call.recording), Kind.CALL_RECORDING_SETTLED
    if told:
        kind = Kind.CALL_RECORDING_LESSENED
        facts |= {name: told[name] for name in TOLD}
    log.append(kind, actor=ACTOR, subject=call.id.hex, facts=facts, now=now)


def overview() -> Overview:
    over = Settling.objects.filter(state__in=(MADE, DONE))
    told = over.aggregate(packed=Count("call"), was=Sum("old_bytes"), octets=Sum("new_bytes"))
    kept = Settling.objects.filter(state=LEFT).count()
    return Overview(told["packed"], told["was"] or 0, told["octets"] or 0, kept)


def _recording(call: Call, sha256: str, segments: int, kbits: int, now: datetime) -> dict[str, Any]:
    """The technical part of the manifest, as it is from here on."""
    found: dict[str, Any] = call.recording | {"sha256": sha256, "segments": segments}
    if not kbits:
        return found
    tracks = [one["index"] for one in found["tracks"]]
    epochs = opus.epochs(tracks, *_span(call))
    told = {"codec": opus.CODEC, "kbits": kbits * len(tracks), "since_us": to_micros(now)}
    was = {"was_sha256": call.recording["sha256"]}
    return found | {"epochs": [asdict(one) for one in epochs], "ties": [], "lossy": told | was}


def _open(row: Settling) -> Open:
    return Open(
        call=row.call_id,
        audit_leaf=row.audit_leaf,
        old_object=ObjectId(row.old_object.hex),
        new_object=ObjectId(row.new_object.hex),
        begun_at=row.begun_at,
        made_at=row.made_at,
    )
