"""What lets somebody hear more: never by one's own hand, never unseen when a machine did it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import RoleKind

BY_HAND = "hand"
ALARM = "people:hearing_widened"
OWN_HAND = "nobody widens what they may hear themselves; ask another administrator"
HEARS_NOTHING = frozenset({RoleKind.AUDITOR.value})
"""Of these roles only it is certain that they never let anybody hear or see a call."""


def widens(kind: str) -> bool:
    """Whether a role may let its holder hear more than before."""
    return kind not in HEARS_NOTHING


def by_another(person_id: UUID, by: str) -> None:
    """Raises EnrolmentError when somebody would widen what they themselves may hear."""
    if by == person_id.hex:
        raise EnrolmentError(OWN_HAND)


def announce(person_id: UUID, what: str, source: str, now: datetime) -> None:
    """Tells the data protection officer of a widening that no person entered here by hand.

    `source` names the machine (sso, scim), `what` the act with codes and ids only.
    """
    if source == BY_HAND:
        return
    key = f"{person_id.hex}:{what}"
    alarms.raise_alarm(ALARM, key, f"{what} by {source}", now)


def seen(person_id: UUID, *, by: str, now: datetime) -> int:
    """The officer has looked at the widenings of this person: their alarms end. Says how many."""
    keys = [one.key for one in standing_for(person_id)]
    with transaction.atomic():
        for key in keys:
            alarms.clear(ALARM, key, now)
        if keys:
            enter(Kind.PEOPLE_WIDENING_SEEN, person_id, by, now, alarms=len(keys))
    return len(keys)


def standing_for(person_id: UUID) -> list[alarms.Standing]:
    return [
        one
        for one in alarms.standing()
        if one.kind == ALARM and one.key.startswith(f"{person_id.hex}:")
    ]
