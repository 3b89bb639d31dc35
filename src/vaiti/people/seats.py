"""Who was at which device at an instant, as the agent feed tells it. Pure: no clock, no database.

What the feed leaves open stays open: a name is given only where nothing that was said speaks
against it. docs/agent-feed.md says which rule applies when.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

MAX_HOURS = 48
KNOWN_FOR = timedelta(days=7)
"""A device that the feed named within this time is one of its own, and nobody's without a word."""


class What(StrEnum):
    """A STAY has both ends in one event; a login without a logout ends by one of the rules."""

    LOGIN = "login"
    LOGOUT = "logout"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class FeedRules:
    """`longest_hours`: a login counts no longer without another word of the feed.

    `one_place`: who logs in elsewhere has left the device before. `settle_seconds`: a login that
    has not ended names nobody until this long after the call, because another word may be on its
    way. `late_days`: how long after a call late information can still say whose it was.
    """

    longest_hours: int = 16
    one_place: bool = True
    settle_seconds: int = 60
    late_days: int = 31

    @property
    def longest(self) -> timedelta:
        return timedelta(hours=self.longest_hours)

    @property
    def settle(self) -> timedelta:
        return timedelta(seconds=self.settle_seconds)

    @property
    def late(self) -> timedelta:
        return timedelta(days=self.late_days)


def fault(rules: FeedRules) -> str:
    """What is wrong with them, as the end of a sentence; nothing where they can be used."""
    if not 1 <= rules.longest_hours <= MAX_HOURS:
        return f"longest_hours is from 1 to {MAX_HOURS}; usual is 16"
    if not 0 <= rules.settle_seconds <= 86_400:
        return "settle_seconds is from 0 to 86400; usual is 60"
    if not 1 <= rules.late_days <= 400:
        return "late_days is from 1 to 400; usual is 31"
    return ""


@dataclass(frozen=True, slots=True)
class Event:
    """One word of the feed. `to_at` is the end of a STAY, which another may not have yet."""

    what: What
    person: UUID
    device: str
    from_at: datetime
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """From `from_at` up to `to_at` these were at the device. None: it is not known who.

    `open`: the end is assumed by a rule, so that a later word may still shorten it.
    """

    from_at: datetime
    to_at: datetime
    person: UUID | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Seated:
    """What the feed says of one instant. Not `told`: it has no word of this device then.

    Told, and no `person`: nobody was there, or it cannot be said who.
    """

    told: bool
    person: UUID | None = None
    open: bool = False


def who_was_at(
    device: str, at: datetime, events: Collection[Event], rules: FeedRules | None = None
) -> Seated:
    """`events` may come in any order, more than once, and be of other devices too."""
    known = rules or FeedRules()
    if not any(_near(event, device, at, known.longest) for event in events):
        return Seated(told=False)
    return seated(spans(device, events, known), at)


def seated(found: Iterable[Span], at: datetime) -> Seated:
    """What spans of one device say of an instant, where the feed has a word of it."""
    there = [span for span in found if span.from_at <= at < span.to_at]
    people = {span.person for span in there}
    if len(people) != 1:
        return Seated(told=True)
    person = people.pop()
    return Seated(True, person, open=person is not None and any(span.open for span in there))


def told_of(device: str, at: datetime, events: Iterable[Event], rules: FeedRules) -> bool:
    """Whether the feed has any word of the device around this instant."""
    return any(_near(event, device, at, rules.longest) for event in events)


def spans(device: str, events: Collection[Event], rules: FeedRules) -> list[Span]:
    """Who was at the device when, in order; spans overlap where the feed contradicts itself."""
    here = {event for event in events if event.device == device}
    stays = [
        Span(event.from_at, event.to_at, event.person)
        for event in here
        if event.what is What.STAY and event.to_at is not None
    ]
    points = sorted((event for event in here if event.what is not What.STAY), key=_order)
    logged = [_shortened(span, device, events, rules) for span in _walked(points, rules.longest)]
    found = (span for span in (*stays, *logged) if span.from_at < span.to_at)
    return sorted(found, key=lambda span: (span.from_at, span.to_at))


def _order(event: Event) -> tuple[datetime, bool, UUID]:
    """At the same instant who leaves goes before who comes."""
    return event.from_at, event.what is What.LOGIN, event.person


def _near(event: Event, device: str, at: datetime, longest: timedelta) -> bool:
    ends = event.to_at or event.from_at
    return event.device == device and event.from_at - longest <= at < ends + KNOWN_FOR


@dataclass(slots=True)
class _Walk:
    """Goes along the logins and logouts of one device. `who` is None where two came at once."""

    longest: timedelta
    since: datetime | None = None
    who: UUID | None = None
    last: datetime | None = None

    def left(self, at: datetime, person: UUID) -> Iterator[Span]:
        if self.since is not None and self.who == person:
            yield Span(self.since, at, person)
        else:
            # they logged in at some instant since the last word, and nobody said when
            begins = at - self.longest if self.last is None else max(self.last, at - self.longest)
            if self.since is not None:
                yield Span(self.since, begins, self.who)
            yield Span(begins, at, None)
        self.since = None

    def came(self, at: datetime, person: UUID) -> Iterator[Span]:
        if self.since is not None and self.who == person:
            return
        if self.since == at:
            self.who = None
            return
        if self.since is not None:
            yield Span(self.since, at, self.who)
        self.since, self.who = at, person


def _walked(points: list[Event], longest: timedelta) -> Iterator[Span]:
    """The spans between logins and logouts of one device, those in doubt without a person."""
    walk = _Walk(longest)
    for event in points:
        word = walk.left if event.what is What.LOGOUT else walk.came
        yield from word(event.from_at, event.person)
        walk.last = event.from_at
    if walk.since is not None:
        yield Span(walk.since, walk.since + longest, walk.who, open=True)


def _shortened(span: Span, device: str, events: Collection[Event], rules: FeedRules) -> Span:
    """No login lasts longer than the rule says, nor beyond one at another device."""
    if span.person is None:
        return span
    ends = span.to_at
    if rules.one_place:
        elsewhere = (
            event.from_at
            for event in events
            if event.what is What.LOGIN
            and event.person == span.person
            and event.device != device
            and span.from_at < event.from_at < ends
        )
        ends = min(elsewhere, default=ends)
    longest = span.from_at + rules.longest
    if ends > longest:
        return replace(span, to_at=longest)
    return replace(span, to_at=ends, open=span.open and ends == span.to_at)
