"""Which calls the log says were touched: by a person in a time, or kept at an instant.

For whoever looks into a breach of personal data (Art. 33(3)): from the entries, and not from rows
that die with their calls. Entries whose content is gone tell of no call any more.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vaiti.audit.kinds import Kind
from vaiti.audit.models import Content, Leaf

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
    found = Content.objects.filter(actor=actor, leaf__kind__in=[one.value for one in kinds])
    return _calls(found.filter(leaf__at__gte=begins, leaf__at__lte=ends), most)


def lists_of(actor: str, begins: datetime, ends: datetime) -> int:
    """How many lists of calls the actor looked at: which rows they held is written nowhere."""
    kind = Kind.ACCESS_CALLS_LISTED.value
    found = Leaf.objects.filter(kind=kind, content__actor=actor)
    return found.filter(at__gte=begins, at__lte=ends).count()


def kept_between(
    begins: datetime, ends: datetime, taken_in: tuple[datetime, datetime], most: int
) -> set[UUID]:
    """The calls taken in within `taken_in` whose recording was there at some instant from `begins`
    to `ends`; at most one more than `most`."""
    first, last = taken_in
    came = Content.objects.filter(
        leaf__kind=Kind.CALL_RECORDING_TAKEN_IN.value,
        leaf__at__gte=first,
        leaf__at__lte=min(last, ends),
    )
    gone = Content.objects.filter(
        leaf__kind=Kind.RETENTION_CALL_DESTROYED.value, leaf__at__lt=begins
    ).values("subject")
    return _calls(came.exclude(subject__in=gone), most)


def _calls(found: QuerySet[Content], most: int) -> set[UUID]:
    subjects = found.values_list("subject", flat=True).distinct()[: most + 1]
    return {UUID(hex=one) for one in subjects if len(one) == 32}
