"""Who may make the report of a period, and that they did: before it is made (N-23)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.values.clock import to_micros

REPORTERS = holders(Besides.REPORT)


def may_report(person_id: UUID, now: datetime) -> bool:
    """An auditor only while let in: a role that has ended is none."""
    return bool(standing(person_id, now).roles & REPORTERS)


def note_report(person_id: UUID, begins: datetime, ends: datetime, now: datetime) -> None:
    """Raises NotVisible."""
    with transaction.atomic(durable=True):
        if not may_report(person_id, now):
            raise NotVisible
        note_made(person_id.hex, begins, ends, now)


def note_made(by: str, begins: datetime, ends: datetime, now: datetime) -> None:
    """`by` is a person's id, or `system:` and a name for the command line."""
    facts: Facts = {"begins_us": to_micros(begins), "ends_us": to_micros(ends)}
    with transaction.atomic():
        log.append(Kind.ACCESS_REPORT_MADE, actor=by, facts=facts, now=now)
