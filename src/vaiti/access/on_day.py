"""Who had access on a day: every person, by which rule, to whose calls, from when to when (N-27).

Told from the dated rows of people and of mandates, by the rules of `vaiti.access.decide`.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.decide import RULES, Relation, Rule
from vaiti.access.errors import NotVisible
from vaiti.access.models import Mandate, MandateCall, MandatePerson
from vaiti.access.standing import standing
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import as_of, past
from vaiti.people.as_of import Reach, Rows, Span
from vaiti.people.duties import looks_at_people
from vaiti.register import holds
from vaiti.register.models import Leg

OF_MANDATES = frozenset({Relation.CASE, Relation.ACTIVITY, Relation.INCIDENT})


@dataclass(frozen=True, slots=True)
class Naming:
    """A mandate and somebody whom it names, while both stand; `agents` are those of its calls."""

    person: UUID
    relation: str
    reference: str
    span: Span
    agents: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody could hear calls: by a rule, and where it needs one through what."""

    rule: str
    team: UUID | None = None
    giver: UUID | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """Whose calls could be heard; `agent` None: those that the way itself names."""

    agent: UUID | None
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class PersonsDay:
    """One person's day. `ways` is empty for who was here and could hear nothing."""

    id: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    employer: str
    roles: tuple[tuple[str, Span], ...]
    teams: tuple[tuple[str, bool, Span], ...]
    ways: tuple[tuple[Way, tuple[Heard, ...]], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """Everyone who was here at some instant of the stretch, by name."""

    span: Span
    people: tuple[PersonsDay, ...]
    names: dict[UUID, str] = field(repr=False)
    teams: dict[UUID, str] = field(repr=False)


def had_access(
    reader_id: UUID, begins: datetime, ends: datetime, now: datetime, agent: UUID | None = None
) -> Day:
    """The day as a page of its own; the reading is an entry in the log.

    With `agent` only those are told who could hear that agent's calls. Raises NotVisible for
    whoever does not look at people (people.duties).
    """
    with transaction.atomic(durable=True):
        if not looks_at_people(standing(reader_id, now).roles):
            raise NotVisible
        _note(reader_id.hex, begins, agent, now)
        return read(begins, ends, agent)


def had_access_by_system(
    by: str, begins: datetime, ends: datetime, now: datetime, agent: UUID | None = None
) -> Day:
    """The same for the command line, whose hand is `system:<name>`."""
    with transaction.atomic(durable=True):
        _note(by, begins, agent, now)
        return read(begins, ends, agent)


def _note(actor: str, begins: datetime, agent: UUID | None, now: datetime) -> None:
    facts = {"day": begins.isoformat()}
    subject = agent.hex if agent else ""
    log.append(Kind.PEOPLE_ACCESS_READ, actor=actor, subject=subject, facts=facts, now=now)


def read(begins: datetime, ends: datetime, agent: UUID | None = None) -> Day:
    rows, named = past.rows(begins, ends), _namings(begins, ends)
    found = _ways(rows, named, begins, ends)
    if agent is not None:
        found = _only(found, agent, named)
    people = tuple(
        _persons_day(one, rows, found.get(one.id, {}))
        for one in rows.people
        if agent is None or one.id in found
    )
    names = {one.id: one.name for one in rows.people}
    return Day(Span(begins, ends), people, names, rows.team_names)


Ways = dict[UUID, dict[Way, dict[UUID | None, list[Span]]]]


def _ways(rows: Rows, named: list[Naming], begins: datetime, ends: datetime) -> Ways:
    """Each piece of the day in which nothing changes is told by itself, and joined."""
    found: Ways = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    spans = [*rows.spans(), *(one.span for one in named)]
    for piece in as_of.pieces(spans, begins, ends):
        reached: dict[UUID, list[Reach]] = defaultdict(list)
        for one in as_of.reach(rows, piece.begins):
            reached[one.person].append(one)
        for person, kinds in as_of.roles(rows, piece.begins).items():
            for rule in RULES:
                if rule.role in kinds:
                    for way, agent in _by(rule, person, reached[person], named, piece.begins):
                        _extend(found[person][way][agent], piece)
    return found


def _by(
    rule: Rule, person: UUID, reached: list[Reach], named: list[Naming], at: datetime
) -> list[tuple[Way, UUID | None]]:
    if rule.relation is Relation.OWN:
        return [(Way(rule.name), person)]
    if rule.relation is Relation.SUBORDINATES:
        return [(Way(rule.name, one.team, one.giver), one.member) for one in reached]
    if rule.relation in OF_MANDATES:
        return [
            (Way(rule.name, reference=one.reference), None)
            for one in named
            if one.person == person and one.relation == rule.relation and one.span.holds(at)
        ]
    if rule.relation is Relation.HELD:
        return [
            (Way(rule.name, reference=one.reference), None)
            for one in named
            if one.relation == rule.relation and one.span.holds(at)
            if one.person == person or rule.role == "dpo"  # who looks after every hold
        ]
    return [(Way(rule.name), None)]


def _extend(spans: list[Span], piece: Span) -> None:
    """Joins a piece to the one before, or begins anew; the same piece twice is one."""
    if spans and spans[-1].ends is not None and spans[-1].ends >= piece.begins:
        spans[-1] = Span(spans[-1].begins, piece.ends)
    else:
        spans.append(piece)


def _only(found: Ways, agent: UUID, named: list[Naming]) -> Ways:
    """What reaches this agent's calls; the test line's may be anybody's."""
    references = {one.reference for one in named if agent in one.agents}
    kept: Ways = {}
    for person, ways in found.items():
        some = {
            way: {who: spans for who, spans in heard.items() if who in (agent, None)}
            for way, heard in ways.items()
            if agent in heard or way.reference in references
        }
        if some:
            kept[person] = some
    return kept


def _persons_day(
    one: as_of.Somebody, rows: Rows, ways: dict[Way, dict[UUID | None, list[Span]]]
) -> PersonsDay:
    return PersonsDay(
        one.id,
        one.name,
        one.login,
        one.employer,
        roles=tuple((held.kind, held.span) for held in rows.roles if held.person == one.id),
        teams=tuple(
            (rows.team_names[been.team], been.leads, been.span)
            for been in rows.teams
            if been.person == one.id
        ),
        ways=tuple(
            (way, tuple(Heard(who, tuple(spans)) for who, spans in heard.items()))
            for way, heard in ways.items()
        ),
    )


def _namings(begins: datetime, ends: datetime) -> list[Naming]:
    """Whom mandates named in the stretch, and who owned holds that still have calls."""
    rows = MandatePerson.objects.filter(valid_from__lt=ends).select_related("mandate")
    by_holds = [
        Naming(one.owner, Relation.HELD, one.reference, Span(one.begins, one.ends), one.agents)
        for one in holds.standing_between(begins, ends)
    ]
    return by_holds + [
        Naming(row.person_id, row.mandate.kind, row.mandate.reference, span, agents)
        for row in rows.order_by("mandate__opened_at", "id")
        if (span := _open(row)).begins < ends and (span.ends is None or span.ends > begins)
        for agents in (_agents(row.mandate),)
    ]


def _open(row: MandatePerson) -> Span:
    over = (row.valid_to, row.mandate.ends_at, row.mandate.closed_at)
    begins = max(row.valid_from, row.mandate.opened_at)
    return Span(begins, max(begins, min(filter(None, over))))


def _agents(mandate: Mandate) -> frozenset[UUID]:
    """Those whose legs are in the mandate's calls that still exist."""
    about = MandateCall.objects.filter(mandate=mandate).values("call_id")
    found = Leg.objects.filter(call_id__in=about, person_id__isnull=False)
    return frozenset(found.values_list("person_id", flat=True))
