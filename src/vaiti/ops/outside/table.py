"""Who sees, hears and reaches what: written down once more, from the company's own rules.

Nothing here is read from the application. What the demo says of its people and calls goes in; who
must see which part of which call comes out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import Insider, Said, World


@dataclass(frozen=True, slots=True)
class Part:
    """What one agent spoke of a call; `agent` is nobody's login where nobody uses the device."""

    said: Said
    agent: str
    seconds: float
    leg: int

    @property
    def name(self) -> str:
        return f"the call on {self.said.line}, part of {self.agent or 'nobody'}"


AGENTS = frozenset({"service_agent", "sales_agent"})
ONE_CLICK = AGENTS | {"administrator"}
"""The roles that hear what they may without giving a purpose first: their own, the test line."""


KNOWS_PEOPLE = frozenset({"administrator", "dpo", "auditor"})


@dataclass(frozen=True, slots=True)
class Place:
    """A page, or what stands on it: `mark` is there for these roles, and for no others.

    Not `trained`: it tells of no call that is kept, and is there before training too.
    """

    name: str
    path: str
    mark: str
    roles: frozenset[str]
    trained: bool = True

    def is_for(self, who: Insider) -> bool:
        return who.role in self.roles and (who.trained or not self.trained)


def _place(name: str, path: str, mark: str, *roles: str) -> Place:
    return Place(name, path, mark, frozenset(roles))


PLACES = (
    _place("who listened to them", "/desk/", "Who has listened to your calls", *AGENTS),
    _place("own listening", "/desk/", "Your own listening in 30 days", "manager"),
    _place("their people", "/team/", "Those whose calls you may hear", "manager"),
    _place("calls counted", "/counts/", "All calls that are kept, counted", "dpo"),
    _place("alerts", "/state/", "What is wrong just now", "dpo", "administrator"),
    _place("gaps", "/gaps/", "Open now", "dpo", "administrator"),
    _place("holds", "/holds/", "A hold keeps listed calls", "rights_handler", "dpo"),
    _place("cases", "/cases/", "Today’s work first", "rights_handler", "dpo"),
    _place("a new case", "/cases/new", "A new case", "rights_handler"),
    _place("early ends", "/destruction/", "Destroyed before their day", "rights_handler", "dpo"),
    _place("refusals", "/desk/", "Newest refusals", "dpo", "auditor"),
    _place("the log", "/log/", "Every act in the register", "dpo", "auditor"),
    _place("the second look", "/approvals/", "Waiting for your answer", "dpo", "security_lead"),
    _place("opening incidents", "/incidents/", "Open an incident", "dpo", "security_lead"),
    _place("opening activities", "/activities/", "Open an activity", "trainer"),
    _place("who is who", "/people/", "Who had access", "administrator", "dpo", "auditor"),
    _place("entering people", "/people/new", "Add a person", "administrator"),
    _place(
        "who is trained",
        "/training/people/",
        "Who is trained",
        "manager",
        *("administrator", "dpo"),
    ),
    _place("why somebody hears", "/access/why", "Why somebody may hear", "administrator", "dpo"),
    _place("the queue", "/queue/", "Everything that a data protection officer", "dpo"),
    _place("samples", "/samples/", "Calls drawn by lot for an auditor", "dpo", "auditor"),
    _place("drawing samples", "/samples/", "Draw a sample", "auditor"),
    _place("listening to explain", "/alerts/", "A rule held, and says why", "dpo", "security_lead"),
    _place(
        "training activities",
        "/activities/",
        "Calls are drawn at random",
        *("trainer", "dpo", "security_lead"),
    ),
    _place("own calls in training", "/activities/mine", "Your calls in training", *AGENTS),
    _place("all who listened", "/listened/", "Every listening of others", *AGENTS),
    Place("calls in progress", "/live/", "Call now", AGENTS, trained=False),
    _place("calls of unknown agents", "/unassigned/", "Until somebody says", "assigner"),
    _place("loading a course", "/training/course/", "A course is a text in TOML", "administrator"),
    _place("widenings", "/people/widened/", "What machines let people hear more", "dpo"),
    _place("confirming", "/people/confirm/", "People whom you confirm", "dpo", "administrator"),
    _place("a day's access", "/people/access-on", "Who had access", *KNOWS_PEOPLE),
    _place("teams and companies", "/people/lists/", "Teams and companies", *KNOWS_PEOPLE),
    _place(
        "emergencies", "/emergency/", "that must be heard now", "dpo", "security_lead", "auditor"
    ),
    _place("the report", "/report/", "Counts from the log and the rows", "dpo", "auditor"),
    _place("the lines", "/lines/", "Lines that stand now", *KNOWS_PEOPLE),
    _place("who sends calls", "/lines/peers/", "Who sends calls", "dpo", "administrator"),
    _place("listing lines", "/lines/", "List the line", "administrator"),
    _place("the time of storage", "/keeping/", "Versions of the rule", "dpo", "auditor"),
    _place("the proof", "/proof/", "Nothing older than promised", "dpo", "auditor"),
    _place("the promises", "/promises/", "held against the system itself", "dpo", "auditor"),
    _place("the notice and the law", "/promises/lint/", "than the law wants", "dpo", "auditor"),
    _place("balancing", "/promises/balancing/", "rests on a legitimate", "dpo", "auditor"),
    _place("filing balancings", "/promises/balancing/", "File the record", "dpo"),
    _place("programs", "/programs/", "A program asks for rows", "dpo", "administrator"),
    _place("breaches", "/breaches/", "Every breach is noted here", "dpo", "security_lead"),
    _place("complaints", "/complaints/", "held until it is decided", "rights_handler", "dpo"),
    _place("disclosures", "/disclosures/", "only where a statute", "rights_handler", "dpo"),
)


def parts_of(world: World) -> tuple[Part, ...]:
    """Every part of the calls that were placed, with the number that the register gave it."""
    moved = world.moved
    spoken = (
        (world.plain, world.owner, world.plain.seconds),
        (world.sold, world.sold.agent, world.sold.seconds),
        (moved, world.colleague, world.handed_over),
        (moved, world.owner, moved.seconds - world.handed_over),
        (world.tested, "", world.tested.seconds),
        (world.lost, "", world.lost.seconds),
    )
    legs = legs_of(world)
    wanted = {(said.call, agent) for said, agent, _ in spoken}
    demand(set(legs) == wanted, "the register's parts of calls are not those that were spoken")
    return tuple(Part(said, agent, long, legs[said.call, agent]) for said, agent, long in spoken)


def legs_of(world: World) -> dict[tuple[str, str], int]:
    """The number of each part, by call and agent's login."""
    found = world.rows(
        "SELECT l.call_id, p.login, l.id FROM register_leg l "
        "LEFT JOIN people_person p ON p.id = l.person_id"
    )
    return {(plain_id(call), login or ""): int(leg) for call, login, leg in found}


def reaches(world: World, who: Insider, part: Part) -> bool:
    """Whether this person hears this part, where no case, activity or incident names them.

    Agents their own; a manager those of the team they lead now, never of a peer's, nor of the teams
    that their people lead; the administrator the test line; nobody else anything.
    """
    if not who.trained:
        return False
    if who.role in AGENTS:
        return part.agent == who.login
    if who.role == "manager":
        return bool(who.leads) and part.agent in {
            one.login for one in world.people if one.team == who.leads
        }
    return who.role == "administrator" and part.said is world.tested


def sees(world: World, who: Insider, part: Part) -> bool:
    """What they hear, and of those who say whose a call is: that there is one of nobody's."""
    if who.role == "assigner":
        return part.said is world.lost
    return reaches(world, who, part)


@dataclass(frozen=True, slots=True)
class CallAct:
    """Something at the address of one call, and what it answers to whom it is for: nothing is
    changed by it, since what would be needed for that is not sent. No `answers`: it is not asked
    of those whom it is for."""

    name: str
    method: str
    path: str
    answers: int
    may: Callable[[World, Insider, Part], bool]


def _sees_some(world: World, who: Insider, part: Part) -> bool:
    return any(sees(world, who, one) for one in parts_of(world) if one.said is part.said)


def _explains(world: World, who: Insider, part: Part) -> bool:
    """Why one may hear it: to who sees it, and to those who are asked about anybody's right."""
    return _sees_some(world, who, part) or who.role in {"dpo", "administrator"}


def _corrects(world: World, who: Insider, part: Part) -> bool:
    return who.role in {"manager", "assigner"} and _sees_some(world, who, part)


def _leads_agent(world: World, who: Insider, part: Part) -> bool:
    return who.role == "manager" and reaches(world, who, part)


def _answers_for(world: World, who: Insider, part: Part) -> bool:
    return who.role in {*AGENTS, "manager"} and _sees_some(world, who, part)


CALL_ACTS = (
    CallAct("why one may hear it", "GET", "why", 200, _explains),
    CallAct("putting it right", "GET", "correct", 200, _corrects),
    CallAct("asking for an approval", "POST", "ask", 200, reaches),
    CallAct("silencing a passage", "POST", "silence", 422, _leads_agent),
    CallAct("commenting on it", "POST", "comments", 422, lambda *_: False),
    CallAct("keeping it out of training", "POST", "training", 0, _answers_for),
)


def cells(world: World) -> Iterator[tuple[Insider, Part, bool]]:
    """Every person against every part of a call, and whether it is theirs."""
    parts = parts_of(world)
    for who in world.people:
        for part in parts:
            yield who, part, reaches(world, who, part)
