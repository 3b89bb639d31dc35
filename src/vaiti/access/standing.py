"""Gathers the facts that a decision rests on, from people and from the register, as of `now`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.access.decide import Act, Decision, Facts, Relation, decide, reach
from vaiti.people import book
from vaiti.register.calls import LegCard, Scope


@dataclass(frozen=True, slots=True)
class Standing:
    """A person at an instant: whether they are here, as what, and who answers to them."""

    person_id: UUID
    here: bool
    roles: frozenset[str]
    subordinates: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody wants to hear a leg, as they typed it."""

    purpose: str = ""
    reference: str = ""


NO_REASON = Reason()


def standing(person_id: UUID, now: datetime) -> Standing:
    card = book.person(person_id, now)
    if card is None:
        return Standing(person_id, False, frozenset(), frozenset())
    return Standing(person_id, True, card.roles, book.subordinates(person_id, now))


def relations(person: Standing, leg: LegCard) -> frozenset[Relation]:
    """What the leg is to the person. A leg of nobody known is nobody's own."""
    found = set()
    if leg.person_id is not None:
        if leg.person_id == person.person_id:
            found.add(Relation.OWN)
        if leg.person_id in person.subordinates:
            found.add(Relation.SUBORDINATES)
    if leg.call.test_line:
        found.add(Relation.TEST_LINE)
    return frozenset(found)


def scope(person: Standing) -> Scope:
    """The rows that the rules give this person: made of the same table as every decision."""
    if not person.here:
        return Scope()
    reached = reach(person.roles)
    persons: set[UUID] = set()
    if Relation.OWN in reached:
        persons.add(person.person_id)
    if Relation.SUBORDINATES in reached:
        persons |= person.subordinates
    return Scope(frozenset(persons), Relation.TEST_LINE in reached)


def decide_on(
    person: Standing, leg: LegCard, act: Act, now: datetime, reason: Reason = NO_REASON
) -> Decision:
    """Gathers the facts of one leg and decides."""
    facts = Facts(
        act=act,
        here=person.here,
        roles=person.roles,
        relations=relations(person, leg),
        readable=leg.call.kept and now < leg.call.due_at,
        purpose=reason.purpose,
        reference=reason.reference,
    )
    return decide(facts)
