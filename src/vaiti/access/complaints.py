"""That a complaint about somebody came: noted by the officer, so that listening after it is seen.

Neither the complaint nor who made it is here: only about whom, since when, and where it is.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.misuse import LONGEST
from vaiti.access.references import fit_reference
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.access.watch_models import Complaint
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.values.clock import to_micros

NOTERS = holders(Besides.ALERTS)
KEPT = 2 * LONGEST  # after it came: what was heard after it has been looked at long before


@dataclass(frozen=True, slots=True)
class ComplaintCard:
    id: UUID
    person_id: UUID
    person: str = field(repr=False)
    reference: str
    came_at: datetime


def complaints(person_id: UUID, now: datetime) -> tuple[ComplaintCard, ...]:
    """Those that stand, the newest first; never about oneself. Raises NotVisible."""
    rows = list(_visible(person_id, now).order_by("-came_at", "-id"))
    names = book.names(row.person_id for row in rows)
    return tuple(
        ComplaintCard(
            row.id, row.person_id, names.get(row.person_id, "–"), row.reference, row.came_at
        )
        for row in rows
    )


def note(person_id: UUID, about: UUID, reference: str, came_at: datetime, now: datetime) -> UUID:
    """Raises NotVisible, and MandateError."""
    _must(person_id, now)
    if about == person_id or book.person(about, now) is None:
        raise MandateError("Choose somebody who works here, and not yourself.")
    if not fit_reference(reference):
        raise MandateError(
            "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
        )
    if not now - LONGEST < came_at <= now:
        raise MandateError("A complaint came within the last 30 days.")
    with transaction.atomic():
        row = Complaint.objects.create(
            person_id=about,
            reference=reference,
            came_at=came_at,
            noted_by_id=person_id,
            noted_at=now,
        )
        _log(Kind.ACCESS_COMPLAINT_NOTED, row, person_id, now)
    return row.id


def take_back(person_id: UUID, complaint_id: UUID, now: datetime) -> None:
    """It was none, or about somebody else. Raises NotVisible."""
    with transaction.atomic():
        row = _visible(person_id, now).filter(id=complaint_id).first()
        if row is None:
            raise NotVisible
        _log(Kind.ACCESS_COMPLAINT_REMOVED, row, person_id, now)
        row.delete()


def times(now: datetime) -> dict[UUID, tuple[datetime, ...]]:
    """When complaints about each came; what came long ago is forgotten."""
    Complaint.objects.filter(came_at__lte=now - KEPT).delete()
    found: dict[UUID, list[datetime]] = {}
    for person, at in Complaint.objects.values_list("person_id", "came_at"):
        found.setdefault(person, []).append(at)
    return {person: tuple(sorted(some)) for person, some in found.items()}


def _visible(person_id: UUID, now: datetime) -> QuerySet[Complaint]:
    _must(person_id, now)
    return Complaint.objects.exclude(person_id=person_id).filter(came_at__gt=now - KEPT)


def _must(person_id: UUID, now: datetime) -> None:
    if not standing(person_id, now).roles & NOTERS:
        raise NotVisible


def _log(kind: Kind, row: Complaint, by: UUID, now: datetime) -> None:
    facts: Facts = {"reference": row.reference, "arrived_us": to_micros(row.came_at)}
    log.append(kind, actor=by.hex, subject=row.person_id.hex, facts=facts, now=now)
