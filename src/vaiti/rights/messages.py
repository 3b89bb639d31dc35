"""Messages between a person and those who handle the case, as long as it is open.

What is typed loses the last digits of telephone numbers before it is kept (N-15). The log knows
that something was written, by whom and when, and not a word of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights import typed
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, open_case, save
from vaiti.rights.person_models import Message

PERSON, OFFICE = "person", "office"
ACTOR = "system:person"
"""The person whose calls they are, whom the log does not know by name."""
MOST_TEXT = 2000  # characters
MOST_UNREAD = 20  # of the person's, before somebody has looked at them


@dataclass(frozen=True, slots=True)
class Said:
    """One message; `read` once somebody of the other side has looked at it."""

    mine: bool
    text: str = field(repr=False)
    at: datetime
    read: bool


def ask(case_id: UUID, text: str, today: date, now: datetime) -> None:
    """The person writes on their own page. An answer to who they are starts the clock again."""
    text = _fit(text)
    with transaction.atomic():
        row = locked(case_id)
        if Message.objects.filter(case=row, side=PERSON, read_at=None).count() >= MOST_UNREAD:
            raise CaseRefused("messages")
        _write(row, PERSON, text, ACTOR, now)
        if row.asked_on is not None and row.answered_on is None:
            row.answered_on = today
            save(row, "answered_on")
            kind = Kind.RIGHTS_IDENTITY_ANSWERED
            log.append(kind, actor=ACTOR, subject=row.id.hex, facts={}, now=now)


def answer(person_id: UUID, case_id: UUID, text: str, now: datetime) -> None:
    """A handler writes; what the person had written counts as read. Raises as handling does."""
    text = _fit(text)
    with open_case(person_id, case_id, now) as row:
        Message.objects.filter(case=row, side=PERSON, read_at=None).update(read_at=now)
        _write(row, OFFICE, text, person_id.hex, now)


def mark_read(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """A handler has read what the person wrote, and answers another way or not at all."""
    with open_case(person_id, case_id, now) as row:
        Message.objects.filter(case=row, side=PERSON, read_at=None).update(read_at=now)


def of_person(case_id: UUID, now: datetime) -> list[Said]:
    """For the person's own page: what the office wrote has been seen with it."""
    Message.objects.filter(case_id=case_id, side=OFFICE, read_at=None).update(read_at=now)
    return _told(case_id, PERSON)


def of_office(case_id: UUID) -> list[Said]:
    """For the case's page, whose reader has been let see it (rights.cases.see_case)."""
    return _told(case_id, OFFICE)


def waiting(cases: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the cases in which a message of the person waits for a reader."""
    unread = Message.objects.filter(case_id__in=list(cases), side=PERSON, read_at=None)
    return frozenset(unread.values_list("case_id", flat=True))


def _told(case_id: UUID, side: str) -> list[Said]:
    rows = Message.objects.filter(case_id=case_id).order_by("at", "id")
    return [Said(one.side == side, one.text, one.at, one.read_at is not None) for one in rows]


def _fit(text: str) -> str:
    """Raises CaseRefused."""
    plain = text.replace("\r\n", "\n").strip()
    if not plain or len(plain) > MOST_TEXT:
        raise CaseRefused("message")
    return typed.without_numbers(plain)


def _write(row: Case, side: str, text: str, by: str, now: datetime) -> None:
    Message.objects.create(id=uuid4(), case=row, side=side, text=text, by=by, at=now)
    facts: Facts = {"side": side}
    log.append(Kind.RIGHTS_MESSAGE_WRITTEN, actor=by, subject=row.id.hex, facts=facts, now=now)
