"""A person's own saved views of the list of calls: named, and without anything of a customer.

A view narrows what the person may see anyway; it gives nothing. The number is never part of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.activity_rules import fit_text
from vaiti.access.errors import MandateError
from vaiti.access.models import SavedView
from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.kinds import Kind

KEPT = ("direction", "length", "line", "agent", "destroyed")
DAYS = (1, 7, 30)  # how far back a view may look; 0 for any time
MOST = 20
MAX_NAME = 40
MAX_VALUE = 40


@dataclass(frozen=True, slots=True)
class ViewCard:
    """`days` is how many days it looks back from today, today included; 0 for any time."""

    id: UUID
    name: str = field(repr=False)
    given: Mapping[str, str]
    days: int


def mine(person_id: UUID) -> tuple[ViewCard, ...]:
    """By name. One statement: the list asks for them at every page."""
    return tuple(ViewCard(*row) for row in _MINE.rows(person=person_id))


_MINE = Prepared(
    lambda person: (
        SavedView.objects.filter(person_id=person)
        .order_by("name", "id")
        .values_list("id", "name", "given", "days")
    ),
    person=UUID,
)


def save(person_id: UUID, name: str, given: Mapping[str, str], days: int, now: datetime) -> None:
    """Under a name of the person's own; the same name again replaces it. Raises MandateError."""
    if not fit_text(name, MAX_NAME):
        raise MandateError("A view’s name has 1 to 40 characters and no telephone number.")
    kept = {key: given[key][:MAX_VALUE] for key in KEPT if given.get(key)}
    with transaction.atomic():
        own = SavedView.objects.filter(person_id=person_id)
        if own.exclude(name=name).count() >= MOST:
            raise MandateError("You have 20 views already. Remove one first.")
        told = {"given": kept, "days": days if days in DAYS else 0}
        SavedView.objects.update_or_create(person_id=person_id, name=name, defaults=told)
        facts = {"filters": " ".join(kept)}
        log.append(Kind.ACCESS_VIEW_SAVED, actor=person_id.hex, facts=facts, now=now)


def remove(person_id: UUID, view_id: UUID, now: datetime) -> None:
    """One's own; nothing happens where there is none."""
    with transaction.atomic():
        gone, _ = SavedView.objects.filter(id=view_id, person_id=person_id).delete()
        if gone:
            log.append(Kind.ACCESS_VIEW_REMOVED, actor=person_id.hex, facts={}, now=now)
