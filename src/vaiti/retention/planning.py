"""Plans what is destroyed next: frozen, with the reason a line, before anything dies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import TypeVar
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.models import Arrival, Call
from vaiti.retention import writing
from vaiti.retention.models import Plan, PlanLine
from vaiti.retention.policy import NEVER_ALLOWED, REFUSED_GRACE, Reason, reason_to_destroy
from vaiti.values.clock import to_micros

MAX_LINES = 1000  # a plan; what is left over stands on the next
ACTOR = "system:retention"
LINE = ("plan_id", "call", "object_id", "reason", "due_at", "destruction_day", "last_error")
Row = TypeVar("Row", bound=Model)


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

    def last_expired(self) -> PlannedLine | None:
        """After which to look for more of them."""
        expired = [line for line in self.lines if line.reason == Reason.EXPIRED]
        return expired[-1] if expired else None


def planned(calls: set[UUID]) -> set[UUID]:
    """Those of them that stand on a plan and are not destroyed yet."""
    lines = PlanLine.objects.filter(call__in=calls, done_at__isnull=True)
    return set(lines.values_list("call", flat=True)) if calls else set()


def plan(
    now: datetime,
    abandoned: Mapping[UUID, datetime] | None = None,
    *,
    after: PlannedLine | None = None,
) -> Planned | None:
    """Plans the calls that must go and are on no plan yet, at most MAX_LINES, or returns None.

    `abandoned` are calls that the journal holds and that never entered the book, with the instant
    they were last written to. `after` is the last expired line of the plan before: many plans
    do not look again and again at what is on the others. Of two planners at the same moment one
    gets None.
    """
    try:
        with transaction.atomic():
            lines = [*_expired(now, after), *_refused(now), *_abandoned(abandoned or {})][
                :MAX_LINES
            ]
            return freeze(lines, now) if lines else None
    except IntegrityError:
        return None


def open_plans() -> list[UUID]:
    """The plans with lines that are not proven done, in the order in which they fell due."""
    first = PlanLine.objects.filter(plan=OuterRef("id")).order_by("id").values("due_at")[:1]
    rows = Plan.objects.filter(executed_at__isnull=True).alias(due_at=Subquery(first))
    return list(rows.order_by("due_at", "made_at", "id").values_list("id", flat=True))


def _unplanned(rows: QuerySet[Row], call: str) -> QuerySet[Row]:
    open_lines = PlanLine.objects.filter(call=OuterRef(call), done_at__isnull=True)
    return rows.filter(~Exists(open_lines))


def _expired(now: datetime, after: PlannedLine | None) -> list[PlannedLine]:
    waiting = _unplanned(Call.objects.filter(due_at__lte=now), "id")
    if after:
        further = Q(due_at__gt=after.due_at) | Q(id__gt=after.call)
        waiting = waiting.filter(further, due_at__gte=after.due_at)
    found = waiting.order_by("due_at", "id").values_list(
        "id", "object_id", "due_at", "destruction_day"
    )
    return [
        PlannedLine(call, object_id, reason, due_at, day)
        for call, object_id, due_at, day in found[:MAX_LINES]
        if (reason := reason_to_destroy(due_at, now))
    ]


def _refused(now: datetime) -> list[PlannedLine]:
    """Calls that no line or notice allowed, once there was time to see the alarm."""
    late = Arrival.objects.filter(refused__in=NEVER_ALLOWED, since__lte=now - REFUSED_GRACE)
    rows = _unplanned(late, "call").order_by("since", "call")[:MAX_LINES]
    return [
        PlannedLine(row.call, row.object_id, Reason.REFUSED, row.since + REFUSED_GRACE, None)
        for row in rows
    ]


def _abandoned(abandoned: Mapping[UUID, datetime]) -> list[PlannedLine]:
    open_lines = PlanLine.objects.filter(call__in=list(abandoned), done_at__isnull=True)
    planned = set(open_lines.values_list("call", flat=True))
    objects = dict(
        Arrival.objects.filter(call__in=list(abandoned)).values_list("call", "object_id")
    )
    return [
        # what was never gathered has no object: a name that was never used stands for it
        PlannedLine(call, objects.get(call) or uuid4(), Reason.ABANDONED, written, None)
        for call, written in sorted(abandoned.items(), key=itemgetter(1))
        if call not in planned
    ]


def freeze(lines: list[PlannedLine], now: datetime) -> Planned:
    """In the caller's transaction. Raises IntegrityError when a call is on an open plan."""
    made = Plan.objects.create(made_at=now)
    rows = [
        (made.id, one.call, one.object_id, one.reason, one.due_at, one.destruction_day, "")
        for one in lines
    ]
    writing.insert(PlanLine, LINE, rows)
    log.append(
        Kind.RETENTION_PLAN_MADE,
        actor=ACTOR,
        subject=made.id.hex,
        facts={"calls": len(lines), "oldest_due_us": to_micros(lines[0].due_at)},
        now=now,
    )
    return Planned(made.id, tuple(lines))
