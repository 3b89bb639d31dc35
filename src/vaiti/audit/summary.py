"""Where the log stands: its newest signed checkpoint, and what waits for the next one."""

from dataclasses import dataclass
from datetime import datetime

from vaiti.audit.models import Checkpoint, Leaf

MOST_WAITING = 1000  # counted; beyond, there are more


@dataclass(frozen=True, slots=True)
class Summary:
    """`size` entries are covered by `note`, signed at `at`; `waiting` have no place yet."""

    size: int
    at: datetime | None
    note: str
    waiting: int


def summary() -> Summary:
    newest = Checkpoint.objects.order_by("-size").first()
    waiting = Leaf.objects.filter(seq__isnull=True)[:MOST_WAITING].count()
    if newest is None:
        return Summary(0, None, "", waiting)
    return Summary(newest.size, newest.at, newest.note, waiting)
