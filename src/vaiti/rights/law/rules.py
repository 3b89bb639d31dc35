"""Disclosures required by law, and complaints: their states, and what each step asks for. Pure.

A disclosure names the statute and the order, is called back through the authority's public number,
and is decided by two persons, one of them the officer (design question k). "The police asked" is no
statute; and an order to preserve gives nobody the content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from vaiti.rights.errors import CaseRefused

MOST_CALLS: Final = 50
LONGEST_SECRET: Final = timedelta(days=366)


class State(StrEnum):
    RECEIVED = "received"
    VERIFIED = "verified"
    PROPOSED = "proposed"
    APPROVED = "approved"
    HANDED = "handed"
    REFUSED = "refused"
    CLOSED = "closed"


MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.RECEIVED: frozenset({State.VERIFIED, State.REFUSED}),
    State.VERIFIED: frozenset({State.PROPOSED, State.REFUSED, State.CLOSED}),
    State.PROPOSED: frozenset({State.APPROVED, State.VERIFIED, State.REFUSED}),
    State.APPROVED: frozenset({State.HANDED, State.REFUSED}),
    State.HANDED: frozenset({State.CLOSED}),
    State.REFUSED: frozenset({State.CLOSED}),
    State.CLOSED: frozenset(),
}
"""Of a disclosure. What is sent back by the second person is verified again."""


@dataclass(frozen=True, slots=True)
class Statute:
    """`law` as it is cited; `gives` the content, or only that it is kept."""

    law: str
    gives: bool = True


STATUTES: Final[Mapping[str, Statute]] = {
    "seizure": Statute("Coercive Measures Act (806/2011), chapter 7"),
    "preservation": Statute("Coercive Measures Act (806/2011), chapter 8, section 24", gives=False),
    "police_information": Statute("Police Act (872/2011), chapter 4, section 3"),
    "court_order": Statute("Code of Judicial Procedure (4/1734), chapter 17, section 40"),
    "supervision": Statute("GDPR, Article 58(1)(e); Data Protection Act (1050/2018), section 18"),
    "se_seizure": Statute("Rättegångsbalken (1942:740), 27 kap. 1 §"),
    "se_court_order": Statute("Rättegångsbalken (1942:740), 38 kap. 2 §"),
}
"""The closed list. Another one is a change of the program, after counsel has looked at it."""
BOTH: Final = "both"
VOICES: Final = (BOTH, "customer", "agent")
UNTOLD: Final = ("unknown",)
"""Nobody knows who the person is: a masked number names nobody."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done of a disclosure, as far as closing depends on it."""

    state: str
    statute: str
    told: bool
    untold: str


def check_move(now: str, then: State) -> None:
    """Raises CaseRefused."""
    if then not in MOVES[State(now)]:
        raise CaseRefused("state")


def check_statute(statute: str) -> None:
    """Raises CaseRefused."""
    if statute not in STATUTES:
        raise CaseRefused("statute")


def check_proposal(statute: str, calls: int) -> None:
    """Raises CaseRefused."""
    if not STATUTES[statute].gives:
        raise CaseRefused("preserves_only")
    if not 0 < calls <= MOST_CALLS:
        raise CaseRefused("no_calls")


def check_second(proposed_by: str, second: str, officers: set[str]) -> None:
    """Two persons, one of them the officer. Raises CaseRefused."""
    if proposed_by == second:
        raise CaseRefused("same_person")
    if not {proposed_by, second} & officers:
        raise CaseRefused("officer")


def check_secret(until: date, today: date) -> None:
    """The day on which secrecy is looked at again. Raises CaseRefused."""
    if not today < until <= today + LONGEST_SECRET:
        raise CaseRefused("secret_until")


def lacks(done: Progress) -> str:
    """What must be done before it closes, as a code; nothing where it may."""
    if done.state == State.REFUSED:
        return ""
    if done.state == State.VERIFIED and not STATUTES[done.statute].gives:
        return ""
    if done.state != State.HANDED:
        return "not_handed"
    return "" if done.told or done.untold else "not_told"


class Complaint(StrEnum):
    """The states of a complaint."""

    RECEIVED = "received"
    ANSWERED = "answered"
    DECIDED = "decided"


COMPLAINT_MOVES: Final[Mapping[Complaint, frozenset[Complaint]]] = {
    Complaint.RECEIVED: frozenset({Complaint.ANSWERED, Complaint.DECIDED}),
    Complaint.ANSWERED: frozenset({Complaint.ANSWERED, Complaint.DECIDED}),
    Complaint.DECIDED: frozenset(),
}
FROM: Final = ("person", "authority")
"""Who complains to the controller, or which authority asks it (Art. 77, N-48)."""
OUTCOMES: Final = ("upheld", "partly", "rejected", "withdrawn")


def check_complaint_move(now: str, then: Complaint) -> None:
    """Raises CaseRefused."""
    if then not in COMPLAINT_MOVES[Complaint(now)]:
        raise CaseRefused("state")


def late(answer_by: date | None, today: date, *, waits: bool) -> bool:
    """Whether an answer is due tomorrow, today, or was due."""
    return waits and answer_by is not None and answer_by - timedelta(days=1) <= today
