"""Holds in the book: what keeps listed calls beyond their day, and how they let go again.

Each verb settles the terms of every call concerned in the same transaction: who may read is a
comparison with what stands in the call's row, and the end of a hold needs nobody to carry it out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.notice.due import destruction_day
from vaiti.register import codecs
from vaiti.register.admission import MADE_UP
from vaiti.register.hold_rules import (
    Draft,
    HoldKind,
    HoldRefused,
    Standing,
    Time,
    check_draft,
    check_time,
    check_told,
    check_words,
    terms,
)
from vaiti.register.models import SEEN, Call, HeldCall, Hold, Leg
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId

ACTOR = "system:retention"


def days_needed(call_ids: Iterable[UUID], ends_at: datetime) -> dict[date, list[CallId]]:
    """The destruction days on which the calls' keys must be alive until then; the day by the zone
    of each call's notice. Calls that a demo made up have no keys."""
    found: dict[date, list[CallId]] = defaultdict(list)
    rows = Call.objects.filter(id__in=set(call_ids)).exclude(recorder=MADE_UP)
    for call in rows.select_related("notice").only("id", "due_at", "notice__zone"):
        day = destruction_day(max(call.due_at, ends_at), ZoneInfo(call.notice.zone))
        found[day].append(CallId(call.id.hex))
    return dict(found)


def place(draft: Draft, call_ids: Sequence[UUID], *, by: str, now: datetime) -> UUID:
    """The calls' keys must be where `days_needed` says already. Raises HoldRefused."""
    check_draft(draft, call_ids, now)
    with transaction.atomic():
        wanted = set(call_ids)
        kept = Call.objects.select_for_update(of=("self",)).filter(
            id__in=wanted, state__in=SEEN, due_at__gt=now
        )
        calls = list(kept.select_related("notice"))
        if {call.id for call in calls} != wanted:
            raise HoldRefused("gone")
        row = Hold.objects.create(
            kind=draft.kind,
            reference=draft.reference,
            reason=draft.reason.strip(),
            owner_id=draft.owner,
            placed_by=by,
            placed_at=now,
            review_at=draft.time.review_at,
            ends_at=draft.time.ends_at,
        )
        HeldCall.objects.bulk_create(HeldCall(hold=row, call=call) for call in calls)
        _log(Kind.RETENTION_HOLD_PLACED, row, by, now, calls=len(calls), owner=draft.owner.hex)
        _settle(row, calls, Kind.RETENTION_CALL_HELD, by, now)
    return row.id


def prolong(hold_id: UUID, time: Time, why: str, *, by: str, now: datetime) -> None:
    """It stands until then now, which may be sooner, and is looked at again when `time` says."""
    check_words(why)
    with transaction.atomic():
        row = _open(hold_id, now)
        check_time(HoldKind(row.kind), time, now)
        row.review_at, row.ends_at, row.reason = time.review_at, time.ends_at, why.strip()
        row.save(update_fields=["review_at", "ends_at", "reason"])
        calls = _calls_of(row)
        _log(Kind.RETENTION_HOLD_PROLONGED, row, by, now, calls=len(calls))
        _settle(row, calls, Kind.RETENTION_CALL_HELD, by, now)


def end(hold_id: UUID, why: str, *, by: str, now: datetime) -> None:
    """From now on it holds nothing: what is past its ordinary day is due at once.

    A restriction ends only after the person was told. Raises HoldRefused.
    """
    check_words(why)
    with transaction.atomic():
        row = _open(hold_id, now)
        check_told(row.kind, row.told_at)
        _end(row, why.strip(), by, now)


def renew(hold_id: UUID, ends_at: datetime, *, by: str, now: datetime) -> None:
    """It stands longer by itself; when somebody must look at it again stays as it is."""
    with transaction.atomic():
        row = _open(hold_id, now)
        row.ends_at = ends_at
        row.save(update_fields=["ends_at"])
        calls = _calls_of(row)
        _log(Kind.RETENTION_HOLD_PROLONGED, row, by, now, calls=len(calls))
        _settle(row, calls, Kind.RETENTION_CALL_HELD, by, now)


def hand_over(hold_id: UUID, owner: UUID, *, by: str, now: datetime) -> None:
    """Somebody else looks after it, and sees its calls."""
    with transaction.atomic():
        row = _open(hold_id, now)
        if row.owner_id != owner:
            row.owner_id = owner
            row.save(update_fields=["owner"])
            _log(Kind.RETENTION_HOLD_HANDED_OVER, row, by, now, owner=owner.hex)


def tell(reference: str, *, by: str, now: datetime) -> int:
    """The person was told that the restrictions of this matter end; how many stand."""
    with transaction.atomic():
        open_ones = Hold.objects.select_for_update().filter(
            kind=HoldKind.RESTRICTION, reference=reference, ended_at__isnull=True, ends_at__gt=now
        )
        rows = list(open_ones)
        for row in rows:
            row.told_at = now
            row.save(update_fields=["told_at"])
            _log(Kind.RETENTION_HOLD_TOLD, row, by, now)
    return len(rows)


def lapse(now: datetime) -> int:
    """Writes down the end of holds whose time is over; how many. Their calls are due by then."""
    over = Hold.objects.filter(ended_at__isnull=True, ends_at__lte=now).order_by("ends_at", "id")
    rows = list(over)
    for row in rows:
        with transaction.atomic():
            _end(row, "", ACTOR, now)
    return len(rows)


def forget_empty() -> None:
    """Holds go with the last of their calls: what remains of them is in the log."""
    left = HeldCall.objects.filter(hold=OuterRef("id"))
    Hold.objects.filter(~Exists(left)).delete()


def _end(row: Hold, why: str, by: str, now: datetime) -> None:
    row.ended_at, row.ended_by, row.ended_why = now, by, why
    row.save(update_fields=["ended_at", "ended_by", "ended_why"])
    calls = _calls_of(row)
    _log(Kind.RETENTION_HOLD_ENDED, row, by, now, calls=len(calls))
    _settle(row, calls, Kind.RETENTION_CALL_RELEASED, by, now)


def _open(hold_id: UUID, now: datetime) -> Hold:
    row = Hold.objects.select_for_update().filter(id=hold_id, ended_at__isnull=True).first()
    if row is None or row.ends_at <= now:
        raise HoldRefused("ended")
    return row


def _calls_of(row: Hold) -> list[Call]:
    """Those that are not on their way out already."""
    held = HeldCall.objects.filter(hold=row).values("call_id")
    calls = Call.objects.select_for_update(of=("self",)).filter(id__in=held, state__in=SEEN)
    return list(calls.select_related("notice"))


def _settle(row: Hold, calls: list[Call], kind: Kind, by: str, now: datetime) -> None:
    """Gives each call its terms anew, from all the holds that stand for it."""
    standing = standing_for([call.id for call in calls], now)
    for call in calls:
        ordinary = call.ordinary_due_at or call.due_at
        found = terms(ordinary, call.due_at, standing[call.id], now)
        day = destruction_day(found.due_at, ZoneInfo(call.notice.zone))
        Call.objects.filter(id=call.id).update(
            due_at=found.due_at,
            ordinary_due_at=found.ordinary_due_at,
            narrow_at=found.narrow_at,
            destruction_day=day,
        )
        if day != call.destruction_day:
            Leg.objects.filter(call_id=call.id).update(destruction_day=day)
            codecs.note(call.recording, day)
        facts: dict[str, Fact] = {"hold": row.id.hex, "due_us": to_micros(found.due_at)}
        log.append(kind, actor=by, subject=call.id.hex, facts=facts, now=now)


def standing_for(calls: Sequence[UUID], now: datetime) -> dict[UUID, list[Standing]]:
    found: dict[UUID, list[Standing]] = defaultdict(list)
    rows = HeldCall.objects.filter(in_force(now), call_id__in=calls).select_related("hold")
    for one in rows:
        hold = one.hold
        found[one.call_id].append(Standing(hold.kind, hold.placed_at, hold.ends_at))
    return found


def in_force(now: datetime) -> Q:
    """That a held call's hold stands at `now`."""
    return Q(hold__ended_at__isnull=True, hold__ends_at__gt=now)


def _log(kind: Kind, row: Hold, by: str, now: datetime, **facts: Fact) -> None:
    given: dict[str, Fact] = {
        "kind": row.kind,
        "reference": row.reference,
        "until_us": to_micros(row.ends_at),
        "review_us": to_micros(row.review_at),
    }
    log.append(kind, actor=by, subject=row.id.hex, facts={**given, **facts}, now=now)
