"""Whether what was destroyed was destroyed on time: from the tombstones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from vaiti.retention.canaries import METHOD as CANARY
from vaiti.retention.models import Tombstone
from vaiti.retention.policy import BYTES_GRACE


@dataclass(frozen=True, slots=True)
class Lateness:
    """Of `destroyed` calls, `late` were proven gone more than a day after they were due; `most` is
    the longest time from due to proven, nothing where none was destroyed."""

    destroyed: int
    late: int
    most: timedelta | None


def lateness(begins: datetime, ends: datetime) -> Lateness:
    """Of what was proven gone from `begins` on and before `ends`."""
    rows = Tombstone.objects.filter(done_at__gte=begins, done_at__lt=ends)
    rows = rows.exclude(method=CANARY)  # test calls of our own are no calls
    destroyed, late, most = 0, 0, None
    for due_at, done_at in rows.values_list("due_at", "done_at").iterator(chunk_size=2_000):
        after = done_at - due_at
        destroyed += 1
        late += after > BYTES_GRACE
        most = after if most is None else max(most, after)
    return Lateness(destroyed, late, most)
