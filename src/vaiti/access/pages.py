"""Writes down that a page was refused to somebody who is signed in. No address as it was typed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind


def note_refused(person_id: UUID, page: str, count: int, now: datetime) -> None:
    """`page` is the address's pattern, with a star for each id; `count` how often in this hour."""
    facts: Facts = {"page": page, "count": count}
    with transaction.atomic():
        log.append(Kind.ACCESS_PAGE_REFUSED, actor=person_id.hex, facts=facts, now=now)
