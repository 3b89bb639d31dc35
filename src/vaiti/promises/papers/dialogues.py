"""The dialogue with the staff before calls are recorded (L-35; in Finland Act 1333/2021)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.promises.models import Dialogue

MAX_PARTIES, MAX_TEXT = 200, 2000  # characters


class DialogueRefused(ValueError):
    """It cannot be put on record so; the sentence says what to change."""


class NotTalkedOver(Exception):
    """No line is recorded before its dialogue is on record."""

    def __init__(self) -> None:
        super().__init__(
            "no line is recorded before the dialogue with the staff is on record; the data "
            "protection officer enters it at /promises/staff/, or: vaiti paper dialogue"
        )


@dataclass(frozen=True, slots=True)
class Talk:
    """`parties` took part, as functions; `outcome` is what came of it."""

    held_on: date
    parties: str
    subject: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Talked:
    """A talk, and when it was put on record."""

    talk: Talk
    at: datetime


def record(talk: Talk, *, by: UUID, now: datetime) -> None:
    """Raises DialogueRefused."""
    texts = [" ".join(one.split()) for one in (talk.parties, talk.subject, talk.outcome)]
    if talk.held_on > now.date():
        raise DialogueRefused("The dialogue was held on a day that has been.")
    if not all(texts) or len(texts[0]) > MAX_PARTIES or max(map(len, texts)) > MAX_TEXT:
        raise DialogueRefused("Say who took part, what was talked over, and what came of it.")
    parties, subject, outcome = texts
    with transaction.atomic():
        row = Dialogue.objects.create(
            held_on=talk.held_on,
            parties=parties,
            subject=subject,
            outcome=outcome,
            person_id=by,
            at=now,
        )
        facts: Facts = {"day": talk.held_on.isoformat()}
        kind, leaf = Kind.PROMISES_DIALOGUE_RECORDED, row.id.hex
        log.append(kind, actor=by.hex, subject=leaf, facts=facts, now=now)


def newest() -> Talked | None:
    row = Dialogue.objects.order_by("-at").first()
    if row is None:
        return None
    return Talked(Talk(row.held_on, row.parties, row.subject, row.outcome), row.at)


def held() -> bool:
    """Whether any is on record."""
    return Dialogue.objects.exists()


def require(function: str, *, recorded: bool) -> None:
    """Before a line of customers is recorded. Raises NotTalkedOver."""
    if recorded and function != "test" and not held():
        raise NotTalkedOver
