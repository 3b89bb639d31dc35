"""What may be asked, by whom, how it comes, and how a case moves. Tables; pure."""

from collections.abc import Collection, Sequence
from enum import StrEnum


class Right(StrEnum):
    """What a person may ask. A copy and listening at the office are two, and equals (D-01)."""

    COPY = "copy"
    LISTENING = "listening"
    INFORMATION = "information"
    RECTIFICATION = "rectification"
    COMPLETION = "completion"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    OBJECTION = "objection"
    PORTABILITY = "portability"


ARTICLES = {
    Right.COPY: "15(3)",
    Right.LISTENING: "15(1)",
    Right.INFORMATION: "15(1)-(2)",
    Right.RECTIFICATION: "16",
    Right.COMPLETION: "16",
    Right.ERASURE: "17",
    Right.RESTRICTION: "18",
    Right.OBJECTION: "21(1)",
    Right.PORTABILITY: "20",
}
"""Of the General Data Protection Regulation."""


class Channel(StrEnum):
    """How a request came. All are equal, and the clock runs from arrival in each (N-42 to N-46)."""

    WEB = "web"
    DESK = "desk"
    LETTER = "letter"
    EMAIL = "email"
    TELEPHONE = "telephone"
    PORTAL = "portal"


class Capacity(StrEnum):
    """As what somebody asks: a customer, an employee (question j), or for somebody else."""

    CUSTOMER = "customer"
    STAFF = "staff"
    REPRESENTATIVE = "representative"


class Proof(StrEnum):
    """The steps of identification, the lowest that suffice are taken (requirements 2.6)."""

    SIGNED_IN = "I1"
    NUMBER = "I2"
    KNOWLEDGE = "I3"
    IN_PERSON = "I4"
    AUTHORITY = "I5"


class State(StrEnum):
    RECEIVED = "received"
    IDENTIFIED = "identified"
    SEARCHED = "searched"
    DECIDED = "decided"
    FULFILLED = "fulfilled"
    CLOSED = "closed"


DOCUMENTS = ("passport", "identity_card", "driving_licence", "other")
"""What may have been seen at the desk: its kind is noted, and nothing else of it (N-44)."""
SIGNATURES = ("present", "absent")
"""Of a letter: noted, and asked of nobody (N-45, D-02)."""
EXTENSIONS = ("complexity", "number")
"""The two grounds of Article 12(3)."""
LANGUAGES = ("fi", "sv", "en")
STATES = tuple(State)
OPEN = STATES[:-1]
_PERSON = frozenset({Proof.SIGNED_IN, Proof.IN_PERSON})
_CALL = frozenset({Proof.NUMBER, Proof.KNOWLEDGE})


def following(state: State) -> State:
    """The state after this one: none is left out."""
    return STATES[STATES.index(state) + 1]


def needs_identity(asked: Collection[str]) -> bool:
    """What is told of calls is told to the one who made them; the rest is in the notice."""
    return bool(set(asked) - {Right.INFORMATION})


def identified(asked: Collection[str], proven: Collection[str], capacity: str) -> bool:
    """Whether person and call are linked well enough for what is asked (requirements 2.6).

    Nobody is asked for more: whoever writes a letter shows it by number and facts together (N-45).
    """
    if not needs_identity(asked):
        return True
    known = {Proof(one) for one in proven}
    if capacity == Capacity.REPRESENTATIVE and Proof.AUTHORITY not in known:
        return False
    if capacity == Capacity.STAFF:
        return bool(known & _PERSON)  # whose calls they are the register knows
    return (bool(known & _PERSON) and bool(known & _CALL)) or known >= _CALL


def check_codes(given: Sequence[str], allowed: Collection[str]) -> bool:
    return len(set(given)) == len(given) and set(given) <= set(allowed)
