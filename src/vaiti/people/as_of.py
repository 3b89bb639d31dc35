"""Who answered to whom at each instant of a stretch, from dated rows alone. Pure.

The same sentences as `vaiti.people.book`, read from rows in memory: a test holds the two against
each other. Reads whole days at once, which the book would have to be asked for instant by instant.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from uuid import UUID

MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant up to, and not at, another; without end where `ends` is None."""

    begins: datetime
    ends: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.begins <= at and (self.ends is None or at < self.ends)


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person with the times in which they were here: more than one for who came back."""

    id: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    employer: str
    here: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A person in a role."""

    person: UUID
    kind: str
    span: Span
    granted_by: str = ""


@dataclass(frozen=True, slots=True)
class Belonging:
    """A person in a team."""

    person: UUID
    team: UUID
    leads: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Handing:
    """A delegation of one team."""

    giver: UUID
    receiver: UUID
    team: UUID
    span: Span


@dataclass(frozen=True, slots=True)
class Rows:
    """The dated rows that touch a stretch of time."""

    people: tuple[Somebody, ...]
    roles: tuple[Holding, ...]
    teams: tuple[Belonging, ...]
    delegations: tuple[Handing, ...]
    team_names: dict[UUID, str]

    def spans(self) -> Iterator[Span]:
        yield from (span for one in self.people for span in one.here)
        for rows in (self.roles, self.teams, self.delegations):
            yield from (one.span for one in rows)


@dataclass(frozen=True, slots=True)
class Reach:
    """`person` could hear `member` as a leader of `team`, or standing in for `giver`."""

    person: UUID
    member: UUID
    team: UUID
    giver: UUID | None = None


def pieces(spans: Iterable[Span], begins: datetime, ends: datetime) -> list[Span]:
    """The stretch, cut wherever something begins or ends: within a piece nothing changes."""
    cuts = {begins}
    for span in spans:
        cuts |= {at for at in (span.begins, span.ends) if at is not None and begins < at < ends}
    ordered = [*sorted(cuts), ends]
    return [Span(first, last) for first, last in pairwise(ordered)]


def here(rows: Rows, at: datetime) -> frozenset[UUID]:
    return frozenset(one.id for one in rows.people if any(span.holds(at) for span in one.here))


def roles(rows: Rows, at: datetime) -> dict[UUID, frozenset[str]]:
    """The roles of everyone who is here at `at`."""
    found: dict[UUID, set[str]] = {one: set() for one in here(rows, at)}
    for held in rows.roles:
        if held.span.holds(at) and held.person in found:
            found[held.person].add(held.kind)
    return {person: frozenset(kinds) for person, kinds in found.items()}


def reach(rows: Rows, at: datetime) -> list[Reach]:
    """Everyone whose subordinate somebody was at `at`, with how."""
    present = here(rows, at)
    members: dict[UUID, set[UUID]] = defaultdict(set)
    leaders: dict[UUID, set[UUID]] = defaultdict(set)
    for one in rows.teams:
        if one.span.holds(at) and one.person in present:
            (leaders if one.leads else members)[one.team].add(one.person)
    found = [
        Reach(leader, member, team)
        for team, those in leaders.items()
        for leader in those
        for member in members[team] - {leader} - _superiors(leader, members, leaders)
    ]
    held = roles(rows, at)
    for handed in rows.delegations:
        if handed.span.holds(at) and {handed.giver, handed.receiver} <= present:
            gives = handed.giver in leaders[handed.team] and MANAGER in held[handed.giver]
            if gives and handed.receiver not in members[handed.team]:
                found += _stood_in(handed, members, leaders)
    return found


def _stood_in(
    handed: Handing, members: dict[UUID, set[UUID]], leaders: dict[UUID, set[UUID]]
) -> list[Reach]:
    superiors = _superiors(handed.receiver, members, leaders)
    heard = members[handed.team] - {handed.receiver} - superiors
    return [Reach(handed.receiver, member, handed.team, handed.giver) for member in heard]


def _superiors(
    person: UUID, members: dict[UUID, set[UUID]], leaders: dict[UUID, set[UUID]]
) -> set[UUID]:
    """Who leads a team that the person is a member of."""
    mine = [team for team, those in members.items() if person in those]
    return set[UUID]().union(*(leaders[team] for team in mine))
