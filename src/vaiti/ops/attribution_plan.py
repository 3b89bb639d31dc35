"""A made-up day at shared desks: who sat where, what the feed said when, which calls there were.

Drawn from a seed, so that a day can be had again. Times are seconds from the day's beginning.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

HOUR = 3600.0
GAP = 20.0  # between two people at one desk
NAMESAKES = 2
BY_ID = 0.5  # of the agents are named in the feed by the staff system's id
TELLS_AGENT = 0.2  # of the calls name their agent in extension data
DELAYS = ((0.80, 0.2, 2.0), (0.95, 60.0, 600.0), (1.0, 600.0, 3 * HOUR))
"""Up to which share of the words come how late, from and to."""
TWICE, FORGOTTEN, MISTAKEN = 0.05, 0.05, 0.02
"""Shares: of the words sent again, of the logouts never sent, of the logins wrong at first."""


class Kind(StrEnum):
    PLAIN = "plain"
    TRANSFER = "transfer"
    CONFERENCE = "conference"
    CONSULTATION = "consultation"
    HANDOVER = "handover"


SHARES = {Kind.PLAIN: 80, Kind.TRANSFER: 9, Kind.CONFERENCE: 4, Kind.CONSULTATION: 7}


@dataclass(frozen=True, slots=True)
class Sit:
    agent: int
    desk: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the feed: `comes_s` is when it arrives here, `at_s` what it speaks of."""

    comes_s: float
    at_s: float
    what: str
    agent: int
    desk: int
    ref: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A desk's part in a call."""

    desk: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Call:
    """`parts` in the order in which they join; a consultation's are two desks and no customer."""

    kind: Kind
    parts: tuple[Stretch, ...]
    names_agent: bool = False

    @property
    def from_s(self) -> float:
        return self.parts[0].from_s

    @property
    def to_s(self) -> float:
        return max(part.to_s for part in self.parts)


@dataclass(frozen=True, slots=True)
class Day:
    sits: tuple[Sit, ...]
    words: tuple[Word, ...]
    calls: tuple[Call, ...]

    def at(self, desk: int, at_s: float) -> int | None:
        """Who truly sat there."""
        there = (one for one in self.sits if one.desk == desk and one.from_s <= at_s < one.to_s)
        return next((one.agent for one in there), None)


@dataclass(frozen=True, slots=True)
class Size:
    """`lost`: so many logins never come at all."""

    agents: int = 50
    desks: int = 30
    hours: float = 14.0
    lost: int = 0
    seed: int = 1


def made_up(size: Size) -> Day:
    drawn = random.Random(size.seed)
    sits = list(_Floor(size, drawn).sits())
    handed = _handovers(sits, drawn)
    calls = [*_Desks(tuple(handed.sits), drawn).calls(), *handed.calls]
    words = list(_feed(handed.sits, size, drawn))
    return Day(
        tuple(handed.sits),
        tuple(sorted(words, key=lambda word: word.comes_s)),
        tuple(sorted(calls, key=lambda call: call.from_s)),
    )


@dataclass(slots=True)
class _Floor:
    """People come for a shift, take any free desk, go to lunch, and take another one."""

    size: Size
    drawn: random.Random
    free_from: dict[int, float] = field(default_factory=dict)

    def sits(self) -> Iterator[Sit]:
        shift = self.size.hours * 0.55
        wishes = []
        for agent in range(self.size.agents):
            begins = self.drawn.uniform(0, self.size.hours * HOUR - shift * HOUR)
            lunch = begins + self.drawn.uniform(0.4, 0.6) * shift * HOUR
            wishes += [(begins, agent, lunch), (lunch + HOUR / 2, agent, begins + shift * HOUR)]
        for wish, agent, ends in sorted(wishes):
            desk, begins = self._desk(wish)
            if begins + 600 < ends:
                self.free_from[desk] = ends + GAP
                yield Sit(agent, desk, begins, ends)

    def _desk(self, wish: float) -> tuple[int, float]:
        desks = list(range(self.size.desks))
        self.drawn.shuffle(desks)
        free = [desk for desk in desks if self.free_from.get(desk, 0.0) <= wish]
        if free:
            return free[0], wish
        soonest = min(desks, key=lambda desk: self.free_from[desk])
        return soonest, self.free_from[soonest]


@dataclass(slots=True)
class _Handed:
    sits: list[Sit]
    calls: list[Call]


def _handovers(sits: list[Sit], drawn: random.Random) -> _Handed:
    """Where somebody waited for the desk, a call goes on while they change places."""
    handed = _Handed(list(sits), [])
    for place, sit in enumerate(sits):
        before = [one for one in sits if one.desk == sit.desk and one.to_s + GAP == sit.from_s]
        if before and drawn.random() < 0.8:
            changes = before[0].to_s
            handed.sits[place] = replace(sit, from_s=changes)
            part = Stretch(sit.desk, changes - 90, changes + 90)
            handed.calls.append(Call(Kind.HANDOVER, (part,)))
    return handed


@dataclass(slots=True)
class _Desks:
    """Each agent takes one call after the other, with pauses."""

    sits: tuple[Sit, ...]
    drawn: random.Random

    def calls(self) -> Iterator[Call]:
        for sit in self.sits:
            at = sit.from_s + self.drawn.uniform(95, 150)
            while True:
                ends = at + min(1500.0, max(20.0, self.drawn.lognormvariate(5.3, 0.7)))
                if ends > sit.to_s - 100:
                    break
                kind = self.drawn.choices(list(SHARES), list(SHARES.values()))[0]
                yield self._call(kind, sit, at, ends)
                at = ends + self.drawn.uniform(5, 240)

    def _call(self, kind: Kind, sit: Sit, at: float, ends: float) -> Call:
        turn = at + (ends - at) * self.drawn.uniform(0.3, 0.7)
        other = self._other(sit, turn, ends) if kind is not Kind.PLAIN else None
        names = self.drawn.random() < TELLS_AGENT
        if other is None:
            return Call(Kind.PLAIN, (Stretch(sit.desk, at, ends),), names)
        if kind is Kind.TRANSFER:
            parts = Stretch(sit.desk, at, turn), Stretch(other.desk, turn, ends)
        elif kind is Kind.CONFERENCE:
            parts = Stretch(sit.desk, at, ends), Stretch(other.desk, turn, ends)
        else:
            parts = Stretch(sit.desk, turn, ends), Stretch(other.desk, turn, ends)
        return Call(kind, parts, names and kind is Kind.TRANSFER)

    def _other(self, sit: Sit, at: float, ends: float) -> Sit | None:
        there = [
            one
            for one in self.sits
            if one.agent != sit.agent and one.from_s < at and ends < one.to_s
        ]
        return self.drawn.choice(there) if there else None


def _feed(sits: list[Sit], size: Size, drawn: random.Random) -> Iterator[Word]:
    lost = set(drawn.sample(range(len(sits)), size.lost))
    for number, sit in enumerate(sits):
        said = []
        if number not in lost:
            said += list(_login(number, sit, size, drawn))
        if drawn.random() >= FORGOTTEN:
            said.append(_word(sit, "logout", f"o-{number}", drawn))
        for word in said:
            yield word
            if drawn.random() < TWICE:
                yield replace(word, comes_s=word.comes_s + drawn.uniform(0, HOUR))


def _login(number: int, sit: Sit, size: Size, drawn: random.Random) -> Iterator[Word]:
    word = _word(sit, "login", f"i-{number}", drawn)
    if drawn.random() < MISTAKEN:
        yield replace(word, agent=(sit.agent + 1) % size.agents)
        word = replace(word, comes_s=word.comes_s + drawn.uniform(600, HOUR))
    yield word


def _word(sit: Sit, what: str, ref: str, drawn: random.Random) -> Word:
    chance, at = drawn.random(), sit.from_s if what == "login" else sit.to_s
    least, most = next((low, high) for share, low, high in DELAYS if chance <= share)
    return Word(at + drawn.uniform(least, most), at, what, sit.agent, sit.desk, ref)
