"""Who sees the versions of the notice, and who signs the next one."""

from datetime import datetime
from uuid import UUID

from vaiti.access.errors import NotVisible
from vaiti.access.standing import standing
from vaiti.notice.proposals import NEEDED

SEERS = frozenset({*NEEDED, "auditor"})


def see_versions(person_id: UUID, now: datetime) -> frozenset[str]:
    """As what this person may sign, if as anything. Raises NotVisible."""
    roles = standing(person_id, now).roles
    if not roles & SEERS:
        raise NotVisible
    return roles & frozenset(NEEDED)
