"""The table of who may what, as pages, documents and the command line show it. Pure.

What is seen and heard is read off the rules that decide; what a role may do besides stands here,
and the doors of those things read it from here.
"""

from dataclasses import dataclass
from enum import StrEnum

from vaiti.access.decide import RULES, Need, Part, Relation, Rule
from vaiti.access.purposes import Purpose


class Besides(StrEnum):
    """What a role may do that is neither seeing nor hearing a call."""

    WHO_LISTENED = "who_listened"
    LOG = "log"
    STATE = "state"
    INCIDENTS = "incidents"
    APPROVALS = "approvals"
    EXPLANATIONS = "explanations"
    ACTIVITIES = "activities"
    ALERTS = "alerts"
    QUEUE = "queue"
    SAMPLES = "samples"
    TEAMS = "teams"
    OWN_LISTENING = "own_listening"
    PEOPLE = "people"
    COUNTS = "counts"
    TOKENS = "tokens"
    SILENCE = "silence"
    REPORT = "report"
    LINES = "lines"
    PROOF = "proof"
    HOLDS = "holds"
    CASES = "cases"
    PERIODS = "periods"
    DESTRUCTION = "destruction"
    PROMISES = "promises"
    BREACHES = "breaches"


BESIDES: dict[str, tuple[Besides, ...]] = {
    "service_agent": (Besides.WHO_LISTENED,),
    "sales_agent": (Besides.WHO_LISTENED,),
    "manager": (Besides.TEAMS, Besides.OWN_LISTENING, Besides.SILENCE),
    "rights_handler": (
        *(Besides.SILENCE, Besides.HOLDS, Besides.CASES),
        Besides.DESTRUCTION,
    ),
    "dpo": (
        *(Besides.LOG, Besides.STATE, Besides.INCIDENTS),
        *(Besides.APPROVALS, Besides.EXPLANATIONS, Besides.ALERTS, Besides.QUEUE),
        *(Besides.COUNTS, Besides.SILENCE, Besides.REPORT, Besides.PROOF, Besides.HOLDS),
        *(Besides.CASES, Besides.PERIODS, Besides.DESTRUCTION, Besides.PROMISES),
        Besides.BREACHES,
    ),
    "security_lead": (*(Besides.INCIDENTS, Besides.APPROVALS, Besides.ALERTS, Besides.BREACHES),),
    "trainer": (Besides.ACTIVITIES,),
    "administrator": (
        *(Besides.STATE, Besides.EXPLANATIONS, Besides.PEOPLE, Besides.TOKENS, Besides.LINES),
    ),
    "auditor": (
        *(Besides.LOG, Besides.SAMPLES, Besides.REPORT, Besides.PROOF),
        Besides.PROMISES,
    ),
    "assigner": (),
}
"""Every role there is, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Legs in `relation` are heard when everything of `needs` is given; for `purpose` only."""

    relation: Relation
    needs: tuple[Need, ...]
    purpose: Purpose | None


@dataclass(frozen=True, slots=True)
class Correcting:
    """Of legs in `relation` these parts may be put right, if they are wrong."""

    relation: Relation
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class RoleRow:
    role: str
    rows: tuple[Relation, ...]
    hears: tuple[Hearing, ...]
    corrects: tuple[Correcting, ...]
    besides: tuple[Besides, ...]


def table() -> tuple[RoleRow, ...]:
    """One row a role."""
    return tuple(_row(role) for role in BESIDES)


def holders(of: Besides) -> frozenset[str]:
    """The roles that may do it."""
    return frozenset(role for role, some in BESIDES.items() if of in some)


def _row(role: str) -> RoleRow:
    held = [rule for rule in RULES if rule.role == role]
    return RoleRow(
        role=role,
        rows=tuple(rule.relation for rule in held),
        hears=tuple(_hearing(rule) for rule in held if rule.heard),
        corrects=tuple(Correcting(one.relation, one.corrects) for one in held if one.corrects),
        besides=BESIDES[role],
    )


def _hearing(rule: Rule) -> Hearing:
    """For security there is always a second person besides (N-07)."""
    second = (Need.SECOND_PERSON,) if rule.purpose is Purpose.SECURITY else ()
    return Hearing(rule.relation, (*rule.asks, *second), rule.purpose)
