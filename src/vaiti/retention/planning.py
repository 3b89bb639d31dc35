"""Plans what is destroyed next: frozen, with the reason a line, before anything dies."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.models import Call
from vaiti.retention.models import Plan, PlanLine
from vaiti.retention.policy import reason_to_destroy
from vaiti.values.clock import to_micros

MAX_LINES = 500  # a plan; what is left over stands on the next
ACTOR = "system:retention"


@dataclass(frozen=True, slots=True)
class PlannedLine:
    call: UUID
    object_id: UUID
    reason: str
    due_at: datetime
    destruction_day: date | None


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan as it was frozen, the oldest due call first."""

    id: UUID
    lines: tuple[PlannedLine, ...]


def plan(now: datetime) -> Planned | None:
    """Plans the calls that are due and on no plan yet, at most MAX_LINES; None when there are none.

    Of two planners at the same moment one gets None.
    """
    try:
        with transaction.atomic():
            lines = _due(now)
            return _freeze(lines, now) if lines else None
    except IntegrityError:
        return None


def open_plans() -> list[UUID]:
    """The plans with lines that are not proven done, oldest first."""
    return list(
        Plan.objects.filter(executed_at__isnull=True)
        .order_by("made_at", "id")
        .values_list("id", flat=True)
    )


def _due(now: datetime) -> list[PlannedLine]:
    waiting = Call.objects.filter(due_at__lte=now).exclude(
        id__in=PlanLine.objects.filter(done_at__isnull=True).values("call")
    )
    rows = waiting.order_by("due_at", "id")[:MAX_LINES]
    reasons = ((row, reason_to_destroy(row.due_at, now)) for row in rows)
    return [
        PlannedLine(row.id, row.object_id, reason, row.due_at, row.destruction_day)
        for row, reason in reasons
        if reason
    ]


def _freeze(lines: list[PlannedLine], now: datetime) -> Planned:
    made = Plan.objects.create(made_at=now)
    PlanLine.objects.bulk_create(
        PlanLine(
            plan=made,
            call=line.call,
            object_id=line.object_id,
            reason=line.reason,
            due_at=line.due_at,
            destruction_day=line.destruction_day,
        )
        for line in lines
    )
    log.append(
        Kind.RETENTION_PLAN_MADE,
        actor=ACTOR,
        subject=made.id.hex,
        facts={"calls": len(lines), "oldest_due_us": to_micros(lines[0].due_at)},
        now=now,
    )
    return Planned(made.id, tuple(lines))
