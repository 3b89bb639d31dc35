"""Writes down that somebody was refused because of where they came from (N-26). No address."""

from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind

STRANGER = "system:visitor"


def note_refused(actor: str, country: str, now: datetime) -> None:
    """`actor` is the person's id, or STRANGER; `country` two letters, or ?? where nobody knows."""
    kind = Kind.ACCESS_ABROAD_REFUSED
    with transaction.atomic():
        log.append(kind, actor=actor, facts={"country": country}, now=now)
