"""Cases read: today's work first, and one case with its clock and its history.

Every look is an entry in the log, in the same transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.rights import asking, clock
from vaiti.rights.asking import State
from vaiti.rights.case_models import Case
from vaiti.rights.clock import Clock, Course, Stage
from vaiti.rights.handlers import Desk, require_desk, trained
from vaiti.rights.intake import number_of
from vaiti.rights.policy import CaseRules

MOST_CLOSED = 100
MOST_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case in a list. `clock` and `stages` are as of the day on which it is looked at."""

    id: UUID
    number: str
    state: State
    channel: str
    capacity: str
    language: str
    asked: tuple[str, ...]
    arrived_on: date
    closed_at: datetime | None
    clock: Clock
    stages: tuple[Stage, ...]

    @property
    def open(self) -> bool:
        return self.state is not State.CLOSED

    @property
    def overdue(self) -> bool:
        return self.open and Stage.OVERDUE in self.stages


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case in full, with its entries in the log, the oldest first."""

    card: CaseCard
    desk: Desk
    country: str
    name: str = field(repr=False)
    contact: str = field(repr=False)
    about: str = field(repr=False)
    line_number: str
    direction: str
    customer: str
    call_reference: str
    about_from: date | None
    about_to: date | None
    signature: str
    identity_seen: str
    shown_name: str = field(repr=False)
    assurance: str
    proven: tuple[str, ...]
    identified: bool
    course: Course
    extended_why: str
    outcome: str
    mandate: UUID | None
    history: tuple[LogEntry, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CaseList:
    """The open cases by when they are due, and the newest closed ones.

    `median_days` is from arrival to closing of those; None before the first. `handlers` are those
    who could work today.
    """

    open: tuple[CaseCard, ...]
    closed: tuple[CaseCard, ...]
    median_days: float | None
    handlers: int
    desk: Desk


def list_cases(person_id: UUID, rules: CaseRules, today: date, now: datetime) -> CaseList:
    """Raises NotVisible."""
    with transaction.atomic(durable=True):
        desk = require_desk(person_id, now)
        rows = Case.objects.exclude(state=State.CLOSED)
        cards = sorted(
            (card_of(row, rules, today) for row in rows), key=lambda one: (one.clock.due, one.id)
        )
        ended = Case.objects.filter(state=State.CLOSED).order_by("-closed_at")[:MOST_CLOSED]
        closed = [card_of(row, rules, today) for row in ended]
        _log_look(Kind.RIGHTS_CASES_LISTED, person_id, "", len(cards) + len(closed), now)
    days = [
        (one.closed_at.date() - one.arrived_on).days for one in closed if one.closed_at is not None
    ]
    middle = float(median(days)) if days else None
    return CaseList(tuple(cards), tuple(closed), middle, trained(now), desk)


def see_case(
    person_id: UUID, case_id: UUID, rules: CaseRules, today: date, now: datetime
) -> CaseView:
    """Raises NotVisible."""
    with transaction.atomic(durable=True):
        desk = require_desk(person_id, now)
        row = row_of(case_id)
        _log_look(Kind.RIGHTS_CASE_SEEN, person_id, row.id.hex, 1, now)
    return _view(row, desk, rules, today)


def row_of(case_id: UUID) -> Case:
    """Raises NotVisible."""
    row = Case.objects.filter(id=case_id).first()
    if row is None:
        raise NotVisible
    return row


def course_of(row: Case) -> Course:
    return Course(row.arrived_on, row.extended_on, row.asked_on, row.answered_on)


def card_of(row: Case, rules: CaseRules, today: date) -> CaseCard:
    course = course_of(row)
    return CaseCard(
        id=row.id,
        number=number_of(row.year, row.serial),
        state=State(row.state),
        channel=row.channel,
        capacity=row.capacity,
        language=row.language,
        asked=tuple(row.asked),
        arrived_on=row.arrived_on,
        closed_at=row.closed_at,
        clock=clock.read(course, rules.calendar, today),
        stages=clock.stages(course, rules.calendar, today),
    )


def _view(row: Case, desk: Desk, rules: CaseRules, today: date) -> CaseView:
    return CaseView(
        card=card_of(row, rules, today),
        desk=desk,
        country=row.country,
        name=row.name,
        contact=row.contact,
        about=row.about,
        line_number=row.line_number,
        direction=row.direction,
        customer=row.customer,
        call_reference=row.call_reference,
        about_from=row.about_from,
        about_to=row.about_to,
        signature=row.signature,
        identity_seen=row.identity_seen,
        shown_name=row.shown_name,
        assurance=row.assurance,
        proven=tuple(row.proven),
        identified=asking.identified(row.asked, row.proven, row.capacity),
        course=course_of(row),
        extended_why=row.extended_why,
        outcome=row.outcome,
        mandate=row.mandate,
        history=tuple(reversed(list(_history(row.id)))),
    )


def _history(case_id: UUID) -> Iterable[LogEntry]:
    """What happened to the case, and not who has looked at it."""
    page = reading.entries(subject=case_id.hex, limit=MOST_ENTRIES)
    return (one for one in page.entries if one.kind != Kind.RIGHTS_CASE_SEEN and not one.removed)


def _log_look(kind: Kind, person_id: UUID, subject: str, rows: int, now: datetime) -> None:
    facts: Facts = {"rows": rows}
    log.append(kind, actor=person_id.hex, subject=subject, facts=facts, now=now)
