"""Who is the customer, and whose voice is on which stream: by what, in a peer's own order. Pure.

docs/siprec.md ("Customer and agent", "Whose voice is on which track") describes it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from vaiti.capture.matching import sender_of
from vaiti.capture.parties import Parties
from vaiti.capture.role_sources import (
    AGENT_FIRST,
    CALLEE_FIRST,
    CALLER_FIRST,
    CUSTOMER_FIRST,
    GUESS,
    HEADERS,
    LABELS,
    METADATA,
)
from vaiti.capture.sides import Side
from vaiti.capture.siprec.metadata import Key

OTHER = "other"  # of two streams one is known, so this is the other side's
ADDRESS, NUMBER, ALONE, BEFORE = "address", "number", "alone", "before"

CUSTOMER_BY_ORDER, CUSTOMER_UNKNOWN = "customer_by_order", "customer_unknown"
ROLES_BY_ORDER, ROLES_UNKNOWN = "roles_by_order", "roles_unknown"

_OF_THE_OTHER = {"customer": "agent", "agent": "customer"}


class Settings(Protocol):
    """What a peer's settings say of roles."""

    @property
    def roles_from(self) -> tuple[str, ...]: ...
    @property
    def customer_labels(self) -> tuple[str, ...]: ...
    @property
    def agent_labels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Customers:
    """The sides that are no company's, by what they were known, and a warning or ""."""

    sides: tuple[Side, ...]
    by: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Of each stream its role and by what it is known, in the order of the tracks."""

    roles: tuple[str, ...]
    by: tuple[str, ...]
    warning: str = ""


def first_role(source: str, direction: str) -> str:
    """Whose comes first, as a source of that kind says; "" where it says nothing."""
    if source in (CUSTOMER_FIRST, AGENT_FIRST):
        return source.partition("-")[0]
    if source not in (CALLER_FIRST, CALLEE_FIRST) or not direction:
        return ""
    return "customer" if (direction == "in") is (source == CALLER_FIRST) else "agent"


def customers(
    sides: tuple[Side, ...], settings: Settings, direction: str, known: Key | None
) -> Customers:
    """The sides that are not the company's; of several, those with a full number. `direction` is ""
    while it is not known, `known` the identifier of the customer so far, or None."""
    strangers = tuple(each for each in sides if not each.company)
    again = tuple(each for each in strangers if each.participant.id == known)
    if again:
        return Customers(again, BEFORE)
    if len(strangers) < 2:
        return Customers(strangers, ALONE if len(sides) < 2 else ADDRESS)
    full = tuple(each for each in strangers if each.full)
    if full and len(full) < len(sides):
        return Customers(full, NUMBER)
    for source in settings.roles_from:
        first = first_role(source, direction)
        if first:
            return Customers(strangers[:1] if first == "customer" else strangers[-1:], source)
        if source == GUESS:
            return Customers(strangers[:1], GUESS, CUSTOMER_BY_ORDER)
    return Customers(strangers, "", CUSTOMER_UNKNOWN)


def streams(
    parties: Parties, settings: Settings, told: Mapping[str, tuple[Side, ...]], direction: str
) -> Roles:
    """`told` has the sides by role, and all sides of the session under "all"."""
    found = [
        next(_said(parties, settings, told, place), ("unknown", ""))
        for place in zip_longest(parties.labels, parties.indexes)
    ]
    roles, by = [role for role, _ in found], [source for _, source in found]
    if roles == ["unknown"]:
        return Roles(("mixed",), ("",))
    if len(roles) != 2 or "unknown" not in roles:
        return Roles(tuple(roles), tuple(by))
    known = next((role for role in roles if role in _OF_THE_OTHER), "")
    if known:
        return Roles(
            tuple(role if role in _OF_THE_OTHER else _OF_THE_OTHER[known] for role in roles),
            tuple(source or OTHER for source in by),
        )
    return (
        _by_order(settings, told, direction)
        if roles == ["unknown"] * 2
        else Roles(tuple(roles), tuple(by))
    )


def _by_order(settings: Settings, told: Mapping[str, tuple[Side, ...]], direction: str) -> Roles:
    for source in settings.roles_from:
        first = first_role(source, direction)
        if first:
            return Roles((first, _OF_THE_OTHER[first]), (source, source))
        sides = told["all"]
        if source == GUESS and len(sides) == 2 and told["customer"]:
            first = "customer" if sides[0] in told["customer"] else "agent"
            return Roles((first, _OF_THE_OTHER[first]), (GUESS, GUESS), ROLES_BY_ORDER)
    warning = "" if GUESS in settings.roles_from else ROLES_UNKNOWN
    return Roles(("unknown", "unknown"), ("", ""), warning)


Place = tuple[str | None, int | None]
"""A stream's label and the index of its m-line."""


def _said(
    parties: Parties, settings: Settings, told: Mapping[str, tuple[Side, ...]], place: Place
) -> Iterator[tuple[str, str]]:
    """What each of the peer's sources says of one stream, where it says anything."""
    for source in settings.roles_from:
        ask = _ASKED.get(source)
        role = ask(parties, settings, told, place) if ask else ""
        if role:
            yield role, source


def _by_headers(
    parties: Parties, _: Settings, told: Mapping[str, tuple[Side, ...]], place: Place
) -> str:
    """The role of whom a sender without metadata names for the m-line; "" for nobody."""
    key = sender_of(parties, place[1])
    return next((role for role in _OF_THE_OTHER if key in _keys(told[role])), "")


def _by_metadata(
    parties: Parties, _: Settings, told: Mapping[str, tuple[Side, ...]], place: Place
) -> str:
    metadata, label = parties.metadata, place[0] or ""
    if any(stream.mixed for stream in metadata.streams.values() if stream.label == label):
        return "mixed"
    found = [
        role
        for role in _OF_THE_OTHER
        if label and any(label in metadata.labels_sent(key) for key in _keys(told[role]))
    ]
    return "mixed" if len(found) > 1 else "".join(found)


def _by_label(
    _: Parties, settings: Settings, __: Mapping[str, tuple[Side, ...]], place: Place
) -> str:
    """The sender's labels that always mean the same."""
    label = (place[0] or "").lower()
    wanted = {"customer": settings.customer_labels, "agent": settings.agent_labels}
    return next((role for role, labels in wanted.items() if label in map(str.lower, labels)), "")


def _keys(sides: Iterable[Side]) -> list[Key]:
    return [each.participant.id for each in sides]


_Asked = Callable[[Parties, Settings, Mapping[str, tuple[Side, ...]], Place], str]
_ASKED: Mapping[str, _Asked] = {
    METADATA: _by_metadata,
    HEADERS: _by_headers,
    LABELS: _by_label,
}
