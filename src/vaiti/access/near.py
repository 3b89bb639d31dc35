"""Whose numbers are near to somebody: said by themselves, kept masked, seen by nobody else.

What is told is a question and no proof: a thousand numbers share a mask. Whoever names nothing is
asked nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.watch_models import NearNumber
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.values.masked import MaskedNumber

MOST = 20  # of one person
WHOLE = "Type the whole number; its last three digits are not kept."
LEAST_DIGITS = 6  # before the mask; fewer would fit half a country


@dataclass(frozen=True, slots=True)
class NearCard:
    id: UUID
    masked: str


def mine(person_id: UUID) -> tuple[NearCard, ...]:
    rows = NearNumber.objects.filter(person_id=person_id).order_by("masked")
    return tuple(NearCard(row.id, row.masked) for row in rows)


def name(person_id: UUID, number: MaskedNumber, now: datetime) -> None:
    """The same again changes nothing. Raises NotVisible for a leaver, and MandateError."""
    if book.person(person_id, now) is None:
        raise NotVisible
    if sum(each.isdigit() for each in number.text) < LEAST_DIGITS:
        raise MandateError(WHOLE)
    with transaction.atomic():
        known = NearNumber.objects.filter(person_id=person_id)
        if known.filter(masked=number.text).exists():
            return
        if known.count() >= MOST:
            raise MandateError("You have named 20 numbers. Take one away first.")
        NearNumber.objects.create(person_id=person_id, masked=number.text, named_at=now)
        _log(Kind.ACCESS_NEAR_NAMED, person_id, person_id.hex, now)


def remove(person_id: UUID, near_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    with transaction.atomic():
        gone, _rows = NearNumber.objects.filter(person_id=person_id, id=near_id).delete()
        if not gone:
            raise NotVisible
        _log(Kind.ACCESS_NEAR_REMOVED, person_id, person_id.hex, now)


def numbers() -> dict[UUID, frozenset[str]]:
    """All that was named, by whose it is."""
    found: dict[UUID, set[str]] = {}
    for person, masked in NearNumber.objects.values_list("person_id", "masked"):
        found.setdefault(person, set()).add(masked)
    return {person: frozenset(some) for person, some in found.items()}


def forget(people: Iterable[UUID], actor: str, now: datetime) -> None:
    """What leavers named goes with them."""
    with transaction.atomic():
        for person_id in people:
            gone, _rows = NearNumber.objects.filter(person_id=person_id).delete()
            if gone:
                _log(Kind.ACCESS_NEAR_REMOVED, person_id, actor, now)


def _log(kind: Kind, person_id: UUID, actor: str, now: datetime) -> None:
    """How many there are now, and never which: a number stands in no entry."""
    facts = {"count": NearNumber.objects.filter(person_id=person_id).count()}
    log.append(kind, actor=actor, subject=person_id.hex, facts=facts, now=now)
