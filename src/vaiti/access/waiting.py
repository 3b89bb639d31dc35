"""Whom something waits for, so that ops may tell them by mail. No name and no call is in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from vaiti.access import approvals, emergencies, permits, queue
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book

BY = "system:people"


class What(StrEnum):
    """DECISION: a request to hear a call. EMERGENCY: one that nobody has looked at. QUEUE: the
    data protection officer's."""

    DECISION = "decision"
    EMERGENCY = "emergency"
    QUEUE = "queue"


@dataclass(frozen=True, slots=True)
class Waiting:
    """`about` is the id of what waits for this person; empty for the queue as a whole."""

    what: What
    person: UUID
    about: str = ""


def waiting(now: datetime) -> list[Waiting]:
    """Everything that somebody is to decide or to look at now, for each who may."""
    return [*_decisions(now), *_emergencies(now)]


def keepers(now: datetime) -> list[UUID]:
    """Whose queue it is."""
    return [one.id for one in book.persons(now) if one.roles & queue.KEEPERS]


def note_told(one: Waiting, now: datetime) -> None:
    """The mail has left. In the caller's transaction."""
    facts: Facts = {"what": one.what.value}
    actor, subject = BY, one.person.hex
    log.append(Kind.ACCESS_WAITING_TOLD, actor=actor, subject=subject, facts=facts, now=now)


def _decisions(now: datetime) -> Iterator[Waiting]:
    answering = [one.id for one in book.persons(now) if one.roles & approvals.APPROVERS]
    asked = [
        (request, [one for one in answering if one != asker])
        for request, asker in approvals.waiting(now)
    ]
    for request, people in (*asked, *permits.waiting(now)):
        for person in people:
            yield Waiting(What.DECISION, person, request.hex)


def _emergencies(now: datetime) -> Iterator[Waiting]:
    for one in emergencies.waiting():
        for person in emergencies.lookers(one, now):
            yield Waiting(What.EMERGENCY, person, one.id.hex)
