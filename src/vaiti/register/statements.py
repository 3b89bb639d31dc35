"""What the person recorded has to say of a call: attached, handed out and destroyed with it (N-37).

The sound is never changed. What was said stays as it was; a further statement is another row.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.models import SEEN, Call
from vaiti.register.person_models import Statement


@dataclass(frozen=True, slots=True)
class Said:
    at: datetime
    text: str = field(repr=False)


def attach(call_id: UUID, text: str, reference: str, *, by: str, now: datetime) -> bool:
    """In the caller's transaction; False for a call on its way out. The log has no word of it."""
    if not Call.objects.select_for_update().filter(id=call_id, state__in=SEEN).exists():
        return False
    Statement.objects.create(call_id=call_id, reference=reference, text=text, by=by, at=now)
    facts: Facts = {"reference": reference}
    log.append(Kind.CALL_STATEMENT_ATTACHED, actor=by, subject=call_id.hex, facts=facts, now=now)
    return True


def of_call(call_id: UUID) -> tuple[Said, ...]:
    """The oldest first."""
    rows = Statement.objects.filter(call_id=call_id).order_by("at", "id")
    return tuple(Said(row.at, row.text) for row in rows)


def in_case(call_id: UUID, reference: str) -> bool:
    """Whether one was attached in this case."""
    return Statement.objects.filter(call_id=call_id, reference=reference).exists()
