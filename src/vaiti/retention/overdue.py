"""Is destruction late? Asked of the calls themselves, not of what should have destroyed them."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from vaiti.due import alarms
from vaiti.register.models import Call
from vaiti.retention.models import PlanLine
from vaiti.retention.policy import BYTES_GRACE, KEY_GRACE

KEYS_ALARM = "retention:keys_overdue"
BYTES_ALARM = "retention:bytes_overdue"
KEY = "calls"


@dataclass(frozen=True, slots=True)
class Overdue:
    """Calls whose keys, and calls of which anything at all, is there past the grace of N-19."""

    keys: int
    remains: int


def overdue(now: datetime) -> Overdue:
    """Counts what is late and raises or clears the alarms for it."""
    found = count(now)
    for kind, late in ((KEYS_ALARM, found.keys), (BYTES_ALARM, found.remains)):
        if late:
            alarms.raise_alarm(kind, KEY, f"calls={late}", now)
        else:
            alarms.clear(kind, KEY, now)
    return found


def count(now: datetime) -> Overdue:
    """Only counts, for a process that may not write."""
    lines = PlanLine.objects.filter(call=OuterRef("id"))
    alive = ~Exists(lines.filter(key_dead_at__isnull=False))
    late = Call.objects.filter(alive, due_at__lte=now - KEY_GRACE)
    open_lines = PlanLine.objects.filter(done_at__isnull=True, due_at__lte=now - BYTES_GRACE)
    rows = Call.objects.filter(
        ~Exists(lines.filter(done_at__isnull=True)), due_at__lte=now - BYTES_GRACE
    )
    return Overdue(late.count(), open_lines.count() + rows.count())
