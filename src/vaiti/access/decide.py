"""Who may do what: one table of rules over facts, and nothing else decides. Pure.

The table is docs/access.md as code (N-27 to N-29). A rule holds for a role and for one relation
of the person to the leg; without a rule there is no access, and no one learns whether there is a
call.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from vaiti.access.purposes import Purpose

MIN_REFERENCE = 3  # in characters
MAX_REFERENCE = 40
MAX_DIGITS = 8  # more, whatever stands around them, may be a customer's whole number (N-15)
_REFERENCE = re.compile(rf"[A-Za-z0-9][A-Za-z0-9/#._-]{{{MIN_REFERENCE - 1},{MAX_REFERENCE - 1}}}")
_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_NUMBER_LIKE = re.compile(r"[0-9/#._-]{7,}")
_OF_A_YEAR = re.compile(r"20[0-9]{2}[-/][0-9]{1,6}")  # 2026-118, as cases are often numbered


class Act(StrEnum):
    SEE = "see"
    HEAR = "hear"


class Relation(StrEnum):
    """What a leg is to a person."""

    OWN = "own"
    SUBORDINATES = "subordinates"
    TEST_LINE = "test_line"


class Need(StrEnum):
    """What is missing, and can be mended by the person who asks."""

    PURPOSE = "purpose"
    REFERENCE = "reference"
    SECOND_PERSON = "second_person"
    OPENING = "opening"


@dataclass(frozen=True, slots=True)
class Rule:
    """Those with `role` may see and hear legs in this `relation`; `asks` before others' calls."""

    name: str
    role: str
    relation: Relation
    asks: tuple[Need, ...] = ()


RULES = (
    Rule("own_leg", "service_agent", Relation.OWN),
    Rule("own_leg", "sales_agent", Relation.OWN),
    Rule(
        "subordinate_leg",
        "manager",
        Relation.SUBORDINATES,
        asks=(Need.PURPOSE, Need.REFERENCE),
    ),
    Rule("test_line", "administrator", Relation.TEST_LINE),
)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on, as of one instant.

    `here`: the person has not left. `readable`: the call is kept and its due instant is to come.
    `purpose` and `reference` are as typed; both are empty where only rows are asked for.
    """

    act: Act
    here: bool
    roles: frozenset[str]
    relations: frozenset[Relation]
    readable: bool
    purpose: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` is empty where no rule holds; `needs` says what a refusal with a rule would mend.

    `purpose` is what an allowed listening is for.
    """

    allowed: bool
    rule: str = ""
    needs: tuple[Need, ...] = ()
    purpose: Purpose | None = None


NOTHING = Decision(allowed=False)


def decide(facts: Facts) -> Decision:
    """The first rule of the table that holds; of several, one that asks for nothing more."""
    if not (facts.here and facts.readable):
        return NOTHING
    found = [_apply(rule, facts) for rule in RULES if _holds(rule, facts)]
    return min(found, key=lambda decision: len(decision.needs), default=NOTHING)


def reach(roles: frozenset[str]) -> frozenset[Relation]:
    """The relations in which somebody with `roles` sees rows: what a list is made of."""
    return frozenset(rule.relation for rule in RULES if rule.role in roles)


def _holds(rule: Rule, facts: Facts) -> bool:
    return rule.role in facts.roles and rule.relation in facts.relations


def _apply(rule: Rule, facts: Facts) -> Decision:
    if facts.act is Act.SEE:
        return Decision(allowed=True, rule=rule.name)
    purpose = _purpose(rule, facts.purpose)
    needs = tuple(_missing(rule, facts, purpose))
    return Decision(allowed=not needs, rule=rule.name, needs=needs, purpose=purpose)


def _purpose(rule: Rule, typed: str) -> Purpose | None:
    """Own calls are heard to verify what was said, unless the agent says otherwise."""
    if not typed and Need.PURPOSE not in rule.asks:
        return Purpose.VERIFY
    return _PURPOSES.get(typed)


def _missing(rule: Rule, facts: Facts, purpose: Purpose | None) -> list[Need]:
    missing = []
    if purpose is None:
        missing.append(Need.PURPOSE)
    if purpose is Purpose.SECURITY:
        # N-07: never alone; the second person's approval comes with the incident room
        missing.append(Need.SECOND_PERSON)
    if (Need.REFERENCE in rule.asks or facts.reference) and not fit_reference(facts.reference):
        missing.append(Need.REFERENCE)
    return missing


def fit_reference(reference: str) -> bool:
    """Whether it names a case, a transaction or an activity: no spaces, and no telephone number."""
    if _OF_A_YEAR.fullmatch(reference):
        return True
    if not _REFERENCE.fullmatch(reference) or _NUMBER_LIKE.fullmatch(reference):
        return False
    return sum(each.isdigit() for each in reference) <= MAX_DIGITS
