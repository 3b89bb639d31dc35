"""Incidents (N-07): who may open one, name people and calls in it, and look at it.

Opened by a data protection officer or a security lead, with the number it has in the company's own
files. All raise NotVisible for whoever may not, and MandateError with what to change.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access import mandates
from vaiti.access.approvals import ApprovalCard, own_inbox
from vaiti.access.errors import NotVisible
from vaiti.access.mandates import MandateCard
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind

OPENERS = holders(Besides.INCIDENTS)
LONGEST = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as this person sees it. `asked`: their own requests in it, by call."""

    card: MandateCard
    leads: bool
    named: bool
    asked: dict[UUID, ApprovalCard]


def incidents(person_id: UUID, now: datetime) -> tuple[tuple[MandateCard, ...], bool]:
    """Those that the person may look at, the newest first, and whether they may open one.

    The look is an entry in the log.
    """
    with transaction.atomic():
        found, leads = _incidents(person_id, now)
        _log_look(person_id, "", len(found), now)
    return found, leads


def _incidents(person_id: UUID, now: datetime) -> tuple[tuple[MandateCard, ...], bool]:
    person = standing(person_id, now)
    if not person.here:
        raise NotVisible
    leads = bool(person.roles & OPENERS)
    found = mandates.cards("incident", now)
    return tuple(one for one in found if leads or person_id in one.persons), leads


@transaction.atomic
def incident(person_id: UUID, mandate_id: UUID, now: datetime) -> IncidentView:
    """One of them, with its people and calls; the look is an entry. Raises NotVisible."""
    found, leads = _incidents(person_id, now)
    for card in found:
        if card.id == mandate_id:
            _log_look(person_id, card.id.hex, 1, now)
            own = own_inbox(person_id, now).own
            asked = {one.call: one for one in reversed(own) if one.incident == mandate_id}
            return IncidentView(card, leads, person_id in card.persons, asked)
    raise NotVisible


def _log_look(person_id: UUID, subject: str, rows: int, now: datetime) -> None:
    facts: Facts = {"kind": "incident", "rows": rows}
    actor, kind = person_id.hex, Kind.ACCESS_MANDATES_LISTED
    log.append(kind, actor=actor, subject=subject, facts=facts, now=now)


def open_incident(person_id: UUID, reference: str, days: int, now: datetime) -> UUID:
    _lead(person_id, now)
    days = min(days, LONGEST.days)
    ends_at = now + timedelta(days=days)
    by = person_id.hex
    return mandates.open_mandate("incident", reference, ends_at=ends_at, by=by, now=now)


def name_person(person_id: UUID, mandate_id: UUID, whom: UUID, now: datetime) -> None:
    _leads(person_id, mandate_id, now)
    mandates.name_person(mandate_id, whom, by=person_id.hex, now=now)


def release_person(person_id: UUID, mandate_id: UUID, whom: UUID, now: datetime) -> None:
    _leads(person_id, mandate_id, now)
    mandates.release_person(mandate_id, whom, by=person_id.hex, now=now)


def add_call(person_id: UUID, mandate_id: UUID, call_id: UUID, now: datetime) -> None:
    _leads(person_id, mandate_id, now)
    mandates.add_call(mandate_id, call_id, by=person_id.hex, now=now)


def remove_call(person_id: UUID, mandate_id: UUID, call_id: UUID, now: datetime) -> None:
    _leads(person_id, mandate_id, now)
    mandates.remove_call(mandate_id, call_id, by=person_id.hex, now=now)


def close_incident(person_id: UUID, mandate_id: UUID, now: datetime) -> None:
    _leads(person_id, mandate_id, now)
    mandates.close(mandate_id, by=person_id.hex, now=now)


def _lead(person_id: UUID, now: datetime) -> None:
    if not standing(person_id, now).roles & OPENERS:
        raise NotVisible


def _leads(person_id: UUID, mandate_id: UUID, now: datetime) -> None:
    """Only incidents: the cases of rights and the activities of training have their own rooms."""
    _lead(person_id, now)
    card = mandates.card(mandate_id, now)
    if card is None or card.kind != "incident":
        raise NotVisible
