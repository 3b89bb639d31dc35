"""Who handles cases: the rights handlers; the data protection officer looks on and looks twice."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.access.decide import lacks
from vaiti.access.errors import NotVisible
from vaiti.access.standing import no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.people import book
from vaiti.people.readiness import readiness

HANDLER, OFFICER = "rights_handler", "dpo"
_SEES = holders(Besides.CASES)


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who may look at cases, and whether they may handle them and look twice."""

    person_id: UUID
    handles: bool
    officer: bool


def require_desk(person_id: UUID, now: datetime) -> Desk:
    """Raises NotVisible."""
    person = standing(person_id, now)
    if not person.here or not person.roles & _SEES:
        raise NotVisible
    handles = HANDLER in person.roles and not person.lacks
    return Desk(person_id, handles, OFFICER in person.roles)


def require_handler(person_id: UUID, now: datetime) -> None:
    """A rights handler whose training and undertaking stand. Raises NotVisible, Unprepared."""
    person = standing(person_id, now)
    if not person.here or HANDLER not in person.roles:
        raise NotVisible
    if person.lacks:
        raise no_to(person)


def require_officer(person_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    if not require_desk(person_id, now).officer:
        raise NotVisible


def trained(now: datetime) -> int:
    """How many handlers could work today."""
    count = 0
    for one in book.persons(now):
        if HANDLER in one.roles:
            ready = readiness(one.id, now)
            count += not lacks(one.roles, ready.trained, ready.sworn)
    return count
