"""Decisions of a case as its letters tell them."""

from dataclasses import dataclass, field
from uuid import UUID

from vaiti.rights.asking import Right
from vaiti.rights.case_models import Decision


@dataclass(frozen=True, slots=True)
class Made:
    """`ground` and `words` are of a refusal, whole or in part."""

    right: str
    call: UUID | None
    outcome: str
    ground: str
    words: str = field(repr=False)


def decisions_of(case_id: UUID) -> tuple[Made, ...]:
    """In the order of the rights; none for a case that is kept elsewhere."""
    order = list(Right)
    rows = Decision.objects.filter(case_id=case_id).order_by("decided_at", "id")
    made = [Made(one.right, one.call, one.outcome, one.ground, one.words) for one in rows]
    return tuple(sorted(made, key=lambda one: order.index(Right(one.right))))
