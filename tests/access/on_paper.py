"""Who sees and hears what, worked out on paper from the company's rules and from nothing else.

A plan says what stands from when to when, in ticks: calls were spoken at SPOKEN, and doors are
tried at 0, 1, 2 and 3. Who was away left at AWAY. The sentences are those of the table of roles,
written down a second time.
"""

from dataclasses import dataclass, replace

LONG_AGO, SPOKEN, LATELY, AWAY, FOREVER = -4, -3, -2, -1, 9
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
"""Whose each part of each call was when it was entered."""
LINE_OF = dict.fromkeys((call for call, _ in AGENT_OF), "service") | {"test": "test"}

AGENTS = frozenset({"service_agent", "sales_agent"})
WHO_USES = {
    "case": frozenset({"rights_handler", "dpo"}),
    "activity": frozenset({"trainer"}),
    "incident": frozenset({"dpo", "administrator"}),
}
WHAT_FOR = {"case": "rights", "activity": "training", "incident": "security"}
ASKS_AS = {"people": "manager", "activity": "trainer"}
"""On which ground others' calls are heard in everyday work, and as which role."""
BREAKABLE = frozenset({"case", "incident"})


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


@dataclass(frozen=True, slots=True)
class Yes:
    """A second person's, to everyday listening: for one call, purpose and reference."""

    who: str
    call: str
    why: Why
    span: Span


@dataclass(frozen=True, slots=True)
class Broken:
    """The glass, for the matter of this reference."""

    who: str
    reference: str
    span: Span


@dataclass(frozen=True, slots=True)
class Program:
    """What somebody's token reaches: of their own rows, those on its lines."""

    name: str
    who: str
    lines: frozenset[str]
    span: Span


@dataclass(frozen=True, slots=True)
class Plan:
    """`gone`, `trained`, `sworn` and `due`: until which tick each person or call is, or has it.

    `back`: when they came back, of those who were away. `asked_of`: the roles and purposes that
    need a second person's yes. `breakers`: the roles that may break the glass, and `stands_for`
    what it then stands for. `agents`, `lines`: of the calls, as they are now.
    """

    roles: tuple[tuple[str, str, Span], ...]
    places: tuple[Place, ...]
    handed: tuple[Handed, ...]
    gone: dict[str, int]
    back: dict[str, int]
    trained: dict[str, int]
    sworn: dict[str, int]
    matters: tuple[Matter, ...]
    due: dict[str, int]
    objected: frozenset[str]
    sampler: str
    in_team: bool
    asked_of: frozenset[tuple[str, str]]
    yeses: tuple[Yes, ...]
    breakers: frozenset[str]
    stands_for: frozenset[str]
    broken: tuple[Broken, ...]
    programs: tuple[Program, ...]
    agents: dict[Leg, str]
    lines: dict[str, str]

    def stays(self, who: str) -> tuple[Span, ...]:
        """When they are here; who was away has two."""
        if who in self.back:
            return (LONG_AGO, AWAY), (self.back[who], self.gone[who])
        return ((LONG_AGO, self.gone[who]),)

    def here(self, who: str, at: int) -> bool:
        return stands(self.stays(who)[-1], at)

    def holds(self, who: str, span: Span, at: int) -> bool:
        """Nothing of an earlier stay comes back with who comes back."""
        within = (stands(stay, span[0]) and stands(stay, at) for stay in self.stays(who))
        return stands(span, at) and any(within)

    def roles_of(self, who: str, at: int) -> frozenset[str]:
        held = {kind for one, kind, span in self.roles if one == who and self.holds(who, span, at)}
        return frozenset(held)

    def is_trained(self, who: str, at: int) -> bool:
        return at < self.trained[who]

    def is_sworn(self, who: str, at: int) -> bool:
        return self.here(who, at) and at < self.sworn[who]

    def ready(self, who: str, at: int) -> bool:
        return self.is_sworn(who, at) and self.is_trained(who, at)

    def teams(self, who: str, at: int, *, leads: bool) -> set[int]:
        own = (one for one in self.places if one.who == who and one.leads is leads)
        return {one.team for one in own if self.holds(who, one.span, at)}

    def answered_for(self, who: str, at: int) -> set[int]:
        """The teams that this person leads, or that somebody who leads them has handed over."""
        mine = self.teams(who, at, leads=False)
        return self.teams(who, at, leads=True) | {
            one.team
            for one in self.handed
            if one.receiver == who and one.team not in mine
            if self.holds(one.giver, one.span, at) and self.holds(who, one.span, at)
            if "manager" in self.roles_of(one.giver, at)
            if one.team in self.teams(one.giver, at, leads=True)
        }

    def is_over(self, manager: str, agent: str, at: int) -> bool:
        """Of a team of theirs now; never themselves, never who leads a team that they are in."""
        superior = self.teams(agent, at, leads=True) & self.teams(manager, at, leads=False)
        if not agent or manager == agent or superior:
            return False
        common = self.answered_for(manager, at) & self.teams(agent, at, leads=False)
        said_there = self.teams(agent, SPOKEN, leads=False)
        return bool(common & said_there if self.in_team else common)

    def shows(self, who: str, leg: Leg, at: int) -> frozenset[str]:
        """Everything for which the table gives this person this row, on a list."""
        return self.grounds(who, leg, at) if self.is_trained(who, at) else frozenset()

    def grounds(self, who: str, leg: Leg, at: int, *, broken: bool = True) -> frozenset[str]:
        """The same for the page of the call, which an emergency may show to the untrained too."""
        (call, _), agent, roles = leg, self.agents[leg], self.roles_of(who, at)
        trained = self.is_trained(who, at) or (broken and self.breaks(who, call, at, "training"))
        if not (self.is_sworn(who, at) and trained) or at >= self.due[call]:
            return frozenset()
        found = {one.kind for one in self.given(who, call, at, broken=broken)}
        if roles & AGENTS and agent == who:
            found.add("own")
        if "manager" in roles and self.is_over(who, agent, at):
            found.add("people")
        if "administrator" in roles and call == "test":
            found.add("test line")
        if "assigner" in roles and not agent:
            found.add("nobody's")
        return frozenset(found)

    def rows(self, who: str, at: int) -> set[Leg]:
        return {leg for leg in self.agents if self.shows(who, leg, at)}

    def page_rows(self, who: str, at: int) -> set[Leg]:
        return {leg for leg in self.agents if self.grounds(who, leg, at)}

    def names(self, one: Matter, who: str, call: str, at: int) -> bool:
        """Whether somebody has named this person in this matter, and the call is in it."""
        named = any(name == who and self.holds(who, span, at) for name, span in one.named)
        return named and call in one.calls and at < one.until

    def given(self, who: str, call: str, at: int, *, broken: bool = True) -> list[Matter]:
        roles = self.roles_of(who, at)
        return [
            one
            for one in self.matters
            if roles & WHO_USES[one.kind]
            if self.names(one, who, call, at)
            or (broken and self.breaks(who, call, at, "naming", one.reference))
        ]

    def breaks(self, who: str, call: str, at: int, what: str, reference: str | None = None) -> bool:
        """Whether an emergency of theirs, for this call's matter, stands for `what`."""
        if what not in self.stands_for or not self.roles_of(who, at) & self.breakers:
            return False
        mine = {
            one.reference
            for one in self.broken
            if one.who == who and reference in (None, one.reference)
            if self.holds(who, one.span, at)
        }
        open_now = (one for one in self.matters if one.kind in BREAKABLE and at < one.until)
        return any(one.reference in mine and call in one.calls for one in open_now)

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
        if not self.is_trained(who, at) and not self.breaks(who, call, at, "training", reference):
            return False
        if not self._has_yes(ground, who, call, at, (purpose, reference)):
            return False
        if purpose == "training":
            return call not in self.objected
        return purpose != "security" or self.is_seconded(who, call, at, reference)

    def _has_yes(self, ground: str, who: str, call: str, at: int, why: Why) -> bool:
        """Where one is wanted: a second person's, of this call, purpose and reference."""
        if (ASKS_AS.get(ground, ""), why[0]) not in self.asked_of:
            return True
        mine = (one for one in self.yeses if (one.who, one.call, one.why) == (who, call, why))
        given = any(self.holds(who, one.span, at) for one in mine)
        return given or self.breaks(who, call, at, "approval", why[1])

    def is_seconded(self, who: str, call: str, at: int, reference: str) -> bool:
        """Whether a second person's word stands, in the incident of this reference."""
        return any(
            self._has_second_person(one, who, call, at)
            for one in self.matters
            if (one.kind, one.reference) == ("incident", reference)
        )

    def _has_second_person(self, one: Matter, who: str, call: str, at: int) -> bool:
        named = self.names(one, who, call, at)
        mine = (span for name, which, span in one.approved if (name, which) == (who, call))
        if named and any(self.holds(who, span, at) for span in mine):
            return True
        known = named or self.breaks(who, call, at, "naming", one.reference)
        return known and self.breaks(who, call, at, "second_person", one.reference)

    def gathered(self, who: str, at: int) -> set[Leg]:
        """The parts that the page of the training activity shows to its trainer."""
        kinds = {leg: self.given(who, leg[0], at) for leg in self.agents}
        return {
            leg
            for leg, given in kinds.items()
            if any(one.kind == "activity" for one in given)
            if self.agents[leg] and self.ready(who, at) and at < self.due[leg[0]]
        }

    def sampled(self, who: str, at: int) -> set[str]:
        """The calls of which an auditor is told by number."""
        may = who == self.sampler and "auditor" in self.roles_of(who, at) and self.ready(who, at)
        return {call for call, due in self.due.items() if at < due} if may else set()

    def puts_right(self, who: str, leg: Leg, at: int, *, line: bool = False) -> bool:
        """Whether they may say whose a part was; or, of the whole call, on which `line`."""
        found = self.grounds(who, leg, at, broken=False)
        handles = "case" in found and "rights_handler" in self.roles_of(who, at)
        return "people" in found or handles or ("nobody's" in found and not line)

    def puts_line_right(self, who: str, call: str, at: int) -> bool:
        """Of all its parts, or not at all; and nothing comes to the test line or leaves it."""
        legs = [leg for leg in self.agents if leg[0] == call]
        return call != "test" and all(self.puts_right(who, leg, at, line=True) for leg in legs)

    def says_whose(self, who: str, leg: Leg, agent: str, at: int) -> bool:
        """Of those who were agents then or are now; and nobody comes to hear more by it."""
        was, roles = self.agents[leg], self.roles_of(who, at)
        known = not agent or (self.roles_of_past(agent) | self.roles_of(agent, at)) & AGENTS
        own = bool(roles & AGENTS) and agent == who != was
        over = self.is_over(who, agent, at) and not self.is_over(who, was, at)
        gains = own or ("manager" in roles and over)
        return self.puts_right(who, leg, at) and bool(known) and not gains

    def roles_of_past(self, who: str) -> frozenset[str]:
        return self.roles_of(who, SPOKEN)

    def put_right(self, leg: Leg, agent: str) -> "Plan":
        return replace(self, agents=self.agents | {leg: agent})

    def moved(self, call: str, line: str) -> "Plan":
        return replace(self, lines=self.lines | {call: line})

    def token_stands(self, one: Program, at: int) -> bool:
        return self.holds(one.who, one.span, at)

    def on_lines(self, one: Program, legs: set[Leg]) -> set[Leg]:
        return {leg for leg in legs if one.lines & {"all", self.lines[leg[0]]}}
