"""Versions of the rule that keeps calls for a shorter time than their notice says (N-18).

The settings only ask for one: it holds when the data protection officer has approved it. Once
decided a version is never changed; it is followed by the next.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.due import Approved
from vaiti.notice.models import Decision, RetentionRule


class RuleDecided(Exception):
    """The version does not wait for a decision any more."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One version; `counts` is what it would do to the calls there were at `counted_at`."""

    number: int
    months: int
    proposed_at: datetime
    counts: Mapping[str, Any]
    counted_at: datetime
    decision: str
    decided_at: datetime | None
    decided_by: str
    applied_through: UUID | None
    applied_at: datetime | None
    shortened: int


def every() -> list[Rule]:
    """All versions, the newest first."""
    return [_shown(row) for row in RetentionRule.objects.order_by("-number")]


def waiting() -> Rule | None:
    """The one that the officer has not decided on yet."""
    row = RetentionRule.objects.filter(decision=Decision.WAITING).first()
    return None if row is None else _shown(row)


def last_approved() -> Rule | None:
    row = RetentionRule.objects.filter(decision=Decision.APPROVED).order_by("-number").first()
    return None if row is None else _shown(row)


def approved() -> list[Approved]:
    """The versions that the officer approved, in the order of their numbers."""
    return [Approved(number, months, at) for number, months, at in _APPROVED.rows() if at]


_APPROVED = Prepared(
    lambda: (
        RetentionRule.objects.filter(decision=Decision.APPROVED)
        .order_by("number")
        .values_list("number", "months", "decided_at")
    )
)


def propose(months: int, counts: Mapping[str, Any], *, by: str, now: datetime) -> int:
    """Puts the next version before the officer, in place of the one that waits; its number."""
    with transaction.atomic():
        _withdraw(by, now)
        newest = RetentionRule.objects.aggregate(Max("number"))["number__max"] or 0
        row = RetentionRule.objects.create(
            number=newest + 1, months=months, proposed_at=now, counts=counts, counted_at=now
        )
        _log(Kind.NOTICE_RULE_PROPOSED, row, by, now)
    return row.number


def count_again(number: int, counts: Mapping[str, Any], now: datetime) -> None:
    """What the waiting version would do, counted anew."""
    mine = RetentionRule.objects.filter(number=number, decision=Decision.WAITING)
    mine.update(counts=counts, counted_at=now)


def withdraw(*, by: str, now: datetime) -> bool:
    """Takes back the version that waits, if one does."""
    with transaction.atomic():
        return _withdraw(by, now)


def decide(number: int, *, approved: bool, by: str, now: datetime) -> None:
    """Raises RuleDecided, also for a number that never was."""
    with transaction.atomic():
        mine = RetentionRule.objects.select_for_update()
        row = mine.filter(number=number, decision=Decision.WAITING).first()
        if row is None:
            raise RuleDecided
        taken = Decision.APPROVED if approved else Decision.REFUSED
        _decide(row, taken, by, now)


def applied(number: int, through: UUID | None, shortened: int, now: datetime) -> None:
    """So far the calls in the book have been looked at; `through` is None when all have been."""
    with transaction.atomic():
        row = RetentionRule.objects.select_for_update().get(number=number)
        row.shortened += shortened
        row.applied_through = through or row.applied_through
        row.applied_at = None if through else now
        row.save(update_fields=["shortened", "applied_through", "applied_at"])
        if row.applied_at:
            _log(Kind.NOTICE_RULE_APPLIED, row, "system:retention", now, calls=row.shortened)


def _withdraw(by: str, now: datetime) -> bool:
    row = RetentionRule.objects.select_for_update().filter(decision=Decision.WAITING).first()
    if row is None:
        return False
    _decide(row, Decision.WITHDRAWN, by, now)
    return True


_KINDS = {
    Decision.APPROVED: Kind.NOTICE_RULE_APPROVED,
    Decision.REFUSED: Kind.NOTICE_RULE_REFUSED,
    Decision.WITHDRAWN: Kind.NOTICE_RULE_WITHDRAWN,
}


def _decide(row: RetentionRule, decision: Decision, by: str, now: datetime) -> None:
    row.decision, row.decided_by, row.decided_at = decision, by, now
    row.save(update_fields=["decision", "decided_by", "decided_at"])
    _log(_KINDS[decision], row, by, now)


def _log(kind: Kind, row: RetentionRule, by: str, now: datetime, **more: int) -> None:
    if kind is Kind.NOTICE_RULE_APPROVED:
        more |= {name: row.counts[name] for name in ("shortened", "at_once")}
    facts: Facts = {"rule": row.number, "months": row.months, **more}
    log.append(kind, actor=by, facts=facts, now=now)


def _shown(row: RetentionRule) -> Rule:
    return Rule(
        number=row.number,
        months=row.months,
        proposed_at=row.proposed_at,
        counts=row.counts,
        counted_at=row.counted_at,
        decision=row.decision,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        applied_through=row.applied_through,
        applied_at=row.applied_at,
        shortened=row.shortened,
    )
