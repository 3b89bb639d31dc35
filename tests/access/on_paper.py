"""Who sees and hears what, worked out on paper from the company's rules and from nothing else.

A plan says what stands from when to when, in ticks: calls were spoken at SPOKEN, and doors are
tried at 0, 1, 2 and 3. The sentences are those of the table of roles, written down a second time.
"""

from dataclasses import dataclass

LONG_AGO, SPOKEN, LATELY, FOREVER = -3, -2, -1, 9
ALWAYS = (LONG_AGO, FOREVER)

Span = tuple[int, int]
Leg = tuple[str, int]
Why = tuple[str, str]
"""A purpose and a reference, as typed."""

AGENT_OF: dict[Leg, str] = {
    ("annas", 1): "anna",
    ("leilas", 1): "leila",
    ("sofias", 1): "sofia",
    ("handed_on", 1): "anna",
    ("handed_on", 2): "sofia",
    ("nobodys", 1): "",
    ("test", 1): "anna",
}
"""Whose each part of each call is; the last one was on the test line."""

AGENTS = frozenset({"service_agent", "sales_agent"})
WHO_USES = {
    "case": frozenset({"rights_handler", "dpo"}),
    "activity": frozenset({"trainer"}),
    "incident": frozenset({"dpo", "administrator"}),
}
WHAT_FOR = {"case": "rights", "activity": "training", "incident": "security"}


def stands(span: Span, at: int) -> bool:
    return span[0] <= at < span[1]


@dataclass(frozen=True, slots=True)
class Place:
    who: str
    team: int
    leads: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Handed:
    giver: str
    receiver: str
    team: int
    span: Span


@dataclass(frozen=True, slots=True)
class Matter:
    """A case, an activity or an incident; `approved` holds who may hear which call, from when."""

    kind: str
    reference: str
    until: int
    named: tuple[tuple[str, Span], ...]
    calls: frozenset[str]
    approved: tuple[tuple[str, str, Span], ...] = ()

    def gives(self, who: str, call: str, at: int) -> bool:
        named = any(one == who and stands(span, at) for one, span in self.named)
        return named and call in self.calls and at < self.until

    def has_second_person(self, who: str, call: str, at: int) -> bool:
        given = (one[:2] == (who, call) and stands(one[2], at) for one in self.approved)
        return any(given) and self.kind == "incident" and self.gives(who, call, at)


@dataclass(frozen=True, slots=True)
class Plan:
    """`gone`, `trained`, `sworn` and `due`: until which tick each person or call is, or has it."""

    roles: tuple[tuple[str, str, Span], ...]
    places: tuple[Place, ...]
    handed: tuple[Handed, ...]
    gone: dict[str, int]
    trained: dict[str, int]
    sworn: dict[str, int]
    matters: tuple[Matter, ...]
    due: dict[str, int]
    objected: frozenset[str]
    sampler: str
    in_team: bool

    def roles_of(self, who: str, at: int) -> frozenset[str]:
        held = {kind for one, kind, span in self.roles if one == who and stands(span, at)}
        return frozenset(held if at < self.gone[who] else ())

    def ready(self, who: str, at: int) -> bool:
        return at < min(self.gone[who], self.trained[who], self.sworn[who])

    def teams(self, who: str, at: int, *, leads: bool) -> set[int]:
        own = (one for one in self.places if one.who == who and one.leads is leads)
        return {one.team for one in own if stands(one.span, at)} if at < self.gone[who] else set()

    def answered_for(self, who: str, at: int) -> set[int]:
        """The teams that this person leads, or that somebody who leads them has handed over."""
        mine = self.teams(who, at, leads=False)
        return self.teams(who, at, leads=True) | {
            one.team
            for one in self.handed
            if one.receiver == who and stands(one.span, at) and one.team not in mine
            if "manager" in self.roles_of(one.giver, at)
            if one.team in self.teams(one.giver, at, leads=True)
        }

    def is_over(self, manager: str, agent: str, at: int) -> bool:
        """Of a team of theirs now; never themselves, never who leads a team that they are in."""
        superior = self.teams(agent, at, leads=True) & self.teams(manager, at, leads=False)
        if manager == agent or superior:
            return False
        common = self.answered_for(manager, at) & self.teams(agent, at, leads=False)
        said_there = {
            one.team
            for one in self.places
            if (one.who, one.leads) == (agent, False) and stands(one.span, SPOKEN)
        }
        return bool(common & said_there if self.in_team else common)

    def grounds(self, who: str, leg: Leg, at: int) -> frozenset[str]:
        """Everything for which the table gives this person this row."""
        (call, _), agent, roles = leg, AGENT_OF[leg], self.roles_of(who, at)
        if not self.ready(who, at) or at >= self.due[call]:
            return frozenset()
        found = {one.kind for one in self.given(who, call, at)}
        if roles & AGENTS and agent == who:
            found.add("own")
        if "manager" in roles and agent and self.is_over(who, agent, at):
            found.add("people")
        if "administrator" in roles and call == "test":
            found.add("test line")
        if "assigner" in roles and not agent:
            found.add("nobody's")
        return frozenset(found)

    def rows(self, who: str, at: int) -> set[Leg]:
        return {leg for leg in AGENT_OF if self.grounds(who, leg, at)}

    def given(self, who: str, call: str, at: int) -> list[Matter]:
        roles = self.roles_of(who, at)
        return [
            one for one in self.matters if roles & WHO_USES[one.kind] and one.gives(who, call, at)
        ]

    def hears(self, who: str, leg: Leg, at: int, why: Why) -> bool:
        """Whether one of the grounds is enough for what was typed."""
        return any(
            self._is_enough(ground, who, leg[0], at, why) for ground in self.grounds(who, leg, at)
        )

    def _is_enough(self, ground: str, who: str, call: str, at: int, why: Why) -> bool:
        purpose, reference = why
        if ground == "nobody's":
            return False
        if ground in WHAT_FOR:
            known = {(one.kind, one.reference) for one in self.given(who, call, at)}
            if (ground, reference) not in known or purpose not in ("", WHAT_FOR[ground]):
                return False
            purpose = WHAT_FOR[ground]
        if ground == "people" and not (purpose and reference):
            return False
        if purpose == "training":
            return call not in self.objected
        return purpose != "security" or self.is_seconded(who, call, at, reference)

    def is_seconded(self, who: str, call: str, at: int, reference: str) -> bool:
        """Whether a second person's word stands, in the incident of this reference."""
        those = (one for one in self.matters if one.reference == reference)
        return any(one.has_second_person(who, call, at) for one in those)

    def gathered(self, who: str, at: int) -> set[Leg]:
        """The parts that the page of the training activity shows to its trainer."""
        kinds = {leg: self.given(who, leg[0], at) for leg in AGENT_OF}
        return {
            leg
            for leg, given in kinds.items()
            if any(one.kind == "activity" for one in given)
            if AGENT_OF[leg] and self.ready(who, at) and at < self.due[leg[0]]
        }

    def sampled(self, who: str, at: int) -> set[str]:
        """The calls of which an auditor is told by number."""
        may = who == self.sampler and "auditor" in self.roles_of(who, at) and self.ready(who, at)
        return {call for call, due in self.due.items() if at < due} if may else set()
