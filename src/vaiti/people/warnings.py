"""Telling people by mail, ahead of time, that their training or their undertaking ends.

What is to be told is a job in the transaction that notes it, so that each is told once, whatever
happens to the worker. The mail itself is made when it is sent, from what is so then.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.due import jobs
from vaiti.due.jobs import Job, Payload
from vaiti.people import book
from vaiti.people.entries import enter, instant
from vaiti.people.expiry import days_left, warns
from vaiti.people.models import Warned
from vaiti.people.readiness import Readiness, overview, readiness
from vaiti.values.clock import from_micros, to_micros

JOB = "mail:expiry"
TRAINING, UNDERTAKING = "training", "undertaking"
BY = "system:people"


@dataclass(frozen=True, slots=True)
class Told:
    """Whom to tell what, as of now."""

    person: UUID
    name: str = field(repr=False)
    login: str = field(repr=False)
    language: str
    what: str
    until: datetime


def queue(now: datetime, zone: ZoneInfo) -> int:
    """Makes a job for each person who is to be warned and was not; says how many."""
    people = [card.id for card in book.persons(now) if card.roles]
    made = 0
    for line in overview(people, now):
        for what, until in _ends(line.ready):
            days = warns(days_left(until, now, zone)) if until is not None else 0
            if days and until is not None:
                made += _queue(line.person_id, what, until, days, now)
    return made


def _ends(ready: Readiness) -> tuple[tuple[str, datetime | None], ...]:
    return ((TRAINING, ready.trained_until), (UNDERTAKING, ready.sworn_until))


def _queue(person: UUID, what: str, until: datetime, days: int, now: datetime) -> bool:
    with transaction.atomic():
        _row, new = Warned.objects.get_or_create(
            person_id=person, what=what, until=until, days=days, defaults={"at": now}
        )
        if new:
            payload: Payload = {"person": person.hex, "what": what, "until_us": to_micros(until)}
            key = f"{JOB}:{person.hex}:{what}:{to_micros(until)}:{days}"
            jobs.add(JOB, key, payload, now)
    return new


def told_by(job: Job, now: datetime) -> Told | None:
    """What the job is about; None when it is so no more: renewed, over, or the person is gone."""
    person = UUID(hex=str(job.payload["person"]))
    until = from_micros(int(job.payload["until_us"] or 0))
    card, what = book.person(person, now), str(job.payload["what"])
    ready = readiness(person, now)
    if card is None or not card.roles or dict(_ends(ready))[what] != until:
        return None
    return Told(card.id, card.name, card.login, card.language, what, until)


def note_sent(told: Told, now: datetime) -> None:
    """The mail has left. In the transaction that ends the job."""
    facts = {"what": told.what, "after": instant(told.until)}
    enter(Kind.PEOPLE_WARNING_SENT, told.person, BY, now, **facts)
