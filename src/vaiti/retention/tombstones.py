"""What remains of destroyed calls, told by their opaque ids."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.retention.models import Tombstone


@dataclass(frozen=True, slots=True)
class Gone:
    """When it was due, when it was proven gone, and how."""

    due_at: datetime
    done_at: datetime
    method: str


def gone(calls: Iterable[UUID]) -> dict[UUID, Gone]:
    """Those of the calls that have a tombstone."""
    rows = Tombstone.objects.filter(call__in=list(calls))
    return {row.call: Gone(row.due_at, row.done_at, row.method) for row in rows}
