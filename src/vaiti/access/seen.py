"""What the person recorded is told of who listened, and a listener of their own listening (L-32).

By right and purpose, never by name; only of calls that can still be read.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access.models import Listening
from vaiti.access.standing import no_to, standing
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.models import State

BACK = timedelta(days=30)  # how far both look
MOST = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody else listened, at `at`, to the person's own part of `call`, which began so."""

    call: UUID
    started_at: datetime
    at: datetime
    purpose: str
    rule: str


def listened_to(person_id: UUID, now: datetime) -> tuple[Heard, ...]:
    """Listenings of others to the person's own parts of calls, the newest of the last 30 days.

    One entry in the log, as for a list of calls. Raises NotVisible for a leaver, and
    Unprepared.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if not person.here or person.lacks:
            raise no_to(person)
        rows = list(
            Listening.objects.filter(
                opened_at__gt=now - BACK,
                leg__person_id=person_id,
                leg__call__state=State.KEPT,
                leg__call__due_at__gt=now,
            )
            .exclude(person_id=person_id)
            .select_related("leg")
            .order_by("-opened_at", "-id")[:MOST]
        )
        facts: Facts = {"rows": len(rows), "filters": "listened_to", "first": True}
        log.append(Kind.ACCESS_CALLS_LISTED, actor=person_id.hex, facts=facts, now=now)
    return tuple(
        Heard(row.leg.call_id, row.leg.started_at, row.opened_at, row.purpose, row.rule)
        for row in rows
    )


def own_listenings(person_id: UUID, now: datetime) -> dict[str, int]:
    """How often the person listened in the last 30 days, by purpose; to calls still kept."""
    rows = Listening.objects.filter(person_id=person_id, opened_at__gt=now - BACK)
    return dict(Counter(rows.values_list("purpose", flat=True)))
