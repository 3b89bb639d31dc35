"""The doors to the book and to the recordings. There is no other way in.

Every door gathers the facts as of `now`, decides by the one table, and writes its entry in the
audit log in the same transaction: no entry, no answer. What is missing and what is not this
person's are the same `NotVisible`; the log knows the difference.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import listening, permits, seen
from vaiti.access.correcting import may_correct
from vaiti.access.decide import Act, Decision, Need, Part, Relation, decide, purposes
from vaiti.access.errors import ListeningEnded, NotVisible, Refused, Unprepared
from vaiti.access.limits import limits
from vaiti.access.listening import heard, open_recording, resume, settle
from vaiti.access.naming import incidents_of
from vaiti.access.permits import PermitCard
from vaiti.access.purposes import Purpose
from vaiti.access.seen import HeardBy
from vaiti.access.standing import (
    Standing,
    decide_on,
    facts_of,
    no_to,
    relations,
    scope,
    standing,
)
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import lines
from vaiti.people import book
from vaiti.register import calls, corrections
from vaiti.register.calls import CallCard, LegCard
from vaiti.register.corrections import Corrected
from vaiti.register.filters import Cursor, Filters
from vaiti.register.strands import Scope

__all__ = [
    "CallView",
    "HeardBy",
    "LegView",
    "ListeningEnded",
    "Need",
    "NotVisible",
    "Page",
    "Refused",
    "Unprepared",
    "heard",
    "list_calls",
    "open_recording",
    "resume",
    "see_call",
    "settle",
]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of legs, newest first, with the cursors of the pages beside it.

    `count` stops at `calls.MAX_COUNT` and `more` says that there are others. `agents` and `lines`
    are what this person may filter by: (id, name) and (number, label). `heard`: their own legs that
    somebody else has listened to. `silent`: those of which they see the row and hear nothing.
    """

    rows: tuple[LegCard, ...]
    older: Cursor | None
    newer: Cursor | None
    count: int
    more: bool
    agents: tuple[tuple[UUID, str], ...] = field(repr=False)
    lines: tuple[tuple[str, str], ...]
    heard: frozenset[int] = frozenset()
    silent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg that this person may see. `asks` is what they must give before they hear it.

    `purposes` are those they may choose from; `references` those of the mandates that name them.
    `heard_by`: who else listened to it, newest first, told only to the agent whose leg it is;
    `own_open`: this person is listening to it now. Not `hears`: there are rows and never sound.
    """

    leg: LegCard
    rule: str
    asks: tuple[Need, ...]
    purposes: tuple[Purpose, ...]
    references: tuple[str, ...]
    heard_by: tuple[HeardBy, ...]
    own_open: bool
    hears: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of a call, in the order spoken. Not `seen`: a colleague's; no name is told."""

    ordinal: int
    seen: bool
    agent: str = field(repr=False)
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class CallView:
    """A call, with the legs that this person may see; of the others `strip` says only from when to
    when. `corrected` is what was put right of what they see; `corrects`: they may do so.
    `permits` are their own requests to hear it.
    """

    call: CallCard
    legs: tuple[LegView, ...]
    strip: tuple[Stretch, ...]
    corrected: tuple[Corrected, ...]
    corrects: bool
    incidents: tuple[UUID, ...]
    permits: tuple[PermitCard, ...]

    @property
    def parts(self) -> int:
        return len(self.strip)


def list_calls(person_id: UUID, filters: Filters, cursor: Cursor | None, now: datetime) -> Page:
    """One page of what this person may see: one entry in the log a page (N-23).

    Someone here whose roles give no rows gets an empty page. Raises NotVisible for a leaver, and
    Unprepared.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if person.here and not person.lacks:
            return _page(person, filters, cursor, now)
        _log_refusal(person, "", now, door="list")
    raise no_to(person)


def _page(person: Standing, filters: Filters, cursor: Cursor | None, now: datetime) -> Page:
    reached = scope(person)
    found = calls.page(reached, filters, cursor, now)
    facts: Facts = {"rows": len(found.rows), "filters": filters.names(), "first": cursor is None}
    log.append(Kind.ACCESS_CALLS_LISTED, actor=person.person_id.hex, facts=facts, now=now)
    names = book.names(reached.agents)
    return Page(
        rows=found.rows,
        older=found.older,
        newer=found.newer,
        count=found.count,
        more=found.more,
        agents=tuple(sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))),
        lines=_lines(reached, now),
        heard=seen.among(person.person_id, found.rows, now),
        silent=frozenset(leg.id for leg in found.rows if _is_silent(person, leg, now)),
    )


def _is_silent(person: Standing, leg: LegCard, now: datetime) -> bool:
    """Only legs of nobody known are shown to somebody whom no rule lets hear them."""
    return leg.person_id is None and not _hears(decide(facts_of(person, leg, Act.HEAR, now)))


def _hears(hearing: Decision) -> bool:
    """At once, or when they have given what a rule asks for."""
    return hearing.allowed or bool(hearing.rule)


def _lines(reached: Scope, now: datetime) -> tuple[tuple[str, str], ...]:
    return tuple(
        (line.number, line.label)
        for line in lines.standing(now)
        if reached.agents
        or reached.calls
        or reached.unassigned
        or (reached.test_line and line.function == "test")
    )


def see_call(person_id: UUID, call_id: UUID, now: datetime) -> CallView:
    """The call with the legs that this person may see. Raises NotVisible, Unprepared."""
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        legs = calls.legs(call_id)
        decided = [(leg, decide_on(person, leg, Act.SEE, now)) for leg in legs]
        seen = [_leg_view(person, leg, one, now) for leg, one in decided if one.allowed]
        if seen:
            facts: Facts = {"legs": len(seen), "rule": seen[0].rule}
            actor, kind = person_id.hex, Kind.ACCESS_CALL_SEEN
            log.append(kind, actor=actor, subject=call_id.hex, facts=facts, now=now)
            return _call_view(person, legs, tuple(seen), now)
        _log_refusal(person, call_id.hex, now, door="call", exists=bool(legs))
    raise no_to(person)


def _call_view(
    person: Standing, legs: tuple[LegCard, ...], seen: tuple[LegView, ...], now: datetime
) -> CallView:
    ids, call = {part.leg.id for part in seen}, legs[0].call
    return CallView(
        call=call,
        legs=seen,
        strip=tuple(_stretch(leg, leg.id in ids) for leg in legs),
        corrected=tuple(
            one for one in corrections.of_call(call.id) if one.leg is None or one.leg in ids
        ),
        corrects=any(may_correct(person, leg, now, Part.AGENT) for leg in legs),
        incidents=incidents_of(person.person_id, call.id, now),
        permits=_permits(person, call.id, now),
    )


def _permits(person: Standing, call_id: UUID, now: datetime) -> tuple[PermitCard, ...]:
    return permits.of_person(person.person_id, call_id, now) if limits().permits.purposes else ()


def _stretch(leg: LegCard, seen: bool) -> Stretch:
    agent = leg.agent if seen else ""
    return Stretch(leg.ordinal, seen, agent, leg.started_at, leg.ended_at)


def _leg_view(person: Standing, leg: LegCard, decision: Decision, now: datetime) -> LegView:
    own = Relation.OWN in relations(person, leg)
    facts = facts_of(person, leg, Act.HEAR, now)
    hearing = decide(facts)
    return LegView(
        leg=leg,
        rule=decision.rule,
        asks=hearing.needs,
        purposes=purposes(facts),
        references=tuple(sorted({one.reference for one in facts.mandates})),
        heard_by=seen.heard_by(leg.id, person.person_id, now) if own else (),
        own_open=own and listening.is_open(leg.id, person.person_id, now),
        hears=_hears(hearing),
    )


def _log_refusal(
    person: Standing, subject: str, now: datetime, *, door: str, exists: bool = False
) -> None:
    facts: Facts = {"door": door, "exists": exists, "needs": " ".join(person.lacks)}
    actor, kind = person.person_id.hex, Kind.ACCESS_CALL_REFUSED
    log.append(kind, actor=actor, subject=subject, facts=facts, now=now)
