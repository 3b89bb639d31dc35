"""Who sees how the sentences of the notice stand, and who may vouch for one and publish them."""

from datetime import datetime
from uuid import UUID

from vaiti.access.errors import NotVisible
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders

READERS = holders(Besides.PROMISES)
SIGNERS = READERS & holders(Besides.PERIODS)


def see_promises(person_id: UUID, now: datetime) -> bool:
    """Whether this reader may also sign. Raises NotVisible."""
    roles = standing(person_id, now).roles
    if not roles & READERS:
        raise NotVisible
    return bool(roles & SIGNERS)


def may_sign(person_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    if not see_promises(person_id, now):
        raise NotVisible
