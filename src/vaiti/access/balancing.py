"""Balancing records (Art. 6(1)(f), L-04): why a purpose on a line outweighs what people lose by it.

One for each purpose and line; the newest counts. An overdue one is the officer's alarm, and stops
nothing but training: what is kept to protect people's rights goes on (N-10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access.activity_rules import fit_text
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.models import Balancing
from vaiti.access.purposes import Purpose
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import lines
from vaiti.values.clock import to_micros

ALARM = "access:balancing_overdue"
FILERS = holders(Besides.PERIODS)
SEERS = holders(Besides.PROOF)
LONGEST = timedelta(days=366)
MAX_ANSWER = 1000  # characters
QUESTIONS = (
    *("interest", "why_line", "why_all", "alternatives", "period", "affected"),
    *("expectations", "safeguards", "objection"),
)
"""What every record answers, in this order."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`carries`: whether the interest outweighs; if not, the purpose has no ground on the line."""

    purpose: str
    line: str
    answers: Mapping[str, str]
    carries: bool
    review: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """`overdue`: its day of review has passed, and nobody has filed the next."""

    id: UUID
    draft: Draft
    by: UUID
    at: datetime
    overdue: bool


def file(person_id: UUID, draft: Draft, now: datetime) -> UUID:
    """Takes the place of the former record. Raises NotVisible, and MandateError."""
    if not standing(person_id, now).roles & FILERS:
        raise NotVisible
    return enter(person_id, draft, by=person_id.hex, now=now)


def enter(person_id: UUID, draft: Draft, *, by: str, now: datetime) -> UUID:
    """The same for whoever has asked already. Raises MandateError."""
    _check(draft, now)
    with transaction.atomic():
        row = Balancing.objects.create(
            purpose=draft.purpose,
            line=draft.line,
            answers=dict(draft.answers),
            carries=draft.carries,
            review_at=draft.review,
            person_id=person_id,
            filed_at=now,
        )
        facts: Facts = {
            "purpose": draft.purpose,
            "line": draft.line,
            "kept": draft.carries,
            "review_us": to_micros(draft.review),
        }
        log.append(Kind.ACCESS_BALANCING_FILED, actor=by, subject=row.id.hex, facts=facts, now=now)
    return row.id


def _check(draft: Draft, now: datetime) -> None:
    if draft.purpose not in {one.value for one in Purpose}:
        raise MandateError("Choose a purpose of the notice.")
    if draft.line not in {one.number for one in lines.standing(now)}:
        raise MandateError("Choose a line of the register.")
    if set(draft.answers) != set(QUESTIONS) or not all(
        fit_text(" ".join(one.split()), MAX_ANSWER) for one in draft.answers.values()
    ):
        raise MandateError("Answer every question in at most 1,000 characters, without a number.")
    if not now < draft.review <= now + LONGEST:
        raise MandateError("The day of review is to come, and within a year.")


def records(person_id: UUID, now: datetime) -> tuple[Record, ...]:
    """The newest of each purpose and line, the next to review first. Raises NotVisible."""
    if not standing(person_id, now).roles & SEERS:
        raise NotVisible
    return tuple(_record(row, now) for row in sorted(_newest(), key=lambda row: row.review_at))


def may_file(person_id: UUID, now: datetime) -> bool:
    return bool(standing(person_id, now).roles & FILERS)


def overdue(now: datetime) -> dict[str, str]:
    """What the alarm stands for: purpose and line, and since when."""
    return {
        f"{row.purpose} {row.line}": f"to be reviewed since {row.review_at:%Y-%m-%d}"
        for row in _newest()
        if row.review_at <= now
    }


def _newest() -> list[Balancing]:
    found: dict[tuple[str, str], Balancing] = {}
    for row in Balancing.objects.order_by("filed_at", "id"):
        found[row.purpose, row.line] = row
    return list(found.values())


def _record(row: Balancing, now: datetime) -> Record:
    draft = Draft(row.purpose, row.line, row.answers, row.carries, row.review_at)
    return Record(row.id, draft, row.person_id, row.filed_at, row.review_at <= now)
