"""What lets somebody hear more: never by one's own hand, never unseen when a machine did it.

Each widening by a machine is a row until the data protection officer has looked at it; one alarm
for each machine stands as long as there is any, however many a synchronisation brings.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.machine_models import Widening
from vaiti.people.models import RoleKind

BY_HAND = "hand"
ALARM = "people:hearing_widened"
FACTORS_REMOVED = "people:factors_removed"
OWN_HAND = "nobody widens what they may hear themselves; ask another administrator"
HEARS_NOTHING = frozenset({RoleKind.AUDITOR.value})
"""Of these roles only it is certain that they never let anybody hear or see a call."""
MOST = 200  # shown on one page


class Act(StrEnum):
    """How somebody may hear more."""

    ROLE = "role"
    LEADS = "leads"
    JOINED = "joined"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Widened:
    """`what` is the role, or the id of the team in hex. `number` grows with each."""

    number: int
    person: UUID
    act: str
    what: str
    source: str
    at: datetime


def widens(kind: str) -> bool:
    """Whether a role may let its holder hear more than before."""
    return kind not in HEARS_NOTHING


def by_another(person_id: UUID, by: str, sentence: str = OWN_HAND) -> None:
    """Raises EnrolmentError when somebody would do to themselves what another must do."""
    if by == person_id.hex:
        raise EnrolmentError(sentence)


def announce(person_id: UUID, act: Act, what: str, source: str, now: datetime) -> None:
    """Tells the data protection officer of a widening that no person entered here by hand.

    `source` names the machine (sso, scim).
    """
    if source == BY_HAND:
        return
    Widening.objects.create(person_id=person_id, act=act, what=what, source=source, at=now)
    alarms.raise_alarm(ALARM, source, f"by {source}", now)


def unseen(person_id: UUID | None = None) -> list[Widened]:
    """What the officer has not looked at, of one person or of all; the oldest of them first."""
    rows = _unseen() if person_id is None else _unseen().filter(person_id=person_id)
    return [
        Widened(row.id, row.person_id, row.act, row.what, row.source, row.at)
        for row in rows.order_by("id")[:MOST]
    ]


def count_unseen() -> int:
    return _unseen().count()


def seen(person_id: UUID, *, by: str, now: datetime) -> int:
    """The officer has looked at what was widened for this person, and at a removal of factors."""
    with transaction.atomic():
        count = _mark(_unseen().filter(person_id=person_id), by, now)
        count += alarms.clear(FACTORS_REMOVED, person_id.hex, now)
        if count:
            enter(Kind.PEOPLE_WIDENING_SEEN, person_id, by, now, alarms=count)
    return count


def seen_up_to(number: int, *, by: str, now: datetime) -> int:
    """The officer has looked at all of them up to this one, as a page showed them."""
    with transaction.atomic():
        count = _mark(_unseen().filter(id__lte=number), by, now)
        if count:
            enter(Kind.PEOPLE_WIDENING_SEEN, "", by, now, alarms=count)
    return count


def factors_removed(person_id: UUID) -> bool:
    """Whether somebody's second factors were removed and the officer has not looked at it."""
    return any(
        one.kind == FACTORS_REMOVED and one.key == person_id.hex for one in alarms.standing()
    )


def _unseen() -> QuerySet[Widening]:
    return Widening.objects.filter(seen_at__isnull=True)


def _mark(rows: QuerySet[Widening], by: str, now: datetime) -> int:
    """Marks the rows; the alarm of a machine of which none is left ends.

    It is ended first and raised anew for what is left: what a machine widens in this moment waits
    for that, and is not missed.
    """
    sources = set(rows.values_list("source", flat=True))
    count = rows.update(seen_at=now, seen_by=by)
    for source in sources:
        alarms.clear(ALARM, source, now)
        if _unseen().filter(source=source).exists():
            alarms.raise_alarm(ALARM, source, f"by {source}", now)
    return count
