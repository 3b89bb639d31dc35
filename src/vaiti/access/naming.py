"""Which calls the open mandates give to a person, and what a second person has approved."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from vaiti.access.decide import Named, Opened, Relation
from vaiti.access.emergency_rules import EmergencyRules, Stands
from vaiti.access.models import Approval, Emergency, MandateCall, MandatePerson, Permit
from vaiti.access.permit_rules import State
from vaiti.asking.prepared import Prepared
from vaiti.people.dated import standing
from vaiti.register import holds

Permits = Mapping[tuple[str, str], UUID]
"""Purpose and reference to the id of the yes that stands for them."""


def naming(now: datetime) -> Q:
    """Who is named now; nobody who came back by what named them in an earlier stay."""
    return standing(now) & this_stay("valid_from")


def this_stay(since: str) -> Q:
    """What was given to its person, at `since`, in the stay in which they are here now."""
    return Q(**{f"{since}__gte": F("person__active_from")})


def named_calls(person_id: UUID, now: datetime) -> dict[UUID, frozenset[Named]]:
    """Call to the open mandates that name both it and the person."""
    mandates = {
        mandate: (Relation(kind), reference)
        for mandate, kind, reference in _NAMED.rows(person=person_id, now=now)
    }
    if not mandates:
        return {}
    approved = _approved(person_id, now)
    found: dict[UUID, set[Named]] = defaultdict(set)
    rows = MandateCall.objects.filter(mandate_id__in=mandates)
    for mandate, call in rows.values_list("mandate_id", "call_id"):
        found[call].add(Named(*mandates[mandate], approved=(mandate, call) in approved))
    return {call: frozenset(some) for call, some in found.items()}


def held_calls(
    person_id: UUID, roles: frozenset[str], now: datetime
) -> dict[UUID, frozenset[Named]]:
    """Call to the holds that stand for it: the officer's are all, anybody else's those they own."""
    found: dict[UUID, set[Named]] = defaultdict(set)
    for call, reference in holds.named(None if "dpo" in roles else person_id, now):
        found[call].add(Named(Relation.HELD, reference))
    return {call: frozenset(some) for call, some in found.items()}


def incidents_of(person_id: UUID, call_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """The open incidents that name both: whose page the person may look at."""
    names = MandatePerson.objects.filter(naming(now), _open(now), person_id=person_id)
    theirs = names.filter(mandate__kind=Relation.INCIDENT.value).values("mandate_id")
    about = MandateCall.objects.filter(call_id=call_id, mandate_id__in=theirs)
    return tuple(about.order_by("mandate_id").values_list("mandate_id", flat=True))


def _open(now: datetime) -> Q:
    """As `mandates` reads it: from its opening to its end, or to its closing if that is sooner."""
    closing = Q(mandate__closed_at__isnull=True) | Q(mandate__closed_at__gt=now)
    return closing & Q(mandate__opened_at__lte=now, mandate__ends_at__gt=now)


_NAMED = Prepared(
    lambda person, now: MandatePerson.objects.filter(
        naming(now), _open(now), person_id=person
    ).values_list("mandate_id", "mandate__kind", "mandate__reference"),
    person=UUID,
    now=datetime,
)


def _approved(person_id: UUID, now: datetime) -> set[tuple[UUID, UUID]]:
    """Mandate and call of the approvals that stand for the person."""
    rows = Approval.objects.filter(
        this_stay("asked_at"),
        person_id=person_id,
        allowed=True,
        decided_at__lte=now,
        ends_at__gt=now,
    )
    return set(rows.values_list("mandate_id", "call_id"))


def permits_of(person_id: UUID, now: datetime) -> dict[UUID, Permits]:
    """Call to the yeses that the person has for it."""
    found: dict[UUID, dict[tuple[str, str], UUID]] = defaultdict(dict)
    rows = Permit.objects.filter(
        this_stay("asked_at"),
        person_id=person_id,
        state=State.GIVEN,
        answered_at__lte=now,
        ends_at__gt=now,
    )
    for one in rows.values_list("call_id", "purpose", "reference", "id"):
        found[one[0]][one[1], one[2]] = one[3]
    return dict(found)


@dataclass(frozen=True, slots=True)
class Pane:
    """An emergency that stands, as one call of its case or incident sees it."""

    id: UUID
    relation: Relation
    opened: Opened

    def named(self) -> frozenset[Named]:
        """As if somebody had named the person, where the settings let it stand for that."""
        if Stands.NAMING not in self.opened.stands_for:
            return frozenset()
        return frozenset({Named(self.relation, self.opened.reference, emergency=True)})


def panes_of(person_id: UUID, rules: EmergencyRules, now: datetime) -> dict[UUID, tuple[Pane, ...]]:
    """Call to the emergencies of the person that stand and whose matter it is in."""
    rows = Emergency.objects.filter(
        _open(now),
        this_stay("opened_at"),
        person_id=person_id,
        opened_at__lte=now,
        ends_at__gt=now,
    )
    found: dict[UUID, tuple[Pane, ...]] = {}
    for row in rows.select_related("mandate"):
        opened = Opened(row.mandate.reference, rules.standing_for)
        pane = Pane(row.id, Relation(row.mandate.kind), opened)
        about = MandateCall.objects.filter(mandate_id=row.mandate_id)
        for call in about.values_list("call_id", flat=True):
            found[call] = (*found.get(call, ()), pane)
    return found
