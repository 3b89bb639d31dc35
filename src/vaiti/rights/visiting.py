"""Who comes to listen on a day, for whoever opens the door: names, times, rooms, needs (N-43)."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights import sittings, slots
from vaiti.rights.handlers import require_desk
from vaiti.rights.intake import number_of
from vaiti.rights.person_models import Sitting, Slot
from vaiti.rights.slots import ACCEPTED, SlotCard


@dataclass(frozen=True, slots=True)
class Visitor:
    """`language` is the person's; `coded`: they have a code for the kiosk; `been`: they were here
    and have ended it."""

    case: UUID
    number: str
    slot: SlotCard
    name: str = field(repr=False)
    language: str
    coded: bool
    been: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The visitors of a day, the earliest first, and when the first comes after it."""

    visitors: tuple[Visitor, ...]
    next_at: datetime | None


def on_day(person_id: UUID, begins: datetime, ends: datetime, now: datetime) -> Day:
    """Looked at by those who see cases, on record. Raises NotVisible."""
    with transaction.atomic(durable=True):
        require_desk(person_id, now)
        rows = Slot.objects.filter(state=ACCEPTED).select_related("case")
        some = rows.filter(begins_at__gte=begins, begins_at__lt=ends).order_by("begins_at", "id")
        found = tuple(_visitor(one, now) for one in some)
        later = rows.filter(begins_at__gte=max(ends, now)).order_by("begins_at").first()
        facts: Facts = {"rows": len(found)}
        log.append(Kind.RIGHTS_VISITS_SEEN, actor=person_id.hex, subject="", facts=facts, now=now)
    return Day(found, later.begins_at if later else None)


def _visitor(one: Slot, now: datetime) -> Visitor:
    case = one.case
    return Visitor(
        case.id,
        number_of(case.year, case.serial),
        slots.card_of(one, now),
        case.shown_name or case.name,
        case.language,
        sittings.waits(case.id, now),
        Sitting.objects.filter(case=case, ended_at__gte=one.begins_at).exists(),
    )
