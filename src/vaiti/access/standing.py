"""Gathers the facts that a decision rests on, from people and from the register, as of `now`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from vaiti.access.as_promised import EVERY, promised_roles, usable
from vaiti.access.balanced import training_stands
from vaiti.access.decide import Act, Decision, Facts, Named, Need, Relation, decide, lacks, reach
from vaiti.access.errors import NotVisible, Unprepared
from vaiti.access.limits import Managers, limits
from vaiti.access.naming import Pane, Permits, held_calls, named_calls, panes_of, permits_of
from vaiti.access.purposes import Purpose
from vaiti.people import book
from vaiti.people.readiness import Readiness, readiness
from vaiti.register.calls import LegCard
from vaiti.register.strands import Scope, Stay
from vaiti.values.clock import to_micros


@dataclass(frozen=True, slots=True)
class Standing:
    """A person at an instant: whether they are here, as what, and what is within their reach.

    `subordinates` are those of whom every leg is; `stays` bound those of whom only some are.
    `permits` are the approvals that stand, by call; `panes` the emergencies, likewise.
    `ready` is what they have of training and secrecy; `lacks`, what they must have first.
    """

    person_id: UUID
    here: bool
    roles: frozenset[str] = frozenset()
    subordinates: frozenset[UUID] = frozenset()
    stays: tuple[Stay, ...] = ()
    named: Mapping[UUID, frozenset[Named]] = field(default_factory=dict)
    permits: Mapping[UUID, Permits] = field(default_factory=dict)
    panes: Mapping[UUID, tuple[Pane, ...]] = field(default_factory=dict)
    ready: Readiness = field(default_factory=Readiness)

    @property
    def lacks(self) -> tuple[Need, ...]:
        return lacks(self.roles, self.ready.trained, self.ready.sworn)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody wants to hear a leg, as they typed it."""

    purpose: str = ""
    reference: str = ""


NO_REASON = Reason()


def standing(person_id: UUID, now: datetime, *, in_full: bool = False) -> Standing:
    """What no rule for the person's roles asks about is read only `in_full`, to explain a no."""
    card = book.person(person_id, now)
    if card is None:
        return Standing(person_id, here=False)
    roles = promised_roles(card.roles, now)
    leads = in_full or Relation.SUBORDINATES in reach(roles)
    in_team = limits().managers is Managers.IN_TEAM
    panes = _panes(person_id, roles, now)
    return Standing(
        person_id,
        here=True,
        roles=roles,
        subordinates=book.subordinates(person_id, now) if leads and not in_team else frozenset(),
        stays=_stays(person_id, now) if leads and in_team else (),
        named=_named(person_id, roles, panes, now),
        permits=permits_of(person_id, now) if limits().permits.purposes else {},
        panes=panes,
        ready=readiness(person_id, now),
    )


def _panes(person_id: UUID, roles: frozenset[str], now: datetime) -> dict[UUID, tuple[Pane, ...]]:
    """Asked for anew with each fact: a role that has ended ends its emergencies."""
    rules = limits().emergency
    return panes_of(person_id, rules, now) if roles & set(rules.roles) else {}


def _named(
    person_id: UUID,
    roles: frozenset[str],
    panes: Mapping[UUID, tuple[Pane, ...]],
    now: datetime,
) -> dict[UUID, frozenset[Named]]:
    found = named_calls(person_id, now)
    if Relation.HELD in reach(roles):
        for call, by_hold in held_calls(person_id, roles, now).items():
            found[call] = found.get(call, frozenset()) | by_hold
    for call, some in panes.items():
        extra = frozenset(one for pane in some for one in pane.named())
        if extra:
            found[call] = found.get(call, frozenset()) | extra
    return found


def _stays(person_id: UUID, now: datetime) -> tuple[Stay, ...]:
    return tuple(Stay(*one) for one in book.stays(person_id, now))


def relations(person: Standing, leg: LegCard) -> frozenset[Relation]:
    """What the leg is to the person. A leg of nobody known is nobody's own."""
    found = set()
    if leg.person_id is not None:
        if leg.person_id == person.person_id:
            found.add(Relation.OWN)
        if leg.person_id in person.subordinates or _within(person.stays, leg):
            found.add(Relation.SUBORDINATES)
    elif not leg.call.test_line:
        found.add(Relation.UNASSIGNED)
    if leg.call.test_line:
        found.add(Relation.TEST_LINE)
    return frozenset(found)


def _within(stays: tuple[Stay, ...], leg: LegCard) -> bool:
    return any(
        stay.person == leg.person_id
        and to_micros(stay.begun) <= leg.from_us
        and (stay.ended is None or leg.from_us < to_micros(stay.ended))
        for stay in stays
    )


def scope(person: Standing) -> Scope:
    """The rows that the rules give this person: made of the same table as every decision."""
    if not person.here or person.lacks:
        return Scope()
    reached = reach(person.roles)
    persons: set[UUID] = set()
    if Relation.OWN in reached:
        persons.add(person.person_id)
    leads = Relation.SUBORDINATES in reached
    if leads:
        persons |= person.subordinates
    return Scope(
        persons=frozenset(persons),
        test_line=Relation.TEST_LINE in reached,
        unassigned=Relation.UNASSIGNED in reached,
        calls=frozenset(
            call
            for call, names in person.named.items()
            if any(one.relation in reached for one in names)
        ),
        stays=person.stays if leads else (),
        held=frozenset(
            call
            for call, names in person.named.items()
            if Relation.HELD in reached and any(one.relation is Relation.HELD for one in names)
        ),
    )


def facts_of(
    person: Standing, leg: LegCard, act: Act, now: datetime, reason: Reason = NO_REASON
) -> Facts:
    """Everything that a decision on one leg rests on."""
    return Facts(
        act=act,
        here=person.here,
        roles=person.roles,
        relations=relations(person, leg),
        readable=leg.call.readable(now) and not (leg.call.silencing and act is Act.HEAR),
        purpose=reason.purpose,
        reference=reason.reference,
        mandates=person.named.get(leg.call.id, frozenset()),
        trained=person.ready.trained,
        sworn=person.ready.sworn,
        for_training=leg.call.for_training,
        asked_of=limits().permits.asked_of,
        permitted=frozenset(person.permits.get(leg.call.id, {})),
        emergencies=frozenset(pane.opened for pane in person.panes.get(leg.call.id, ())),
        narrowed=leg.call.narrowed(now),
        stopped=leg.call.stopped,
        balanced=_balanced(person, leg, act, now, reason),
        told=usable(leg.call.notice, leg.call.id) if act is Act.HEAR else EVERY,
    )


def _balanced(person: Standing, leg: LegCard, act: Act, now: datetime, reason: Reason) -> bool:
    """Asked only where somebody may be about to listen for training: lists go by without it."""
    named = person.named.get(leg.call.id, frozenset())
    gathered = any(one.relation is Relation.ACTIVITY for one in named)
    if act is not Act.HEAR or not (gathered or reason.purpose == Purpose.TRAINING.value):
        return True
    return training_stands(leg.call.line_number, now)


def decide_on(
    person: Standing, leg: LegCard, act: Act, now: datetime, reason: Reason = NO_REASON
) -> Decision:
    """Gathers the facts of one leg and decides."""
    return decide(facts_of(person, leg, act, now, reason))


def emergency_of(person: Standing, leg: LegCard, reason: Reason, now: datetime) -> UUID | None:
    """The emergency that an allowed listening rests on; None where it needs none."""
    panes = person.panes.get(leg.call.id, ())
    facts = facts_of(person, leg, Act.HEAR, now, reason)
    if not panes or decide(facts.without_emergencies()).allowed:
        return None
    return next((one.id for one in panes if one.opened.reference == reason.reference), None)


def no_to(person: Standing) -> Exception:
    """How a door says no to a person who may not: with what is missing, or with nothing."""
    return Unprepared(person.lacks) if person.lacks else NotVisible()
