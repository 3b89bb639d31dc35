"""Whether recordings are still what was sealed: which are to be looked at next, and what was found.

The look itself needs no key: the bytes in the store are hashed and compared (playback.unopened).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.register.admission import MADE_UP
from vaiti.register.check_models import Check
from vaiti.register.models import Call, State
from vaiti.values.ids import ObjectId, as_uuid

ACTOR = "system:verifier"
ALARM = "recording_changed"
WINDOW = 2000  # calls among which one stretch is sought, so that it costs the same everywhere


def digests(object_ids: Sequence[ObjectId]) -> dict[ObjectId, str]:
    """The SHA-256 that was noted at intake, of those that are calls' recordings."""
    rows = Call.objects.filter(object_id__in=[as_uuid(one) for one in object_ids])
    told = rows.values_list("object_id", "recording__sha256")
    return {ObjectId(one.hex): sha256 for one, sha256 in told}


@dataclass(frozen=True, slots=True)
class ToCheck:
    call: UUID
    object_id: ObjectId
    sha256: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What is to be looked at now, and after which call the next stretch begins; None: anew."""

    recordings: list[ToCheck]
    last: UUID | None


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one look. `object_id` is the one that was looked at."""

    call: UUID
    object_id: ObjectId
    intact: bool


@dataclass(frozen=True, slots=True)
class Checked:
    at: datetime
    intact: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """How many recordings there are, were checked since an instant, and are damaged."""

    recordings: int
    checked: int
    damaged: int


def following(after: UUID | None, since: datetime, most: int) -> Stretch:
    """The recordings after this call, in the order of ids, that were not looked at since then."""
    kept = Call.objects.filter(state=State.KEPT).exclude(recorder=MADE_UP).order_by("id")
    ids = (kept.filter(id__gt=after) if after else kept).values_list("id", flat=True)
    window = list(ids[:WINDOW])
    recent = Check.objects.filter(call__in=window, at__gte=since)
    known = set(recent.values_list("call_id", flat=True))
    left = [call for call in window if call not in known]
    # only of those that are taken: a window of whole rows is ten megabytes
    rows = kept.filter(id__in=left[:most]).values_list("id", "object_id", "recording__sha256")
    taken = [ToCheck(call, ObjectId(named.hex), sha256) for call, named, sha256 in rows]
    if len(left) > most:
        return Stretch(taken, left[most - 1])
    return Stretch(taken, window[-1] if len(window) == WINDOW else None)


def recordings() -> int:
    """How many there are to look at."""
    return Call.objects.filter(state=State.KEPT).exclude(recorder=MADE_UP).count()


def note(found: Iterable[Found], now: datetime) -> int:
    """Writes down what was found: the date of each, and an alarm for each that is damaged.

    What was destroyed or sealed anew since it was looked at is passed over. Returns the damaged.
    """
    with transaction.atomic():
        looked = _still_so(found)
        Check.objects.bulk_create(
            (Check(call_id=one.call, at=now, intact=one.intact) for one in looked),
            update_conflicts=True,
            unique_fields=["call"],
            update_fields=["at", "intact"],
        )
        damaged = [one for one in looked if not one.intact]
        for one in damaged:
            kind, call = Kind.CALL_RECORDING_DAMAGED, one.call.hex
            log.append(kind, actor=ACTOR, subject=call, facts={}, now=now)
            alarms.raise_alarm(ALARM, one.call.hex, "other_bytes", now)
        if looked:
            facts: Facts = {"recordings": len(looked), "damaged": len(damaged)}
            log.append(Kind.CALL_RECORDINGS_CHECKED, actor=ACTOR, facts=facts, now=now)
        _clear({one.call.hex for one in looked if one.intact}, now)
    return len(damaged)


def _still_so(found: Iterable[Found]) -> list[Found]:
    looked = list(found)
    asked = [one.call for one in looked]
    now_there = dict(
        Call.objects.filter(id__in=asked, state=State.KEPT).values_list("id", "object_id")
    )
    return [one for one in looked if now_there.get(one.call) == as_uuid(one.object_id)]


def _clear(mended: set[str], now: datetime) -> None:
    """Ends the alarms of recordings that are whole again, or are destroyed by now."""
    standing = {one.key for one in alarms.standing() if one.kind == ALARM}
    if not standing:
        return
    calls = Call.objects.filter(id__in=[UUID(hex=key) for key in standing])
    there = {call.hex for call in calls.values_list("id", flat=True)}
    for key in standing:
        if key in mended or key not in there:
            alarms.clear(ALARM, key, now)


def of(call: UUID) -> Checked | None:
    """The last look at the call's recording."""
    row = Check.objects.filter(call=call).first()
    return Checked(row.at, row.intact) if row else None


def overview(since: datetime) -> Overview:
    looked = Check.objects.filter(at__gte=since).count()
    return Overview(recordings(), looked, Check.objects.filter(intact=False).count())
