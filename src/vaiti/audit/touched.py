"""Which calls the log says were touched: by a person in a time, or kept at an instant.

For whoever looks into a breach of personal data (Art. 33(3)): from the entries, and not from rows
that die with their calls. Entries whose content is gone tell of no call any more.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf
from vaiti.audit.standing import standing

HEARD = (
    *(Kind.ACCESS_LISTENING_OPENED, Kind.ACCESS_LISTENING_RESUMED, Kind.ACCESS_LISTENING_HEARD),
    *(Kind.ACCESS_COPY_OPENED, Kind.ACCESS_RECORDING_VERIFIED),
)
"""Under entries of these kinds the call's recording was opened; their subject is the call."""
SEEN = (Kind.ACCESS_CALL_SEEN,)


def by_actor(
    actor: str, kinds: Iterable[Kind], begins: datetime, ends: datetime, most: int
) -> set[UUID]:
    """The calls of entries by this actor, at most one more than `most`."""
    found = Leaf.objects.filter(actor=actor, kind__in=[one.value for one in kinds])
    return _calls(found.filter(at__gte=begins, at__lte=ends), most)


def lists_of(actor: str, begins: datetime, ends: datetime) -> int:
    """How many lists of calls the actor looked at: which rows they held is written nowhere."""
    kind = Kind.ACCESS_CALLS_LISTED.value
    found = Leaf.objects.filter(kind=kind, actor=actor, at__gte=begins, at__lte=ends)
    return standing(found, "id").count()


def kept_between(
    begins: datetime, ends: datetime, taken_in: tuple[datetime, datetime], most: int
) -> set[UUID]:
    """The calls taken in within `taken_in` whose recording was there at some instant from `begins`
    to `ends`; at most one more than `most`."""
    first, last = taken_in
    came = Leaf.objects.filter(
        kind=Kind.CALL_RECORDING_TAKEN_IN.value,
        at__gte=first,
        at__lte=min(last, ends),
        salt__isnull=False,
    )
    gone = Leaf.objects.filter(kind=Kind.RETENTION_CALL_DESTROYED.value, at__lt=begins)
    for waiting in (True, False):
        some = gone.filter(seq__isnull=waiting).values("subject")
        came = came.exclude(subject__in=some)
    return _calls(came, most)


def _calls(found: QuerySet[Leaf], most: int) -> set[UUID]:
    subjects = standing(found, "subject", alike=False)[: most + 1]
    return {UUID(hex=one) for (one,) in subjects if len(one) == 32}
