"""A case moved on: identified, extended, its clock stopped and started. Each act is one entry.

The states follow one another (rights.asking) and none is left out; a closed case is moved no more.
All raise NotVisible or Unprepared for whoever may not, and CaseRefused with what to change.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.rights import asking, clock
from vaiti.rights.asking import DOCUMENTS, EXTENSIONS, Proof, State
from vaiti.rights.case_models import Case
from vaiti.rights.cases import course_of
from vaiti.rights.clock import ClockRefused
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import require_handler

BY_HANDLER = (Proof.NUMBER, Proof.KNOWLEDGE, Proof.IN_PERSON, Proof.AUTHORITY)
"""What a handler may note. That somebody signed in, only their session says."""


def prove(
    person_id: UUID, case_id: UUID, proof: str, document: str, *, today: date, now: datetime
) -> None:
    """Notes a step of identification; of a document seen its kind (N-44)."""
    if proof not in set(BY_HANDLER):
        raise CaseRefused("proof")
    if (proof == Proof.IN_PERSON) != (document in DOCUMENTS):
        raise CaseRefused("document")
    with open_case(person_id, case_id, now) as row:
        if proof in row.proven:
            raise CaseRefused("proven")
        row.proven = [*row.proven, proof]
        row.identity_seen = document or row.identity_seen
        if row.asked_on and not row.answered_on and _identified(row):
            row.answered_on = today
        save(row, "proven", "identity_seen", "answered_on")
        note(Kind.RIGHTS_IDENTITY_PROVEN, row, person_id, now, proof=proof, document=document)


def ask_identity(person_id: UUID, case_id: UUID, today: date, now: datetime) -> None:
    """The person was asked who they are: the clock stands still until they have shown it."""
    with open_case(person_id, case_id, now) as row:
        if _identified(row):
            raise CaseRefused("identified")
        with _by_law():
            clock.check_asking(course_of(row), today)
        row.asked_on = today
        save(row, "asked_on")
        note(Kind.RIGHTS_IDENTITY_ASKED, row, person_id, now)


def answered(person_id: UUID, case_id: UUID, today: date, now: datetime) -> None:
    """The person has answered, well or badly: the clock goes on."""
    with open_case(person_id, case_id, now) as row:
        if row.asked_on is None or row.answered_on is not None:
            raise CaseRefused("not_asked")
        row.answered_on = today
        save(row, "answered_on")
        note(Kind.RIGHTS_IDENTITY_ANSWERED, row, person_id, now)


def extend(person_id: UUID, case_id: UUID, why: str, today: date, now: datetime) -> None:
    """The person was told today, with the reason, of two months more (Art. 12(3))."""
    if why not in EXTENSIONS:
        raise CaseRefused("extension")
    with open_case(person_id, case_id, now) as row:
        with _by_law():
            clock.check_extension(course_of(row), today)
        row.extended_on, row.extended_why = today, why
        save(row, "extended_on", "extended_why")
        note(Kind.RIGHTS_CASE_EXTENDED, row, person_id, now, why=why)


def move_to_identified(person_id: UUID, case_id: UUID, now: datetime) -> None:
    with open_case(person_id, case_id, now) as row:
        if not _identified(row):
            raise CaseRefused("not_identified")
        move(row, State.IDENTIFIED, person_id, now)


@contextmanager
def open_case(person_id: UUID, case_id: UUID, now: datetime) -> Iterator[Case]:
    """The row, locked, for a handler, in one transaction with what happens to it."""
    with transaction.atomic():
        require_handler(person_id, now)
        yield locked(case_id)


@contextmanager
def _by_law() -> Iterator[None]:
    try:
        yield
    except ClockRefused as error:
        raise CaseRefused(error.code) from error


def locked(case_id: UUID) -> Case:
    """Raises NotVisible, and CaseRefused for a closed one."""
    row = Case.objects.select_for_update().filter(id=case_id).first()
    if row is None:
        raise NotVisible
    if row.state == State.CLOSED:
        raise CaseRefused("closed")
    return row


def move(row: Case, to: State, person_id: UUID, now: datetime, **facts: Fact) -> None:
    """To the state that follows, and to no other."""
    if asking.following(State(row.state)) is not to:
        raise CaseRefused("state")
    row.state = to
    if to is not State.IDENTIFIED:
        row.call_reference = ""  # the call is named, or there is none: it has done its work
    save(row, "state", "call_reference")
    note(Kind.RIGHTS_CASE_MOVED, row, person_id, now, state=to.value, **facts)


def save(row: Case, *fields: str) -> None:
    row.save(update_fields=list(fields))


def note(kind: Kind, row: Case, person_id: UUID, now: datetime, **facts: Fact) -> None:
    log.append(kind, actor=person_id.hex, subject=row.id.hex, facts=facts, now=now)


def _identified(row: Case) -> bool:
    return asking.identified(row.asked, row.proven, row.capacity)
