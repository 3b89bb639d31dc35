"""Gives calls in the book a nearer day, when a shorter time of storage has been approved.

Never a later one: what a call's notice and the rule at its end promised is the most (N-18).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.due import Months, destruction_day, due_instant
from vaiti.register.hold_rules import terms
from vaiti.register.holding import in_force, standing_for
from vaiti.register.models import SEEN, Call, HeldCall, Leg
from vaiti.values.clock import to_micros

AT_ONCE = 500
ACTOR = "system:retention"


@dataclass(frozen=True, slots=True)
class Kept:
    """What counting needs of a call; `ordinary` is when it is due without any hold."""

    line: UUID
    ordinary: datetime
    wanted: datetime
    day: date
    held: bool


def kept_calls(months: int, now: datetime) -> Iterator[Kept]:
    """Every call that is kept at `now`, with when it would be due after so many months.

    Read in short pieces: a long one would keep the database from letting go of deleted rows.
    """
    after = UUID(int=0)
    zones: dict[str, ZoneInfo] = {}
    columns = ("id", "line_id", "ended_at", "due_at", "ordinary_due_at", "notice__zone")
    while True:
        rows = Call.objects.filter(id__gt=after, due_at__gt=now).order_by("id")
        found = list(rows.values_list(*columns)[: 4 * AT_ONCE])
        held = _held([row[0] for row in found], now)
        for call, line, ended_at, due_at, ordinary, name in found:
            zone = zones.setdefault(name, ZoneInfo(name))
            wanted = due_instant(ended_at, months, zone)
            day = wanted.astimezone(zone).date()
            yield Kept(line, ordinary or due_at, wanted, day, call in held)
        if not found:
            return
        after = found[-1][0]


def _held(calls: list[UUID], now: datetime) -> set[UUID]:
    rows = HeldCall.objects.filter(in_force(now), call_id__in=calls)
    return set(rows.values_list("call_id", flat=True))


def shorten(after: UUID | None, kept: Months, now: datetime) -> tuple[UUID | None, int]:
    """The calls that come next after `after`, in one transaction: the last of them, and how many
    have a nearer day now. None and 0 when there are no more.

    What would have been due already is due now, and not late.
    """
    with transaction.atomic():
        rows = Call.objects.select_for_update(of=("self",)).filter(
            id__gt=after or UUID(int=0), due_at__gt=now, state__in=SEEN
        )
        calls = list(rows.select_related("notice").defer("recording").order_by("id")[:AT_ONCE])
        holds = standing_for(calls, now)
        shortened = 0
        for call in calls:
            ordinary = call.ordinary_due_at or call.due_at
            zone = ZoneInfo(call.notice.zone)
            wanted = max(due_instant(call.ended_at, kept.months, zone), now)
            if wanted < ordinary:
                found = terms(wanted, call.due_at, holds[call.id], now)
                held = holds[call.id]
                call.due_at = found.due_at if held else wanted
                call.ordinary_due_at = found.ordinary_due_at if held else None
                call.narrow_at = found.narrow_at if held else None
                _write(call, ordinary, zone, kept, now)
                shortened += 1
    return (calls[-1].id if calls else None), shortened


def _write(call: Call, before: datetime, zone: ZoneInfo, kept: Months, now: datetime) -> None:
    call.due_rule = kept.rule
    call.destruction_day = destruction_day(call.due_at, zone)
    changed = ("due_at", "ordinary_due_at", "narrow_at", "due_rule", "destruction_day")
    call.save(update_fields=changed)
    Leg.objects.filter(call_id=call.id).update(destruction_day=call.destruction_day)
    facts: Facts = {
        "rule": kept.number,
        "before_us": to_micros(before),
        "due_us": to_micros(call.due_at),
    }
    log.append(
        Kind.RETENTION_CALL_SHORTENED, actor=ACTOR, subject=call.id.hex, facts=facts, now=now
    )
