"""Whose a call is: from what the phone system said, the agent feed and the lists of people.

What was said stands in `Desk` rows. Legs are cut from them and given to people, at intake and again
whenever the feed says something late (N-16, N-37). A hand's correction is never overruled.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import book, feed, seats
from vaiti.people.feed import Touched
from vaiti.people.seats import Event, FeedRules, Span
from vaiti.register.corrections import Hand, attribute, kept_and_locked
from vaiti.register.models import Comment, Correction, Desk, Leg, Picture
from vaiti.values.clock import to_micros

ORDER = ("feed", "device")
"""What may tell who the agent is, unless the peer's settings say otherwise."""
HAND = Hand("system:agent-feed", "agent_feed")
MACHINES = "system:"
AT_ONCE = 200  # desks that one round looks at again


@dataclass(frozen=True, slots=True)
class Told:
    """What the phone system said of one device's stretch in a call."""

    device: str
    said: tuple[str, ...] = field(repr=False)
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    from_at: datetime
    to_at: datetime
    person: UUID | None


@dataclass(frozen=True, slots=True)
class Whose:
    """The parts in order, without a gap; `look_at` is when more may be known."""

    parts: tuple[Part, ...]
    look_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is asked: of one stretch the rows, of many what was asked for at once (people.stood)."""

    events: Callable[[str, datetime, datetime, FeedRules], list[Event]] = feed.events
    was_here: Callable[[UUID, datetime], bool] = feed.was_here
    at_device: Callable[[str, datetime], UUID | None] = book.at_device


ONE_BY_ONE: Final = Sources()


def whose(told: Told, rules: FeedRules, now: datetime, sources: Sources = ONE_BY_ONE) -> Whose:
    """Whose the stretch was. A login that goes on names nobody before it has settled."""
    said, words = told.said or ORDER, list[Event]()
    if "feed" in said and told.device:
        words = sources.events(told.device, told.from_at, told.to_at, rules)
    spans = seats.spans(told.device, words, rules)
    settled_at = told.to_at + rules.settle
    parts, waits = list[Part](), False
    for from_at, to_at in _pieces(told, spans):
        person, is_open = _named(told.device, said, from_at, _Fed(words, spans, rules, sources))
        if is_open and now < settled_at:
            person, waits = None, True
        if parts and parts[-1].person == person:
            parts[-1] = Part(parts[-1].from_at, to_at, person)
        else:
            parts.append(Part(from_at, to_at, person))
    return Whose(tuple(parts), settled_at if waits else None)


def speaks_at(device: str, said: Sequence[str], at: datetime, rules: FeedRules) -> UUID | None:
    """Who is in a call in progress, by the order that its peer's settings give; None: not known."""
    order = said or ORDER
    words = feed.events(device, at, at, rules) if "feed" in order and device else []
    spans = seats.spans(device, words, rules)
    return _named(device, order, at, _Fed(words, spans, rules))[0]


def _pieces(told: Told, spans: Iterable[Span]) -> list[tuple[datetime, datetime]]:
    ends = {at for span in spans for at in (span.from_at, span.to_at)}
    cuts = sorted(at for at in ends if told.from_at < at < told.to_at)
    return list(pairwise((told.from_at, *cuts, told.to_at)))


@dataclass(frozen=True, slots=True)
class _Fed:
    words: list[Event]
    spans: list[Span]
    rules: FeedRules
    sources: Sources = ONE_BY_ONE


def _named(device: str, said: Sequence[str], at: datetime, fed: _Fed) -> tuple[UUID | None, bool]:
    """The person, and whether that may still change. The first that has a word of it decides."""
    for saying in said:
        source, _, value = saying.partition(":")
        if source == "feed":
            if seats.told_of(device, at, fed.words, fed.rules):
                found = seats.seated(fed.spans, at)
                here = found.person is not None and fed.sources.was_here(found.person, at)
                return (found.person, found.open) if here else (None, False)
        elif source == "device":
            person = fed.sources.at_device(device, at) if device else None
            if person is not None:
                return person, False
        else:
            named = book.agents_named(value, at) if source == "name" else feed.called(value, at)
            if named:
                return (next(iter(named)) if len(named) == 1 else None), False
    return None, False


def follow(touched: Iterable[Touched], rules: FeedRules, now: datetime) -> int:
    """Looks again at the calls that late words may be about; how many legs changed hands."""
    by_device = dict[str, Touched]()
    for one in touched:
        had = by_device.get(one.device, one)
        from_at, to_at = min(one.from_at, had.from_at), max(one.to_at, had.to_at)
        by_device[one.device] = Touched(one.device, from_at, to_at)
    return sum(
        again(desk, rules, now)
        for one in by_device.values()
        for desk in _otherwise(one, rules, now)
    )


def _otherwise(one: Touched, rules: FeedRules, now: datetime) -> list[int]:
    """The desks whose legs are not as they are to be; most words change few of them."""
    rows = Desk.objects.filter(device=one.device, started_at__lt=one.to_at)
    desks = list(rows.filter(ended_at__gte=one.from_at).order_by("id"))
    if not desks:
        return []
    words = feed.events(
        one.device, min(d.started_at for d in desks), max(d.ended_at for d in desks), rules
    )
    sources = Sources(events=lambda *_: words)
    legs = defaultdict[tuple[UUID, int | None], list[Leg]](list)
    for leg in Leg.objects.filter(call_id__in={desk.call_id for desk in desks}):
        legs[leg.call_id, leg.desk].append(leg)
    return [
        desk.id
        for desk in desks
        if not _as_is(
            desk, legs[desk.call_id, desk.ordinal], whose(_told(desk), rules, now, sources)
        )
    ]


def _told(desk: Desk) -> Told:
    return Told(desk.device, tuple(desk.said), desk.started_at, desk.ended_at)


def _as_is(desk: Desk, legs: Iterable[Leg], found: Whose) -> bool:
    pieces = ((leg, _inside(leg, found.parts)) for leg in legs)
    same = all(len(parts) == 1 and parts[0].person == leg.person_id for leg, parts in pieces)
    return same and found.look_at == desk.look_at


def _inside(leg: Leg, parts: Sequence[Part]) -> Sequence[Part]:
    """The parts that the leg reaches into; a leg without length has the one where it stands."""
    found = [one for one in parts if one.from_at < leg.ended_at and one.to_at > leg.started_at]
    return found or [one for one in parts if one.from_at <= leg.started_at][-1:] or parts[:1]


def look_again(rules: FeedRules, now: datetime) -> int:
    """Looks at what had to settle; how many legs changed hands."""
    due = Desk.objects.filter(look_at__isnull=False, look_at__lte=now).order_by("look_at")
    ids = list(due.values_list("id", flat=True)[:AT_ONCE])
    return sum(again(desk, rules, now) for desk in ids)


def again(desk_id: int, rules: FeedRules, now: datetime) -> int:
    """Attributes one desk's legs anew, each change with before and after; how many changed."""
    with transaction.atomic():
        desk = Desk.objects.select_for_update(of=("self",)).filter(id=desk_id).first()
        if desk is None:
            return 0
        legs = Leg.objects.select_for_update(of=("self",)).filter(
            call_id=desk.call_id, desk=desk.ordinal
        )
        rows = list(legs.order_by("started_at", "id"))
        if not kept_and_locked(desk.call_id):
            return 0
        found = whose(_told(desk), rules, now)
        Desk.objects.filter(id=desk.id).update(look_at=found.look_at)
        fixed = _by_hand(leg.id for leg in rows)
        return sum(_bring(leg, found.parts, now) for leg in rows if leg.id not in fixed)


def _by_hand(legs: Iterable[int]) -> set[int]:
    """The legs whose agent a person said."""
    said = Correction.objects.filter(leg_id__in=list(legs), what="agent")
    return set(said.exclude(by__startswith=MACHINES).values_list("leg_id", flat=True))


def _bring(leg: Leg, parts: Sequence[Part], now: datetime) -> int:
    """Cuts the leg where its agent changed, and gives each part to whose it is."""
    changed = 0
    for one in _inside(leg, parts):
        rest = _cut(leg, one.to_at, now) if one.to_at < leg.ended_at else None
        changed += attribute(leg.id, one.person, was=leg.person_id, hand=HAND, now=now)
        if rest is None:
            break
        leg = rest
    return changed


def _cut(leg: Leg, at: datetime, now: datetime) -> Leg:
    """The leg ends at `at`; what comes after is a leg of its own, of the same agent for now."""
    last = Leg.objects.filter(call_id=leg.call_id).aggregate(last=Max("ordinal"))["last"]
    rest = copy(leg)
    rest.pk, rest.ordinal, rest.started_at = None, last + 1, at
    rest.save(force_insert=True)
    Leg.objects.filter(id=leg.id).update(ended_at=at)
    Picture.objects.filter(leg_id=leg.id).delete()  # of the longer leg
    _move_comments(leg, rest, (at - leg.started_at) // timedelta(milliseconds=1))
    facts = {"leg": leg.ordinal, "rest": rest.ordinal, "at_us": to_micros(at)}
    kind, subject = Kind.CALL_LEG_CUT, leg.call_id.hex
    log.append(kind, actor=HAND.by, subject=subject, facts=facts, now=now)
    return rest


def _move_comments(leg: Leg, rest: Leg, cut_ms: int) -> None:
    """What was written about a moment after the cut goes with that moment."""
    for comment in Comment.objects.filter(leg_id=leg.id, place_ms__gte=cut_ms):
        comment.leg_id, comment.place_ms = rest.id, comment.place_ms - cut_ms
        comment.save(update_fields=["leg", "place_ms"])


def oldest() -> dict[str, datetime]:
    """By device, when the oldest call began that late words can still attribute."""
    rows = Desk.objects.values("device").annotate(first=Min("started_at"))
    return {row["device"]: row["first"] for row in rows}


def settled(before: datetime) -> list[int]:
    """Desks of calls that ended before, whose agents are all known: nothing late counts for them.

    At most AT_ONCE; the oldest first.
    """
    unknown = Leg.objects.filter(
        call_id=OuterRef("call_id"), desk=OuterRef("ordinal"), person_id__isnull=True
    )
    rows = Desk.objects.filter(~Exists(unknown), ended_at__lt=before).order_by("ended_at")
    return list(rows.values_list("id", flat=True)[:AT_ONCE])
