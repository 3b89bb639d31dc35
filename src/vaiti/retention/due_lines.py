"""The lines of plans that are due: which may be carried out just now, and which are withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.models import Call
from vaiti.retention.models import Plan, PlanLine
from vaiti.retention.planning import ACTOR
from vaiti.retention.policy import NEVER_ENTERED, Reason
from vaiti.retention.writing import among


def due_lines(plans: Sequence[UUID], now: datetime) -> list[PlanLine]:
    """Those not yet done, oldest due first, without what has no business on a plan any more."""
    _withdraw(plans, now)
    lines = PlanLine.objects.filter(plan_id__in=plans, done_at__isnull=True)
    return list(lines.defer("begun_at").order_by("due_at", "id"))  # asked for anew, locked


def close(plans: Sequence[UUID], now: datetime) -> None:
    """Notes of those of which nothing is left that they were carried out."""
    left = PlanLine.objects.filter(plan=OuterRef("id"), done_at__isnull=True)
    finished = Plan.objects.filter(id__in=plans, executed_at__isnull=True).exclude(Exists(left))
    finished.update(executed_at=now)


def _withdraw(plans: Sequence[UUID], now: datetime) -> None:
    """A call that entered the book after all has its six months: its line goes, unless begun.

    So does one that is not due: a hold came between, or the clock was ahead and was set back.
    """
    row = Call.objects.filter(id=OuterRef("call"))
    entered = Q(Exists(row), reason__in=NEVER_ENTERED)
    early = Q(Exists(row.filter(due_at__gt=now)), reason=Reason.EXPIRED)
    for line in PlanLine.objects.filter(entered | early, plan_id__in=plans, begun_at__isnull=True):
        with transaction.atomic():
            line.delete()
            log.append(
                Kind.RETENTION_LINE_WITHDRAWN,
                actor=ACTOR,
                subject=line.call.hex,
                facts={"plan": line.plan_id.hex},
                now=now,
            )


def unfit(lines: Sequence[PlanLine], now: datetime) -> dict[UUID, str]:
    """The calls that must not be destroyed for the reason on their line, and why not.

    Not a moment before they are due: N-18 is a promise to the customer too. Nobody changes the
    calls' rows meanwhile.
    """
    asked = Call.objects.filter(id__in=among([line.call for line in lines])).order_by("id")
    rows_held = asked.select_for_update().values_list("id", "due_at")
    due, found = dict(rows_held), dict[UUID, str]()
    for line in lines:
        if line.call in due and line.reason in NEVER_ENTERED:
            found[line.call] = "entered_after_all"
        elif line.call in due and line.reason == Reason.EXPIRED and due[line.call] > now:
            found[line.call] = "not_due"
    return found
