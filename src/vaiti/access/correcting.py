"""Who may put a call's wrong facts right: read off the table that decides (N-37).

The agent of a leg is put right by whoever the table lets correct that leg; line and direction
belong to the whole call, so only by whoever may correct every leg of it. Nobody gains hearing by
their own correction: neither for themselves nor over those whose calls they hear.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID

from django.db import transaction

from vaiti.access.decide import Act, Part, Relation, corrector, reach
from vaiti.access.standing import Standing, facts_of, no_to, relations, scope, standing
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.lines import LineCard
from vaiti.people import book
from vaiti.people.seats import FeedRules
from vaiti.register import calls, corrections, unassigned
from vaiti.register.calls import LegCard
from vaiti.register.corrections import CorrectionRefused, Hand
from vaiti.register.filters import Cursor, Filters
from vaiti.register.strands import Scope

NO_AGENT = "Choose somebody of the list."
FOR_ONESELF = "This would let you hear the call. Ask somebody else who may correct it to do so."


@dataclass(frozen=True, slots=True)
class LegOffer:
    """A leg whose agent the person may put right."""

    leg: LegCard
    agents: tuple[tuple[UUID, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Offer:
    """What of a call somebody may put right. `lines` is empty where line and direction stay."""

    call: calls.CallCard
    legs: tuple[LegOffer, ...]
    line: UUID
    lines: tuple[LineCard, ...]


@dataclass(frozen=True, slots=True)
class Unassigned:
    """One page of legs without an agent, newest first, with the telephones they were on; of some,
    who it most likely was and when that person left the telephone (`unassigned.likely`)."""

    rows: tuple[LegCard, ...]
    devices: dict[int, str]
    older: Cursor | None
    newer: Cursor | None
    agents: tuple[tuple[UUID, str], ...] = field(repr=False)
    likely: dict[int, tuple[str, datetime]] = field(repr=False)


def may_correct(person: Standing, leg: LegCard, now: datetime, part: Part) -> str:
    """The rule that lets them; empty where none does."""
    return corrector(facts_of(person, leg, Act.SEE, now), part)


def whole_call(person: Standing, legs: tuple[LegCard, ...], now: datetime) -> str:
    """The rule by which line and direction may be put right; never the test line's."""
    found = [may_correct(person, leg, now, Part.LINE) for leg in legs]
    test = any(leg.call.test_line for leg in legs)
    return found[0] if found and all(found) and not test else ""


def offer(person_id: UUID, call_id: UUID, now: datetime) -> Offer:
    """What the person may put right of the call. Raises NotVisible, Unprepared."""
    person, legs = standing(person_id, now), calls.legs(call_id)
    some = tuple(
        LegOffer(leg, _agents(leg, now))
        for leg in legs
        if may_correct(person, leg, now, Part.AGENT)
    )
    if not some:
        _refuse(person, call_id, legs, now)
    line, others = corrections.lines_for(call_id)
    return Offer(legs[0].call, some, line, others if whole_call(person, legs, now) else ())


def correct_agent(
    person_id: UUID,
    call_id: UUID,
    leg_id: int,
    agent: UUID | None,
    *,
    was: UUID | None,
    now: datetime,
) -> bool:
    """Says whose leg it is, None where nobody knows; False where that stands already.

    Raises NotVisible, Unprepared, CorrectionRefused.
    """
    person, legs = standing(person_id, now), calls.legs(call_id)
    leg = next((one for one in legs if one.id == leg_id), None)
    rule = may_correct(person, leg, now, Part.AGENT) if leg else ""
    if leg is None or not rule:
        _refuse(person, call_id, legs, now)
    if agent is not None and agent not in dict(_agents(leg, now)):
        raise CorrectionRefused(NO_AGENT)
    if _gains(person, leg, agent):
        raise CorrectionRefused(FOR_ONESELF)
    hand = Hand(person_id.hex, rule)
    return corrections.attribute(leg_id, agent, was=was, hand=hand, now=now)


def correct_call(
    person_id: UUID,
    call_id: UUID,
    line: UUID,
    direction: str,
    *,
    was: tuple[UUID, str],
    now: datetime,
) -> bool:
    """Puts line and direction right. Raises NotVisible, Unprepared, CorrectionRefused."""
    person, legs = standing(person_id, now), calls.legs(call_id)
    rule = whole_call(person, legs, now)
    if not rule:
        _refuse(person, call_id, legs, now)
    hand = Hand(person_id.hex, rule)
    return corrections.correct_call(call_id, line, direction, was=was, hand=hand, now=now)


def unassigned_calls(
    person_id: UUID, cursor: Cursor | None, filters: Filters, rules: FeedRules, now: datetime
) -> Unassigned:
    """One page of what is nobody's yet, for whom the table lets see it; an entry as for a list.

    Raises NotVisible, Unprepared.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if scope(person).unassigned:
            return _unassigned_page(person, cursor, filters, rules, now)
        facts: Facts = {"door": "unassigned", "exists": False, "needs": " ".join(person.lacks)}
        log.append(Kind.ACCESS_CALL_REFUSED, actor=person_id.hex, facts=facts, now=now)
    raise no_to(person)


def _unassigned_page(
    person: Standing, cursor: Cursor | None, filters: Filters, rules: FeedRules, now: datetime
) -> Unassigned:
    found = calls.page(Scope(unassigned=True), filters, cursor, now)
    facts: Facts = {"rows": len(found.rows), "filters": "unassigned", "first": cursor is None}
    log.append(Kind.ACCESS_CALLS_LISTED, actor=person.person_id.hex, facts=facts, now=now)
    earliest = min((leg.started_at for leg in found.rows), default=now)
    return Unassigned(
        rows=found.rows,
        devices=unassigned.devices(leg.id for leg in found.rows),
        older=found.older,
        newer=found.newer,
        agents=_by_name(book.answering(earliest, now)),
        likely=_likely(found.rows, rules),
    )


def _likely(legs: tuple[LegCard, ...], rules: FeedRules) -> dict[int, tuple[str, datetime]]:
    found = unassigned.likely((leg.id for leg in legs), rules)
    names = book.names({one.person for one in found.values()})
    return {leg: (names[one.person], one.left_at) for leg, one in found.items()}


def _agents(leg: LegCard, now: datetime) -> tuple[tuple[UUID, str], ...]:
    return _by_name(book.answering(leg.started_at, now))


def _by_name(names: dict[UUID, str]) -> tuple[tuple[UUID, str], ...]:
    return tuple(sorted(names.items(), key=lambda one: (one[1].casefold(), one[0])))


def _gains(person: Standing, leg: LegCard, agent: UUID | None) -> bool:
    """Whether the leg would come within the person's own reach by who its agent is."""
    told = {Relation.OWN, Relation.SUBORDINATES}
    after = relations(person, replace(leg, person_id=agent)) - relations(person, leg)
    return bool(after & told & reach(person.roles))


def _refuse(person: Standing, call_id: UUID, legs: tuple[LegCard, ...], now: datetime) -> NoReturn:
    """Says no as every door does, with an entry. Raises NotVisible, Unprepared."""
    facts: Facts = {"door": "correct", "exists": bool(legs), "needs": " ".join(person.lacks)}
    actor, kind = person.person_id.hex, Kind.ACCESS_CALL_REFUSED
    with transaction.atomic():
        log.append(kind, actor=actor, subject=call_id.hex, facts=facts, now=now)
    raise no_to(person)
