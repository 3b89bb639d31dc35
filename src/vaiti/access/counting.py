"""Calls counted over time: of what somebody may see, and for the officer of all. No rows leave.

Counts of a number that was searched for tell whether it called: so each look is an entry.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.standing import Standing, no_to, scope, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import tally
from vaiti.register.filters import Filters
from vaiti.register.strands import Span
from vaiti.register.tally import Tally

COUNTERS = holders(Besides.COUNTS)


def calls_over_time(
    person_id: UUID, filters: Filters, spans: Sequence[Span], now: datetime
) -> tuple[Tally, ...]:
    """One for each span, of the parts of calls that this person may see.

    Raises NotVisible for a leaver, and Unprepared.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if person.here and not person.lacks:
            found = tally.tally(scope(person), filters, spans, now)
            _write(person, filters.names(), spans, now)
            return found
    raise no_to(person)


def all_calls_over_time(person_id: UUID, spans: Sequence[Span], now: datetime) -> tuple[Tally, ...]:
    """One for each span, of every call in the book. Raises NotVisible for all but the officer."""
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if not person.roles & COUNTERS:
            raise NotVisible
        _write(person, "all", spans, now)
        return tally.tally_all(spans)


def _write(person: Standing, filters: str, spans: Sequence[Span], now: datetime) -> None:
    facts: Facts = {"spans": len(spans), "filters": filters}
    log.append(Kind.ACCESS_CALLS_COUNTED, actor=person.person_id.hex, facts=facts, now=now)
