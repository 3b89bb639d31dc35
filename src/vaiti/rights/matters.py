"""What copies and letters are made for: a case, or a mandate of a case kept elsewhere."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from vaiti.access import mandates
from vaiti.access.copying import case_of, open_copy
from vaiti.access.mandates import MandateCard
from vaiti.rights import clock, recipients
from vaiti.rights.asking import Capacity, Right, State
from vaiti.rights.breaches import book as breaches
from vaiti.rights.case_models import Case, CaseCall, Decision
from vaiti.rights.clock import Course
from vaiti.rights.copies import Opener
from vaiti.rights.handlers import require_handler
from vaiti.rights.intake import number_of
from vaiti.rights.law import disclosures
from vaiti.rights.law.rules import BOTH
from vaiti.rights.law.rules import State as Step
from vaiti.rights.letter_rules import OF_BREACHES, OF_DISCLOSURES, Letter
from vaiti.rights.policy import CaseRules

OF_PERSONS = tuple(one for one in Letter if one not in (*OF_BREACHES, *OF_DISCLOSURES))
_GIVEN = (Step.APPROVED, Step.HANDED)
_COPYING = (Right.COPY, Right.PORTABILITY)


@dataclass(frozen=True, slots=True)
class Matter:
    """`calls` are those that were found to be the person's, `copies` those of which a copy was
    granted. `due` is the first limit, `longer` the one that an extension of today would give; both
    are None for a case that is kept elsewhere. `kinds` of letters are written in it; `home` is the
    address of its page where that is none of a case; `opener` decides who may open its calls."""

    id: UUID
    reference: str
    calls: tuple[UUID, ...]
    language: str = ""
    country: str = ""
    asked: tuple[str, ...] = ()
    received: date | None = None
    due: date | None = None
    longer: date | None = None
    longer_why: str = ""
    copies: tuple[UUID, ...] = ()
    recipients: tuple[str, ...] = field(default=(), repr=False)
    nobody: bool = False
    staff: bool = False
    kinds: tuple[Letter, ...] = OF_PERSONS
    home: str = ""
    opener: Opener = open_copy


def matter(
    person_id: UUID, matter_id: UUID, rules: CaseRules, today: date, now: datetime
) -> Matter:
    """For whoever handles it. Raises NotVisible, Unprepared."""
    if order := disclosures.open_card(person_id, matter_id, now):
        return _of_order(order, person_id)
    row = Case.objects.filter(id=matter_id).first()
    if breach := breaches.open_card(person_id, matter_id, now):
        home = f"/breaches/{matter_id.hex}/"
        return Matter(matter_id, breach.number, (), kinds=OF_BREACHES, home=home)
    if row is None:
        found = case_of(person_id, matter_id, now)
        return Matter(found.id, found.reference, found.calls, copies=found.calls)
    require_handler(person_id, now)
    mandate = mandates.card(row.mandate, now) if row.mandate else None
    received = row.arrived_on
    return Matter(
        id=row.id,
        reference=_reference(row, mandate),
        calls=_confirmed(row),
        language=row.language,
        country=row.country,
        asked=tuple(row.asked),
        received=received,
        due=clock.read(Course(received), rules.calendar, today).due,
        longer=clock.read(Course(received, extended_on=received), rules.calendar, today).due,
        longer_why=row.extended_why,
        copies=_granted(row),
        recipients=tuple(one.name for one in recipients.of_case(row)),
        nobody=row.recipients == "nobody",
        staff=row.capacity == Capacity.STAFF,
    )


def _of_order(order: disclosures.Card, person_id: UUID) -> Matter:
    """Of a disclosure required by law: letters, and evidence of what two persons have approved. It
    has both voices whole, so none is made where one of them is not disclosed."""
    whole = order.row.voices == BOTH and order.row.state in _GIVEN
    given = order.calls if whole else ()
    return Matter(
        id=order.id,
        reference=order.number,
        calls=order.calls,
        copies=given,
        kinds=OF_DISCLOSURES,
        home=f"/disclosures/{order.id.hex}/",
        opener=disclosures.opener(order.row, person_id),
    )


def _confirmed(row: Case) -> tuple[UUID, ...]:
    rows = CaseCall.objects.filter(case=row, confirmed=True).order_by("named_at", "id")
    return tuple(rows.values_list("call", flat=True))


def _granted(row: Case) -> tuple[UUID, ...]:
    """Nobody gets a copy of a candidate, which may be a stranger's, or before it was decided."""
    if row.state not in (State.DECIDED, State.FULFILLED):
        return ()
    rows = Decision.objects.filter(case=row, right__in=_COPYING, call__isnull=False)
    granted = set(rows.exclude(outcome="refused").values_list("call", flat=True))
    return tuple(one for one in _confirmed(row) if one in granted)


def _reference(row: Case, mandate: MandateCard | None) -> str:
    """Recordings are opened under the mandate's own."""
    return mandate.reference if mandate else number_of(row.year, row.serial)
