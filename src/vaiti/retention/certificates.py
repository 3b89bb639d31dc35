"""Certificates of destruction: issued on record, made again from the rows when they are asked for.

None is kept: what was issued stands in the log by its digest, and the same rows give the same text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max

from vaiti.audit import log, proofs, reading
from vaiti.audit.certificate import (
    Certificate,
    Destroyed,
    body_text,
    call_fields,
    digest,
    list_key,
)
from vaiti.audit.entry import Facts as EntryFacts
from vaiti.audit.kinds import Kind
from vaiti.audit.proofs import NoProof
from vaiti.register.models import Call
from vaiti.retention.models import DayEnd, Order, OrderCall, PlanLine, Tombstone
from vaiti.retention.order_rules import OrderState
from vaiti.retention.policy import BYTES_GRACE
from vaiti.values.clock import to_micros

CALLS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who answers for the register, and for how many days copies of keys may lie in backups that
    it makes itself; none where it makes none. For how many days, as declared, copies live that no
    program of ours can reach: an archive of the database's log, snapshots of the machine."""

    name: str
    business_id: str
    backup_days: int = 0
    archive_days: int = 0
    machine_days: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """A destruction day: `ended_at` is when its key died, with every copy made under it."""

    day: date
    calls: int
    last_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that is done: why, on whose word (`asked` and `reference`), and its last entry."""

    id: UUID
    reason: str
    asked: str
    reference: str
    leaf: UUID


@dataclass(frozen=True, slots=True)
class Facts:
    """What a certificate says; `open` calls of the day are still there."""

    key: str
    day: date | None
    calls: tuple[Destroyed, ...]
    late: int
    ended_at: datetime | None
    ended: str
    open: int
    missing: tuple[str, ...]
    order: Ordered | None = None


class NotIssued(LookupError):
    """No certificate was issued of this, or more has been destroyed since: issue it anew."""


class NotSigned(LookupError):
    """It was issued, and the log has not signed that yet: ask again in a minute."""


def days(limit: int = 60) -> tuple[Day, ...]:
    """The newest days of which anything was destroyed."""
    counted = Tombstone.objects.filter(destruction_day__isnull=False).values("destruction_day")
    rows = counted.annotate(calls=Count("call"), last=Max("done_at")).order_by("-destruction_day")
    found = [(row["destruction_day"], row["calls"], row["last"]) for row in rows[:limit]]
    ended = DayEnd.objects.filter(day__in=[day for day, _, _ in found])
    ends = {one.day: one.done_at for one in ended}
    return tuple(Day(day, calls, last, ends.get(day)) for day, calls, last in found if day)


def of_day(day: date) -> Facts:
    rows = Tombstone.objects.filter(destruction_day=day).order_by("done_at", "call")
    there = set(Call.objects.filter(destruction_day=day).values_list("id", flat=True))
    lines = PlanLine.objects.filter(destruction_day=day, done_at__isnull=True)
    left = there.union(lines.values_list("call", flat=True))
    ended = DayEnd.objects.filter(day=day).first()
    return _facts(
        day.isoformat(),
        day,
        rows.iterator(CALLS_AT_ONCE),
        ended_at=ended.done_at if ended else None,
        ended=ended.audit_leaf.hex if ended else "",
        left=len(left),
        missing=(),
    )


def of_calls(calls: Sequence[UUID]) -> Facts:
    """Of listed calls, whatever their days; `missing` are those that were not destroyed."""
    wanted = sorted(set(calls))
    rows: list[Tombstone] = []
    for first in range(0, len(wanted), CALLS_AT_ONCE):
        rows += Tombstone.objects.filter(call__in=wanted[first : first + CALLS_AT_ONCE])
    rows.sort(key=lambda row: (row.done_at, row.call))
    gone = {row.call for row in rows}
    key = list_key(one.hex for one in wanted)
    missing = tuple(one.hex for one in wanted if one not in gone)
    return _facts(key, None, rows, ended_at=None, ended="", left=len(missing), missing=missing)


def of_order(order_id: UUID) -> Facts | None:
    """Of the calls of an order that is done; None of any other."""
    order = Order.objects.filter(id=order_id, state=OrderState.DONE).first()
    kind, subject = Kind.RETENTION_ORDER_DONE, order_id.hex
    found = reading.entries(kind=kind, subject=subject, limit=1).entries if order else ()
    if order is None or not found:
        return None
    calls = OrderCall.objects.filter(order=order).values_list("call", flat=True)
    asked = (order.reason, order.asked_kind, order.asked_ref)
    ordered = Ordered(order.id, *asked, found[0].id)
    return replace(of_calls(list(calls)), key=f"order:{order.id.hex}", order=ordered)


def _facts(
    key: str,
    day: date | None,
    rows: Iterable[Tombstone],
    *,
    ended_at: datetime | None,
    ended: str,
    left: int,
    missing: tuple[str, ...],
) -> Facts:
    calls, late = [], 0
    for some in _chunks(rows):
        lossy = _lossy(some)
        for row in some:
            due, done = to_micros(row.due_at), to_micros(row.done_at)
            told = (row.call.hex, due, done, row.method, row.audit_leaf.hex)
            calls.append(Destroyed(*told, lossy=lossy.get(row.call.hex)))
            late += row.done_at - row.due_at > BYTES_GRACE
    return Facts(key, day, tuple(calls), late, ended_at, ended, left, missing)


def _chunks(rows: Iterable[Tombstone]) -> Iterator[list[Tombstone]]:
    each = iter(rows)
    while some := list(islice(each, CALLS_AT_ONCE)):
        yield some


def _lossy(rows: Sequence[Tombstone]) -> dict[str, dict[str, Any]]:
    """In which lossy form the calls were kept at last, as the log tells."""
    kind = Kind.CALL_RECORDING_LESSENED
    found = reading.newest_of(kind, [row.call.hex for row in rows])
    return {
        call: {
            "codec": entry.facts["codec"],
            "kbits": entry.facts["kbits"],
            "since_us": to_micros(entry.at),
            "leaf": entry.id.hex,
        }
        for call, entry in found.items()
        if not entry.removed
    }


def text_of(facts: Facts, issuer: Issuer, at: datetime) -> str:
    """The body: the same for the same rows, issuer and instant."""
    fields: dict[str, Any] = {
        "controller": {"name": issuer.name, "business_id": issuer.business_id},
        "day": facts.day.isoformat() if facts.day else "",
        "calls": [call_fields(one) for one in facts.calls],
        "day_ended": facts.ended or None,
        "open": facts.open,
        "missing": list(facts.missing),
        "backup_days": issuer.backup_days,
        "issued_us": to_micros(at),
    }
    if one := facts.order:
        said = {"reason": one.reason, "asked": one.asked, "reference": one.reference}
        fields["order"] = {"id": one.id.hex, "leaf": one.leaf.hex, **said}
    copies = {"database_archive_days": issuer.archive_days, "machine_days": issuer.machine_days}
    return body_text(fields | {name: days for name, days in copies.items() if days})


def issue(facts: Facts, issuer: Issuer, *, by: str, now: datetime) -> UUID:
    """Puts on record that this certificate was issued; the entry's id."""
    said: EntryFacts = {"calls": len(facts.calls), "sha256": digest(text_of(facts, issuer, now))}
    with transaction.atomic():
        kind = Kind.RETENTION_CERTIFICATE_ISSUED
        return log.append(kind, actor=by, subject=facts.key, facts=said, now=now)


def issued(facts: Facts, issuer: Issuer) -> Certificate:
    """The certificate that was last issued of this. Raises NotIssued, NotSigned."""
    found = reading.entries(kind=Kind.RETENTION_CERTIFICATE_ISSUED, subject=facts.key, limit=1)
    if not found.entries or found.entries[0].removed:
        raise NotIssued
    (entry,) = found.entries
    body = text_of(facts, issuer, entry.at)
    if entry.facts["sha256"] != digest(body):
        raise NotIssued
    leaves = [entry.id, *(UUID(hex=one.leaf) for one in facts.calls)]
    leaves += [UUID(hex=one.lossy["leaf"]) for one in facts.calls if one.lossy]
    leaves += [facts.order.leaf] if facts.order else []
    try:
        return Certificate(body, proofs.evidence([*leaves, *_ended(facts)]))
    except NoProof as error:
        raise NotSigned from error


def is_signed(key: str) -> bool:
    """Whether a certificate of this was issued, and the log has signed that."""
    found = reading.entries(kind=Kind.RETENTION_CERTIFICATE_ISSUED, subject=key, limit=1).entries
    try:
        return bool(found) and bool(proofs.evidence([found[0].id]))
    except NoProof:
        return False


def _ended(facts: Facts) -> list[UUID]:
    return [UUID(hex=facts.ended)] if facts.ended else []


def issued_at(certificate: Certificate) -> int:
    """In microseconds."""
    return int(json.loads(certificate.body)["issued_us"])
