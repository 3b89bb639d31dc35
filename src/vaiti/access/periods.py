"""Who sees for how long calls are kept, and who approves that they are kept for less."""

from datetime import datetime
from uuid import UUID

from vaiti.access.errors import NotVisible
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders

SEERS = holders(Besides.PROOF)
DECIDERS = holders(Besides.PERIODS)


def see_periods(person_id: UUID, now: datetime) -> bool:
    """Whether this person may decide as well. Raises NotVisible."""
    roles = standing(person_id, now).roles
    if not roles & SEERS:
        raise NotVisible
    return bool(roles & DECIDERS)


def may_decide(person_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    if not standing(person_id, now).roles & DECIDERS:
        raise NotVisible
