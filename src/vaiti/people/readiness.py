"""Whether a person may hear calls as far as training and secrecy go, as of an instant."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db.models import Value

from vaiti.asking.prepared import Prepared
from vaiti.people.dated import standing
from vaiti.people.models import Person, TrainingRecord, Undertaking

_RECORD, _PROMISE = 0, 1  # which of the two a row is


@dataclass(frozen=True, slots=True)
class Readiness:
    """The ids of the training record and the undertaking that stand, and until when they do.

    An `until` is None where there is none, or no end.
    """

    training: UUID | None = None
    trained_until: datetime | None = None
    undertaking: UUID | None = None
    sworn_until: datetime | None = None

    @property
    def trained(self) -> bool:
        return self.training is not None

    @property
    def sworn(self) -> bool:
        return self.undertaking is not None

    @property
    def ends(self) -> datetime | None:
        """The first instant at which one of the two ends."""
        known = [one for one in (self.trained_until, self.sworn_until) if one is not None]
        return min(known, default=None)


@dataclass(frozen=True, slots=True)
class ReadyLine:
    """One person of an overview; `signed_on` is None for whoever has given no undertaking."""

    person_id: UUID
    name: str = field(repr=False)
    ready: Readiness
    signed_on: date | None


def readiness(person_id: UUID, now: datetime) -> Readiness:
    """Of several records the one that lasts longest, of several undertakings the newest."""
    training: tuple[datetime, UUID] | None = None
    promised: tuple[datetime, UUID, datetime | None] | None = None
    for found_id, began, ends, what in _BOTH.rows(person=person_id, now=now):
        if what == _RECORD:
            training = max(training or (ends, found_id), (ends, found_id))
        elif promised is None or began > promised[0]:
            promised = began, found_id, ends
    until, record = training or (None, None)
    _, promise, sworn_until = promised or (None, None, None)
    return Readiness(record, until, promise, sworn_until)


_BOTH = Prepared(
    lambda person, now: (
        TrainingRecord.objects.filter(standing(now), person_id=person)
        .values_list("id", "valid_from", "valid_to", Value(_RECORD))
        .union(
            Undertaking.objects.filter(standing(now), person_id=person).values_list(
                "id", "valid_from", "valid_to", Value(_PROMISE)
            ),
            all=True,
        )
    ),
    person=UUID,
    now=datetime,
)


def _ready(record: TrainingRecord | None, promise: Undertaking | None) -> Readiness:
    return Readiness(
        training=record.id if record else None,
        trained_until=record.valid_to if record else None,
        undertaking=promise.id if promise else None,
        sworn_until=promise.valid_to if promise else None,
    )


def overview(person_ids: Collection[UUID], now: datetime) -> list[ReadyLine]:
    """Those of the persons who are here, by name: in three queries, however many they are."""
    people = Person.objects.filter(standing(now, "active"), id__in=set(person_ids))
    ids = list(people.values_list("id", flat=True))
    ascending = TrainingRecord.objects.filter(standing(now), person_id__in=ids)
    records = {row.person_id: row for row in ascending.order_by("valid_to")}
    ascending_promises = Undertaking.objects.filter(standing(now), person_id__in=ids)
    promises = {row.person_id: row for row in ascending_promises.order_by("valid_from")}
    return [
        ReadyLine(
            row.id,
            row.name,
            _ready(records.get(row.id), promises.get(row.id)),
            promises[row.id].signed_on if row.id in promises else None,
        )
        for row in people.order_by("name", "id")
    ]
