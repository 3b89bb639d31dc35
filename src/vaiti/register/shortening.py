"""Gives calls in the book a nearer day, when a shorter time of storage has been approved.

Never a later one: what a call's notice and the rule at its end promised is the most (N-18).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.due import Months, destruction_day, due_instant
from vaiti.register.hold_rules import Standing, Terms, terms
from vaiti.register.holding import in_force, standing_for
from vaiti.register.models import SEEN, Call, HeldCall
from vaiti.values.clock import to_micros

AT_ONCE = 1000
ACTOR = "system:retention"
CALLS = (
    "UPDATE register_call SET due_at = %s, ordinary_due_at = %s, narrow_at = %s, due_rule = %s,"
    " destruction_day = %s WHERE id = %s"
)
LEGS = "UPDATE register_leg SET destruction_day = %s WHERE call_id = %s"


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
        found = list(rows.values_list(*columns)[: 2 * AT_ONCE])
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


@dataclass(frozen=True, slots=True)
class Nearer:
    """A call's new terms; `before` is when it was due without any hold."""

    call: UUID
    before: datetime
    terms: Terms
    day: date


def shorten(after: UUID | None, kept: Months, now: datetime) -> tuple[UUID | None, int]:
    """The calls that come next after `after`, in one transaction: the last of them, and how many
    have a nearer day now. None and 0 when there are no more.

    What would have been due already is due now, and not late.
    """
    with transaction.atomic():
        rows = Call.objects.select_for_update(of=("self",)).filter(
            id__gt=after or UUID(int=0), due_at__gt=now, state__in=SEEN
        )
        columns = ("id", "ended_at", "due_at", "ordinary_due_at", "notice__zone")
        found = list(rows.order_by("id").values_list(*columns)[:AT_ONCE])
        holds = standing_for([row[0] for row in found], now)
        nearer = [one for row in found if (one := _nearer(row, holds[row[0]], kept, now))]
        _write(nearer, kept, now)
    return (found[-1][0] if found else None), len(nearer)


def _nearer(
    row: tuple[UUID, datetime, datetime, datetime | None, str],
    holds: Sequence[Standing],
    kept: Months,
    now: datetime,
) -> Nearer | None:
    call, ended_at, due_at, ordinary, name = row
    before, zone = ordinary or due_at, ZoneInfo(name)
    wanted = max(due_instant(ended_at, kept.months, zone), now)
    if wanted >= before:
        return None
    found = terms(wanted, due_at, holds, now) if holds else Terms(wanted, None, None)
    return Nearer(call, before, found, destruction_day(found.due_at, zone))


def _write(nearer: Sequence[Nearer], kept: Months, now: datetime) -> None:
    """In two statements and the log's: there may be millions of them."""
    at, day = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    calls, legs, acts = [], [], list[tuple[str, Facts]]()
    for one in nearer:
        key = one.call if connection.features.has_native_uuid_field else one.call.hex
        found = one.terms
        instants = map(at, (found.due_at, found.ordinary_due_at, found.narrow_at))
        calls.append((*instants, kept.rule, day(one.day), key))
        legs.append((day(one.day), key))
        facts: Facts = {
            "rule": kept.number,
            "before_us": to_micros(one.before),
            "due_us": to_micros(found.due_at),
        }
        acts.append((one.call.hex, facts))
    with connection.cursor() as cursor:
        cursor.executemany(CALLS, calls)
        cursor.executemany(LEGS, legs)
    log.append_all(Kind.RETENTION_CALL_SHORTENED, acts, actor=ACTOR, now=now)
