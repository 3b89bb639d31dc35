"""Who may see what shows that destruction is done: counts, tombstones and where the log went."""

from datetime import datetime
from uuid import UUID

from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders

SEERS = holders(Besides.PROOF)


def may_see_proof(person_id: UUID, now: datetime) -> bool:
    """An auditor only while let in: a role that has ended is none."""
    return bool(standing(person_id, now).roles & SEERS)
