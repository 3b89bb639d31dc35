"""Who may order that calls are destroyed before their day, and look at the orders.

Where a person asked for it, whoever plans it must see the calls: nobody has calls destroyed that
they could not have looked at. The refusals are entries too.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.holding import sees
from vaiti.access.standing import Standing, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind

ORDERERS = holders(Besides.DESTRUCTION)


class Unseen(Exception):
    """These calls are not the person's to see."""

    def __init__(self, calls: Sequence[UUID]) -> None:
        super().__init__()
        self.calls = tuple(calls)


def may_order(person_id: UUID, now: datetime) -> bool:
    return bool(standing(person_id, now).roles & ORDERERS)


def require_orderer(person_id: UUID, now: datetime) -> str:
    """Who stands on the order. Raises NotVisible, Unprepared."""
    person = standing(person_id, now)
    if not person.roles & ORDERERS:
        raise NotVisible
    if person.lacks:
        raise no_to(person)
    return person_id.hex


def require_seen(person_id: UUID, wanted: Sequence[UUID], now: datetime) -> str:
    """The same, and that the person sees each of the calls now. Raises Unseen besides."""
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        unseen = [call for call in wanted if not sees(person, call, now)]
        if person.roles & ORDERERS and not unseen:
            return person_id.hex
        _log_refusal(person, unseen, now)
    if person.roles & ORDERERS and not person.lacks:
        raise Unseen(unseen)
    raise no_to(person)


def note_look(person_id: UUID, subject: str, rows: int, now: datetime) -> None:
    """Puts on record that the person looks at orders, or at one. Raises NotVisible."""
    with transaction.atomic(durable=True):
        if not may_order(person_id, now):
            raise NotVisible
        facts: Facts = {"kind": "destruction", "rows": rows}
        kind = Kind.ACCESS_MANDATES_LISTED
        log.append(kind, actor=person_id.hex, subject=subject, facts=facts, now=now)


def _log_refusal(person: Standing, unseen: Sequence[UUID], now: datetime) -> None:
    needs = " ".join(person.lacks)
    facts: Facts = {"door": "destruction", "exists": False, "needs": needs}
    subject = unseen[0].hex if unseen else ""
    kind, actor = Kind.ACCESS_CALL_REFUSED, person.person_id.hex
    log.append(kind, actor=actor, subject=subject, facts=facts, now=now)
