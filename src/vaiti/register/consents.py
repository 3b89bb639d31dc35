"""Consents to purposes that callers were told rest on them: call by call, withdrawn at once.

Rows that die with the call. One that was withdrawn stays on record, and counts no more (N-41).
"""

from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.models import SEEN, Call
from vaiti.register.person_models import Consent


def standing(call_id: UUID) -> frozenset[str]:
    """The purposes to which the person recorded consents."""
    rows = Consent.objects.filter(call_id=call_id, withdrawn_at__isnull=True)
    return frozenset(rows.values_list("purpose", flat=True))


def give(call_id: UUID, purpose: str, *, by: str, now: datetime) -> bool:
    """In the caller's transaction; False where it stands already, or the call is on its way out."""
    if not Call.objects.select_for_update().filter(id=call_id, state__in=SEEN).exists():
        return False
    _row, new = Consent.objects.get_or_create(
        call_id=call_id,
        purpose=purpose,
        withdrawn_at=None,
        defaults={"given_at": now, "given_by": by},
    )
    if new:
        _enter(Kind.CALL_CONSENT_GIVEN, call_id, purpose, by, now)
    return new


def withdraw(call_id: UUID, purpose: str, *, by: str, now: datetime) -> bool:
    """In the caller's transaction; False where none stands."""
    rows = Consent.objects.filter(call_id=call_id, purpose=purpose, withdrawn_at__isnull=True)
    gone = rows.update(withdrawn_at=now, withdrawn_by=by)
    if gone:
        _enter(Kind.CALL_CONSENT_WITHDRAWN, call_id, purpose, by, now)
    return bool(gone)


def _enter(kind: Kind, call_id: UUID, purpose: str, by: str, now: datetime) -> None:
    facts: Facts = {"purpose": purpose}
    log.append(kind, actor=by, subject=call_id.hex, facts=facts, now=now)
