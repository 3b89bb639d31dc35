"""Calls that somebody has objected to for training: nobody hears them for that purpose (N-06).

A row that dies with the call. It blocks training and nothing else.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.models import Call, Objection, State


def marked_by(call_id: UUID) -> UUID | None:
    """Who objected, or None where nobody did."""
    found = Objection.objects.filter(call_id=call_id).values_list("person_id", flat=True)
    return found.first()


def mark(call_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Takes the call out of training, in the caller's transaction; False when it was already, or
    is on its way out."""
    if not Call.objects.select_for_update().filter(id=call_id, state=State.KEPT).exists():
        return False
    found = Objection.objects.get_or_create(
        call_id=call_id, defaults={"person_id": person_id, "at": now}
    )
    if found[1]:
        kind, actor = Kind.CALL_TRAINING_OBJECTED, person_id.hex
        log.append(kind, actor=actor, subject=call_id.hex, facts={}, now=now)
    return found[1]


def withdraw(call_id: UUID, person_id: UUID, now: datetime) -> bool:
    """Takes the person's own objection back; False when there is none of theirs."""
    with transaction.atomic():
        gone, _ = Objection.objects.filter(call_id=call_id, person_id=person_id).delete()
        if gone:
            kind, actor = Kind.CALL_TRAINING_ALLOWED, person_id.hex
            log.append(kind, actor=actor, subject=call_id.hex, facts={}, now=now)
    return bool(gone)
