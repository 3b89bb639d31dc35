"""Why somebody may or may not hear a call: the facts, each rule, and what is missing.

Told to a data protection officer and an administrator of anyone, and to everyone of themselves for
calls that they may see. Nothing in it is a name or a number. To all others, and of what is not
there, it is NotVisible: it tells nobody that there is a call.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.decide import RULES, Act, Decision, Facts, Rule, decide
from vaiti.access.errors import NotVisible
from vaiti.access.standing import facts_of, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts as Entry
from vaiti.audit.kinds import Kind
from vaiti.register import calls

KNOWERS = holders(Besides.EXPLANATIONS)
OPERATOR = "system:command-line"


@dataclass(frozen=True, slots=True)
class RuleWhy:
    """A rule that comes near: the person has its role, or the leg is in its relation, or both."""

    rule: Rule
    has_role: bool
    has_relation: bool


@dataclass(frozen=True, slots=True)
class LegWhy:
    ordinal: int
    facts: Facts
    sees: Decision
    hears: Decision
    rules: tuple[RuleWhy, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    person_id: UUID
    call_id: UUID
    legs: tuple[LegWhy, ...]


def explain(asker_id: UUID, person_id: UUID, call_id: UUID, now: datetime) -> Explanation:
    """Raises NotVisible, and Unprepared to who asks of themselves. The asking is an entry."""
    with transaction.atomic(durable=True):
        found = _explanation(person_id, call_id, now)
        asker = standing(asker_id, now)
        knows = bool(asker.roles & KNOWERS)
        if asker_id == person_id and not knows:
            knows = any(leg.sees.allowed for leg in found.legs)
        _enter(asker_id.hex, found, now, told=knows and bool(found.legs))
    if knows and found.legs:
        return found
    raise no_to(asker) if asker_id == person_id else NotVisible


def explain_to_operator(person_id: UUID, call_id: UUID, now: datetime) -> Explanation:
    """To whoever holds the data folder. Raises NotVisible for what is not there."""
    with transaction.atomic(durable=True):
        found = _explanation(person_id, call_id, now)
        _enter(OPERATOR, found, now, told=bool(found.legs))
    if not found.legs:
        raise NotVisible
    return found


def _enter(actor: str, found: Explanation, now: datetime, *, told: bool) -> None:
    entry: Entry = {"person": found.person_id.hex, "told": told}
    kind, subject = Kind.ACCESS_EXPLANATION_READ, found.call_id.hex
    log.append(kind, actor=actor, subject=subject, facts=entry, now=now)


def _explanation(person_id: UUID, call_id: UUID, now: datetime) -> Explanation:
    person = standing(person_id, now, in_full=True)
    legs = []
    for leg in calls.legs(call_id):
        see = facts_of(person, leg, Act.SEE, now)
        hear = facts_of(person, leg, Act.HEAR, now)
        legs.append(LegWhy(leg.ordinal, see, decide(see), decide(hear), tuple(_near(see))))
    return Explanation(person_id, call_id, tuple(legs))


def _near(facts: Facts) -> Iterator[RuleWhy]:
    for rule in RULES:
        has_role = rule.role in facts.roles
        has_relation = rule.relation in facts.every_relation
        if has_role or has_relation:
            yield RuleWhy(rule, has_role, has_relation)
