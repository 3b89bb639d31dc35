"""What the controller has told its processors: they process on documented instructions only."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.promises.models import Instruction
from vaiti.promises.papers import processors
from vaiti.promises.papers.processors import ProcessorRefused

MAX_TEXT = 2000  # characters


@dataclass(frozen=True, slots=True)
class Told:
    """What a processor was told, and on which day."""

    processor: str
    text: str
    given_on: date


def give(told: Told, *, by: UUID, now: datetime) -> None:
    """Puts it on record. Raises ProcessorRefused."""
    text = " ".join(told.text.split())
    if not any(one.name == told.processor for one in processors.standing()):
        raise ProcessorRefused("No processor of this name stands.")
    if told.given_on > now.date():
        raise ProcessorRefused("The instruction was given on a day that has been.")
    if not text or len(text) > MAX_TEXT:
        raise ProcessorRefused("Write what the processor was told, in at most 2,000 characters.")
    with transaction.atomic():
        row = Instruction.objects.create(
            processor=told.processor, given_on=told.given_on, text=text, person_id=by, at=now
        )
        facts: Facts = {"name": told.processor, "day": told.given_on.isoformat()}
        kind, subject = Kind.PROMISES_PROCESSOR_INSTRUCTED, row.id.hex
        log.append(kind, actor=by.hex, subject=subject, facts=facts, now=now)


def given() -> list[Told]:
    """The newest first; of those that are processors no more too."""
    rows = Instruction.objects.order_by("-given_on", "-at")
    return [Told(row.processor, row.text, row.given_on) for row in rows]
