"""Which listening asks for an explanation: a closed set of rules over entries of the log. Pure.

No scores: a rule holds or it does not, and says why in one sentence with its entries. An entry
counts once for a rule. Nothing here compares one person with another (L-34).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.access.purposes import Purpose

LONGEST = timedelta(days=30)  # nothing older is looked at
MANAGERS = "subordinate_leg"


class Rule(StrEnum):
    REFUSED_OFTEN = "refused_often"
    AT_NIGHT = "at_night"
    BURST = "burst"
    SAME_CALL = "same_call"
    ONE_AGENT = "one_agent"
    BEFORE_LEAVING = "before_leaving"
    BEFORE_A_MOVE = "before_a_move"
    UNKNOWN_REFERENCE = "unknown_reference"
    NEAR_NUMBER = "near_number"
    FAR_LINE = "far_line"
    AFTER_COMPLAINT = "after_complaint"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From how many times on a rule holds; 0 switches it off. Hours are local, days are days."""

    refused_often: int = 10
    at_night: int = 1
    night_from: int = 22
    night_to: int = 5
    burst: int = 20
    same_call: int = 6
    one_agent: int = 15
    before_leaving: int = 10
    leaving_days: int = 14
    before_a_move: int = 5
    move_days: int = 7
    unknown_reference: int = 1
    unknown_purposes: tuple[str, ...] = (Purpose.TRAINING.value,)
    near_number: int = 1
    far_line: int = 3
    far_days: int = 30
    after_complaint: int = 1
    complaint_days: int = 7
    checks_a_week: int = 5

    def of(self, rule: Rule) -> int:
        return int(getattr(self, rule.value))


def fault(rules: Thresholds) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    if any(not 0 <= rules.of(rule) <= 10_000 for rule in Rule):
        return "a threshold is from 0 (never) to 10000"
    if not (0 <= rules.night_from <= 24 and 0 <= rules.night_to <= 24):
        return "night_from and night_to are hours from 0 to 24"
    days = (rules.leaving_days, rules.move_days, rules.complaint_days)
    if any(not 1 <= one <= 30 for one in days):
        return "leaving_days, move_days and complaint_days are from 1 to 30"
    if not 1 <= rules.far_days <= 180:
        return "far_days is from 1 to 180"
    if not set(rules.unknown_purposes) <= {one.value for one in Purpose} - {Purpose.VERIFY.value}:
        return 'unknown_purposes lists "training", "rights", "security", some or none of them'
    if not 0 <= rules.checks_a_week <= 100:
        return "checks_a_week is from 0 to 100; usual is 5"
    return ""


class Event(Protocol):
    @property
    def entry(self) -> UUID: ...
    @property
    def at(self) -> datetime: ...
    @property
    def listener(self) -> UUID: ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """Somebody asked for what is not theirs, or is not there."""

    entry: UUID
    at: datetime
    listener: UUID


@dataclass(frozen=True, slots=True)
class Opened:
    """A listening. `known`: its reference names a matter of its purpose that there is or was.

    `customer` is the masked number. `far`: a manager's, to a call on a line that none of
    their other people served lately, though they took calls.
    """

    entry: UUID
    at: datetime
    listener: UUID
    call: str
    agent: UUID | None
    rule: str
    purpose: str
    known: bool
    customer: str = field(default="", repr=False)
    far: bool = False

    @property
    def own(self) -> bool:
        return self.agent == self.listener


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at. `leaving`: when who leaves; `moves`: when who left a team; `near`: the
    masked numbers that people named as near to them; `complaints`: when some came about whom.

    `used`: the entries that a rule has held on before.
    """

    opened: Sequence[Opened]
    refused: Sequence[Refusal]
    leaving: Mapping[UUID, datetime] = field(default_factory=dict)
    moves: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)
    near: Mapping[UUID, frozenset[str]] = field(default_factory=dict, repr=False)
    complaints: Mapping[UUID, Sequence[datetime]] = field(default_factory=dict)
    used: Mapping[str, frozenset[UUID]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that holds: about whom, on which entries; `about` is an agent or a call, in hex."""

    rule: Rule
    person: UUID
    about: str
    begins: datetime
    ends: datetime
    entries: tuple[UUID, ...]


Some = TypeVar("Some", bound=Event)


def hits(seen: Seen, rules: Thresholds, zone: ZoneInfo) -> list[Hit]:
    """Every rule that holds, in the order of the rules and then of time."""
    others = [one for one in seen.opened if not one.own]
    people = [one for one in others if one.rule == MANAGERS]
    night = [one for one in others if at_night(one.at, rules, zone)]
    leavers = [one for one in seen.opened if _leaves(one, seen, rules)]
    moved = [one for one in people if _moves(one, seen, rules)]
    unknown = [one for one in people if one.purpose in rules.unknown_purposes and not one.known]
    day = timedelta(days=1)
    found: list[Iterator[Hit]] = [
        _hits(Rule.REFUSED_OFTEN, seen.refused, day, _nobody, seen, rules),
        _hits(Rule.AT_NIGHT, night, day / 2, _nobody, seen, rules),
        _hits(Rule.BURST, others, timedelta(hours=1), _nobody, seen, rules),
        _hits(Rule.SAME_CALL, seen.opened, 7 * day, _call, seen, rules),
        _hits(Rule.ONE_AGENT, people, LONGEST, _agent, seen, rules),
        _hits(Rule.BEFORE_LEAVING, leavers, LONGEST, _nobody, seen, rules),
        _hits(Rule.BEFORE_A_MOVE, moved, LONGEST, _agent, seen, rules),
        _hits(Rule.UNKNOWN_REFERENCE, unknown, day, _nobody, seen, rules),
        *_told_by_people(seen, rules),
    ]
    return [hit for some in found for hit in some]


def _told_by_people(seen: Seen, rules: Thresholds) -> Iterator[Iterator[Hit]]:
    """The rules that rest on what somebody said, or on the lines that people serve."""
    near = [one for one in seen.opened if one.customer in seen.near.get(one.listener, ())]
    far = [one for one in seen.opened if one.far and not one.own and one.rule == MANAGERS]
    after = [one for one in seen.opened if _after_complaint(one, seen, rules)]
    yield _hits(Rule.NEAR_NUMBER, near, LONGEST, _nobody, seen, rules)
    yield _hits(Rule.FAR_LINE, far, timedelta(days=7), _nobody, seen, rules)
    yield _hits(Rule.AFTER_COMPLAINT, after, LONGEST, _nobody, seen, rules)


def at_night(at: datetime, rules: Thresholds, zone: ZoneInfo) -> bool:
    """Between the two hours, over midnight where the first is the later one."""
    hour = at.astimezone(zone).hour
    begins, ends = rules.night_from, rules.night_to
    return begins <= hour < ends if begins <= ends else hour >= begins or hour < ends


def _leaves(one: Opened, seen: Seen, rules: Thresholds) -> bool:
    leaves = seen.leaving.get(one.listener)
    return leaves is not None and leaves - timedelta(days=rules.leaving_days) <= one.at < leaves


def _moves(one: Opened, seen: Seen, rules: Thresholds) -> bool:
    if one.agent is None:
        return False
    back = timedelta(days=rules.move_days)
    return any(at - back <= one.at < at for at in seen.moves.get(one.agent, ()))


def _after_complaint(one: Opened, seen: Seen, rules: Thresholds) -> bool:
    days = timedelta(days=rules.complaint_days)
    return any(at <= one.at < at + days for at in seen.complaints.get(one.listener, ()))


def _nobody(_one: Event) -> str:
    return ""


def _call(one: Opened) -> str:
    return one.call


def _agent(one: Opened) -> str:
    return one.agent.hex if one.agent else ""


def _hits(  # noqa: PLR0917 - a row of the table of rules above
    rule: Rule,
    events: Iterable[Some],
    span: timedelta,
    about: Callable[[Some], str],
    seen: Seen,
    rules: Thresholds,
) -> Iterator[Hit]:
    least, used = rules.of(rule), seen.used.get(rule.value, frozenset())
    if not least:
        return
    groups: dict[tuple[UUID, str], list[Some]] = defaultdict(list)
    for one in sorted(events, key=lambda one: (one.at, one.entry)):
        if one.entry not in used:
            groups[one.listener, about(one)].append(one)
    for (person, what), some in groups.items():
        for window in windows(some, span, least):
            entries = tuple(one.entry for one in window)
            yield Hit(rule, person, what, window[0].at, window[-1].at, entries)


def windows(events: Sequence[Some], span: timedelta, least: int) -> Iterator[Sequence[Some]]:
    """Stretches of `span` with at least so many events, the earliest first; none twice."""
    first = last = 0
    while first < len(events):
        last = max(last, first)
        while last + 1 < len(events) and events[last + 1].at - events[first].at < span:
            last += 1
        if last - first + 1 >= least:
            yield events[first : last + 1]
            first = last + 1
        else:
            first += 1
