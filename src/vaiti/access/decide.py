"""Who may do what: one table of rules over facts, and nothing else decides. Pure.

The table is docs/access.md as code (N-27 to N-29). A rule holds for a role and for one relation
of the person to the leg; without a rule there is no access, and no one learns whether there is a
call.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from vaiti.access.emergency_rules import Stands
from vaiti.access.purposes import Purpose
from vaiti.access.references import fit_reference

_PURPOSES = {purpose.value: purpose for purpose in Purpose}


class Act(StrEnum):
    SEE = "see"
    HEAR = "hear"


class Relation(StrEnum):
    """What a leg is to a person. Three come of a mandate that names both, the last of a hold."""

    OWN = "own"
    SUBORDINATES = "subordinates"
    TEST_LINE = "test_line"
    UNASSIGNED = "unassigned"
    CASE = "case"
    ACTIVITY = "activity"
    INCIDENT = "incident"
    HELD = "held"


class Part(StrEnum):
    """What of a call's facts can be wrong and be put right. The sound never is."""

    AGENT = "agent"
    LINE = "line"
    DIRECTION = "direction"


class Need(StrEnum):
    """What is missing, and can be mended by the person who asks."""

    PURPOSE = "purpose"
    REFERENCE = "reference"
    SECOND_PERSON = "second_person"
    APPROVAL = "approval"
    OPENING = "opening"
    OTHER_PURPOSE = "other_purpose"
    BALANCING = "balancing"
    TRAINING = "training"
    UNDERTAKING = "undertaking"


@dataclass(frozen=True, slots=True)
class Rule:
    """Those with `role` may see and hear legs in this `relation`; `asks` before others' calls.

    With a `purpose`, legs are heard for that one only, and the reference is the mandate's own.
    One that is not of those `heard` gives rows and no sound. `corrects` is what may be put right.
    """

    name: str
    role: str
    relation: Relation
    asks: tuple[Need, ...] = ()
    purpose: Purpose | None = None
    heard: bool = True
    corrects: tuple[Part, ...] = ()


_CASE, _ACTIVITY, _INCIDENT = Relation.CASE, Relation.ACTIVITY, Relation.INCIDENT
_NAMED = (Need.REFERENCE,)
_WHY = (Need.PURPOSE, Need.REFERENCE)
_ALL = tuple(Part)

OTHERS = frozenset({Relation.SUBORDINATES, _ACTIVITY})
"""Where the settings may want a second person's yes: others' calls, heard in everyday work."""

RULES = (
    Rule("own_leg", "service_agent", Relation.OWN),
    Rule("own_leg", "sales_agent", Relation.OWN),
    Rule("subordinate_leg", "manager", Relation.SUBORDINATES, _WHY, corrects=_ALL),
    Rule("case_leg", "rights_handler", _CASE, _NAMED, Purpose.RIGHTS, corrects=_ALL),
    Rule("case_leg", "dpo", _CASE, _NAMED, Purpose.RIGHTS),
    Rule("incident_leg", "dpo", _INCIDENT, _NAMED, Purpose.SECURITY),
    Rule("held_leg", "rights_handler", Relation.HELD, _NAMED, Purpose.RIGHTS, corrects=_ALL),
    Rule("held_leg", "dpo", Relation.HELD, _NAMED, Purpose.RIGHTS),
    Rule("activity_leg", "trainer", _ACTIVITY, _NAMED, Purpose.TRAINING),
    Rule("test_line", "administrator", Relation.TEST_LINE),
    Rule("incident_leg", "administrator", _INCIDENT, _NAMED, Purpose.SECURITY),
    Rule("unassigned_leg", "assigner", Relation.UNASSIGNED, heard=False, corrects=(Part.AGENT,)),
)


@dataclass(frozen=True, slots=True)
class Named:
    """An open mandate that names the person and the leg's call.

    `approved`: a second person has approved that this person hears this call, and the approval
    stands. `emergency`: nobody has named the person, who has opened an emergency (`Opened`).
    """

    relation: Relation
    reference: str
    approved: bool = False
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """An emergency of this person that stands, in whose case or incident the leg's call is."""

    reference: str
    stands_for: frozenset[Stands]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a decision rests on, as of one instant.

    `here`: the person has not left. `readable`: the call is kept and its due instant is to come.
    `trained`, `sworn`: a training record and an undertaking of secrecy stand (N-31, N-34).
    `for_training`: nobody has objected to the call being used so (N-06). `stopped`: the purposes to
    which the person recorded has objected (Art. 21).
    `told`: the purposes that the caller was told of, with consent where they need it (N-08, N-41).
    `purpose` and `reference` are as typed; both are empty where only rows are asked for.
    `asked_of`: the roles and purposes for which the settings want a second person's yes;
    `permitted`: the purposes and references for which this person has it, of this call.
    `emergencies` are those of this person in which this call is. `narrowed`: the call outlives its
    ordinary day, or was restricted, and only the people of its hold see it. `balanced`: no record
    of why this line serves for training is overdue (N-10).
    """

    act: Act
    here: bool
    roles: frozenset[str]
    relations: frozenset[Relation]
    readable: bool
    purpose: str = ""
    reference: str = ""
    mandates: frozenset[Named] = frozenset()
    trained: bool = False
    sworn: bool = False
    for_training: bool = True
    asked_of: frozenset[tuple[str, str]] = frozenset()
    permitted: frozenset[tuple[str, str]] = frozenset()
    emergencies: frozenset[Opened] = frozenset()
    narrowed: bool = False
    stopped: frozenset[str] = frozenset()
    balanced: bool = True
    told: frozenset[str] = frozenset(_PURPOSES)

    @property
    def every_relation(self) -> frozenset[Relation]:
        return self.relations | {one.relation for one in self.mandates}

    def emergency_for(self, what: Stands, *, here: bool = True) -> bool:
        """Whether an emergency stands for it; `here`: under the reference that is given."""
        return any(
            what in one.stands_for and (not here or one.reference == self.reference)
            for one in self.emergencies
        )

    def without_emergencies(self) -> "Facts":
        """The same as if this person had opened none."""
        named = frozenset(one for one in self.mandates if not one.emergency)
        return replace(self, mandates=named, emergencies=frozenset())


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
    trained = facts.trained or facts.emergency_for(Stands.TRAINING, here=False)
    lacking = lacks(facts.roles, trained, facts.sworn)
    if lacking:
        return Decision(allowed=False, needs=lacking)
    held = [rule for rule in RULES if holds(rule, facts) and (rule.heard or facts.act is Act.SEE)]
    found = [_apply(rule, facts) for rule in held]
    return min(found, key=lambda decision: len(decision.needs), default=NOTHING)


def reach(roles: Iterable[str]) -> frozenset[Relation]:
    """The relations in which somebody with `roles` sees rows: what a list is made of."""
    held = frozenset(roles)
    return frozenset(rule.relation for rule in RULES if rule.role in held)


def purposes(facts: Facts) -> tuple[Purpose, ...]:
    """What the person may choose from: security only where an incident names person and call."""
    held = [rule for rule in RULES if rule.heard and holds(rule, facts)]
    incident = Relation.INCIDENT in facts.every_relation
    return tuple(
        one
        for one in Purpose
        if any(rule.purpose in (None, one) for rule in held)
        and (one is not Purpose.SECURITY or incident)
        and not _objected(facts, one)
    )


def corrector(facts: Facts, part: Part) -> str:
    """The rule by which the person may put `part` of the leg right; empty where none does.

    In an emergency calls are heard, and nothing is changed.
    """
    facts = facts.without_emergencies()
    sees = decide(replace(facts, act=Act.SEE)).allowed
    held = [rule for rule in RULES if sees and part in rule.corrects and holds(rule, facts)]
    return held[0].name if held else ""


def holds(rule: Rule, facts: Facts) -> bool:
    """Of a narrowed call nothing holds but what the hold itself gives."""
    if facts.narrowed and rule.relation is not Relation.HELD:
        return False
    return rule.role in facts.roles and rule.relation in facts.every_relation


def lacks(roles: frozenset[str], trained: bool, sworn: bool) -> tuple[Need, ...]:
    """What keeps whoever might see rows from seeing any, their own too; the same for every call.

    Nothing is asked of those to whom no rule gives a row: they are told nothing of calls anyway.
    """
    if not reach(roles):
        return ()
    asked = ((Need.TRAINING, trained), (Need.UNDERTAKING, sworn))
    return tuple(need for need, there in asked if not there)


def _apply(rule: Rule, facts: Facts) -> Decision:
    if facts.act is Act.SEE:
        return Decision(allowed=True, rule=rule.name)
    purpose = _purpose(rule, facts.purpose)
    needs = tuple(_missing(rule, facts, purpose))
    return Decision(allowed=not needs, rule=rule.name, needs=needs, purpose=purpose)


def _purpose(rule: Rule, typed: str) -> Purpose | None:
    """Own calls are heard to verify what was said, unless the agent says otherwise."""
    if rule.purpose is not None:
        return rule.purpose if typed in ("", rule.purpose.value) else None
    if not typed and Need.PURPOSE not in rule.asks:
        return Purpose.VERIFY
    return _PURPOSES.get(typed)


def _missing(rule: Rule, facts: Facts, purpose: Purpose | None) -> list[Need]:
    missing = []
    if purpose is None:
        missing.append(Need.PURPOSE)
    if purpose is not None and _objected(facts, purpose):
        missing.append(Need.OTHER_PURPOSE)
    if purpose is Purpose.TRAINING and not facts.balanced:
        missing.append(Need.BALANCING)
    if purpose is Purpose.SECURITY and not _approved(facts):
        missing.append(Need.SECOND_PERSON)
    if not _reference_fits(rule, facts):
        missing.append(Need.REFERENCE)
    elif not (facts.trained or facts.emergency_for(Stands.TRAINING)):
        missing.append(Need.REFERENCE)  # untrained, and not for the emergency's own matter
    if purpose is not None and not _permitted(rule, facts, purpose):
        missing.append(Need.APPROVAL)
    return missing


def _objected(facts: Facts, purpose: Purpose) -> bool:
    """Rights are safeguarded in any case: whoever objected must still get an answer."""
    if purpose is Purpose.TRAINING and not facts.for_training:
        return True
    untold = purpose.value not in facts.told
    return purpose is not Purpose.RIGHTS and (untold or purpose.value in facts.stopped)


def _permitted(rule: Rule, facts: Facts, purpose: Purpose) -> bool:
    """A yes gives no right: it only takes this need away, for its purpose and reference."""
    if rule.relation not in OTHERS or (rule.role, purpose.value) not in facts.asked_of:
        return True
    given = (purpose.value, facts.reference) in facts.permitted
    return given or facts.emergency_for(Stands.APPROVAL)


def _approved(facts: Facts) -> bool:
    """N-07: never alone, and never but in an incident, whatever right there is besides.

    Alone only where the settings let an emergency stand for the second person, who looks after it.
    """
    alone = facts.emergency_for(Stands.SECOND_PERSON)
    return any(
        (one.approved or alone) and one.reference == facts.reference
        for one in facts.mandates
        if one.relation is Relation.INCIDENT
    )


def _reference_fits(rule: Rule, facts: Facts) -> bool:
    """Under a mandate it is the mandate's own; else anything that names something."""
    if rule.purpose is not None:
        return any(
            one.reference == facts.reference
            for one in facts.mandates
            if one.relation is rule.relation
        )
    if Need.REFERENCE in rule.asks or facts.reference:
        return fit_reference(facts.reference)
    return True
