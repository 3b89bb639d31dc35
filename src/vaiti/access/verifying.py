"""Writes down that a recording was checked against its seal, by whoever had it open (N-04)."""

from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.vault.grant import Opening


def note_verified(opening: Opening, *, intact: bool, segments: int, now: datetime) -> None:
    """`segments` is how many were opened; none of their sound was handed out."""
    grant = opening.grant
    facts: Facts = {"listening": opening.listening_id, "intact": intact, "segments": segments}
    kind = Kind.ACCESS_RECORDING_VERIFIED
    with transaction.atomic():
        log.append(kind, actor=grant.actor, subject=grant.call_id, facts=facts, now=now)
