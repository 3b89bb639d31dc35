"""Complaints about the register: kept with their dates and answers, their calls held until decided.

One comes from a person, or through an authority that asks (Art. 77, N-48). A complaint that comes
after the calls were destroyed is what the holds are for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access import holding
from vaiti.access.references import fit_reference
from vaiti.access.standing import standing
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.hold_rules import HoldKind
from vaiti.rights import noting
from vaiti.rights.case_models import CaseCall
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import require_officer
from vaiti.rights.law import keeping, record, rules
from vaiti.rights.law.models import Complaint
from vaiti.rights.law.record import Named, require_worker
from vaiti.rights.law.rules import Complaint as State
from vaiti.rights.numbering import check_words, numbered
from vaiti.vault.keyclient import KeyClient

OLDEST = timedelta(days=366)
_HELD = {
    "person": (HoldKind.REQUEST, "A person's complaint is pending."),
    "authority": (HoldKind.ORDER, "An authority inquires into it."),
}


@dataclass(frozen=True, slots=True)
class Came:
    """A complaint as it came. `number` is the authority's own; `case` the request it is about."""

    came_from: str
    arrived_on: date
    about: str = field(repr=False)
    country: str = ""
    number: str = ""
    case: str = ""
    answer_by: date | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """`calls` is how many it names, also those that were gone when it came."""

    id: UUID
    number: str
    row: Complaint
    calls: int

    @property
    def open(self) -> bool:
        return self.row.state != State.DECIDED


def listed(person_id: UUID, now: datetime) -> list[Card]:
    """What is open first, then the newest. The look is an entry. Raises NotVisible."""
    with transaction.atomic(durable=True):
        require_worker(person_id, now)
        found = [_card(row) for row in Complaint.objects.order_by("-noted_at", "id")]
        facts = {"rows": len(found)}
        log.append(Kind.RIGHTS_COMPLAINTS_LISTED, actor=person_id.hex, facts=facts, now=now)
    return sorted(found, key=lambda one: not one.open)


def seen(person_id: UUID, complaint_id: UUID, now: datetime) -> Card:
    """The look is an entry. Raises NotVisible."""
    require_worker(person_id, now)
    row = record.found(Complaint, complaint_id)
    record.looked(row, person_id, now)
    return _card(row)


def calls_of(card: Card, now: datetime) -> tuple[Named, ...]:
    """Reads only; whoever asks has been let in by `seen`."""
    return record.named(card.row, now)


def note(person_id: UUID, came: Came, today: date, keys: KeyClient, now: datetime) -> UUID:
    """With a case's number its confirmed calls are held at once. Raises NotVisible, CaseRefused."""
    require_worker(person_id, now)
    if came.came_from not in rules.FROM:
        raise CaseRefused("came_from")
    if not today - OLDEST <= came.arrived_on <= today:
        raise CaseRefused("arrived")
    if came.number and not fit_reference(came.number):
        raise CaseRefused("reference")
    case = noting.case_of(came.case) if came.case else None
    if came.case and case is None:
        raise CaseRefused("case")
    with transaction.atomic():
        row = numbered(
            Complaint,
            now,
            state=State.RECEIVED,
            came_from=came.came_from,
            country=came.country,
            number=came.number,
            case=came.case,
            about=check_words(came.about, 10, "about"),
            arrived_on=came.arrived_on,
            answer_by=came.answer_by,
            noted_by=person_id.hex,
            noted_at=now,
        )
        record.noted(Kind.RIGHTS_COMPLAINT_RECEIVED, row, person_id, now, how=row.came_from)
    if case is not None:
        mine = CaseCall.objects.filter(case=case, confirmed=True)
        _hold_those_kept(row, mine.values_list("call", flat=True), person_id, keys, now)
    return row.id


def name_calls(
    person_id: UUID, complaint_id: UUID, calls: Iterable[UUID], keys: KeyClient, now: datetime
) -> None:
    """Calls that this person sees, and no others. Raises NotVisible, CaseRefused."""
    require_worker(person_id, now)
    row = record.found(Complaint, complaint_id)
    if row.state == State.DECIDED:
        raise CaseRefused("state")
    person, known = standing(person_id, now), set(record.calls_of(row))
    wanted = [one for one in calls if one not in known]
    if not wanted or not all(holding.sees(person, one, now) for one in wanted):
        raise CaseRefused("not_seen")
    for call in wanted:
        _hold(row, call, person_id, keys, now)


def answer(person_id: UUID, complaint_id: UUID, said: str, now: datetime) -> None:
    """What was answered to the person or the authority. Raises NotVisible, CaseRefused."""
    require_worker(person_id, now)
    with record.changed(Complaint, complaint_id) as row:
        rules.check_complaint_move(row.state, State.ANSWERED)
        row.answer, row.answered_at = check_words(said, 10, "answer"), now
        row.state = State.ANSWERED
        _moved(row, person_id, now)


def decide(person_id: UUID, complaint_id: UUID, outcome: str, measures: str, now: datetime) -> None:
    """How it ended, by the officer: its calls are let go. Raises NotVisible, CaseRefused."""
    require_officer(person_id, now)
    with record.changed(Complaint, complaint_id) as row:
        if outcome not in rules.OUTCOMES:
            raise CaseRefused("outcome")
        rules.check_complaint_move(row.state, State.DECIDED)
        row.outcome, row.measures = outcome, check_words(measures, 0, "words")
        row.state, row.closed_by, row.closed_at = State.DECIDED, person_id.hex, now
        keeping.end(record.holds_of(row), person_id.hex, "The complaint is decided.", now)
        _moved(row, person_id, now)


def _hold_those_kept(
    row: Complaint, calls: Iterable[UUID], person_id: UUID, keys: KeyClient, now: datetime
) -> None:
    """What is gone already cannot be held: the complaint is noted all the same, and says so."""
    for call in calls:
        try:
            _hold(row, call, person_id, keys, now)
        except CaseRefused as error:
            if error.code != "not_held":
                raise
            with transaction.atomic():
                record.add(row, call, None, person_id, now)
                record.noted(Kind.RIGHTS_COMPLAINT_GONE, row, person_id, now, call=call.hex)


def _hold(row: Complaint, call: UUID, person_id: UUID, keys: KeyClient, now: datetime) -> None:
    kind, reason = _HELD[row.came_from]
    matter = keeping.Matter(kind, record.number(row), person_id, reason)
    hold = keeping.hold(matter, call, keys, now)
    with transaction.atomic():
        record.add(row, call, hold, person_id, now)
        record.noted(Kind.RIGHTS_COMPLAINT_HELD, row, person_id, now, call=call.hex)


def _card(row: Complaint) -> Card:
    return Card(row.id, record.number(row), row, record.rows(row).count())


def _moved(row: Complaint, by: UUID, now: datetime) -> None:
    told = {"state": str(row.state), "outcome": row.outcome}
    record.noted(Kind.RIGHTS_COMPLAINT_MOVED, row, by, now, **told)
