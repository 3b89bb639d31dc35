"""Jobs with leases, in the same database as what caused them.

A job that is added in a transaction exists when, and only when, that transaction holds. While a
lease lives nobody else gets the job; when the worker that held it is gone, the lease ends and the
job is due again. Work must therefore bear being begun twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from vaiti.due import models

MAX_ERROR = 200  # in characters
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=1)

Payload = Mapping[str, str | int | bool | None]


class LeaseLost(RuntimeError):
    """The lease ended before the work did; somebody else may have the job now."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as leased to `worker` until `lease_until`. `tries` counts this lease."""

    id: UUID
    kind: str
    key: str
    payload: dict[str, str | int | bool | None]
    tries: int
    worker: str
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Dead:
    """A job that was given up after so many tries; `error` is a code."""

    id: UUID
    key: str
    payload: dict[str, str | int | bool | None]
    tries: int
    error: str
    at: datetime


def add(kind: str, key: str, payload: Payload, due_at: datetime) -> None:
    """Makes sure that the job `key` is open. An open one stays as it is; a done one is due anew."""
    row = models.Job(kind=kind, key=key, payload=dict(payload), due_at=due_at)
    models.Job.objects.bulk_create([row], ignore_conflicts=True)
    models.Job.objects.filter(key=key, done_at__isnull=False).update(
        kind=kind, payload=dict(payload), due_at=due_at, done_at=None, tries=0, last_error=""
    )


def add_new(kind: str, key: str, payload: Payload, due_at: datetime) -> None:
    """Makes sure that the job `key` is there; one that was done stays done."""
    row = models.Job(kind=kind, key=key, payload=dict(payload), due_at=due_at)
    models.Job.objects.bulk_create([row], ignore_conflicts=True)


def lease(worker: str, now: datetime, seconds: int, kind: str = "") -> Job | None:
    """The job that has been due longest and that nobody holds, leased to `worker`, or None.

    With `kind` only jobs of this kind.
    """
    with transaction.atomic():
        free = models.Job.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now),
            done_at__isnull=True,
            dead_at__isnull=True,
            due_at__lte=now,
        ).order_by("due_at", "id")
        if kind:
            free = free.filter(kind=kind)
        if connection.features.has_select_for_update_skip_locked:
            free = free.select_for_update(skip_locked=True)
        row = free.first()
        if row is None:
            return None
        row.lease_by, row.lease_until = worker, now + timedelta(seconds=seconds)
        row.tries += 1
        row.save(update_fields=["lease_by", "lease_until", "tries"])
        return Job(row.id, row.kind, row.key, row.payload, row.tries, row.lease_by, row.lease_until)


def done(job: Job, now: datetime) -> None:
    """Marks the job done, in the transaction of its work if there is one. Raises LeaseLost."""
    _settle(job, done_at=now, last_error="")


def failed(job: Job, error: str, now: datetime) -> None:
    """Gives the job back, due again after a pause. `error` is a code. Raises LeaseLost."""
    _settle(job, due_at=now + pause(job.tries), last_error=error[:MAX_ERROR])


def bury(job: Job, error: str, now: datetime) -> None:
    """Nobody tries this job any more, until it is revived. Raises LeaseLost."""
    _settle(job, dead_at=now, last_error=error[:MAX_ERROR])


def kinds_waiting(prefix: str) -> list[str]:
    """The kinds that begin so and of which some job is neither done nor given up."""
    waiting = models.Job.objects.filter(done_at__isnull=True, dead_at__isnull=True)
    found = waiting.filter(kind__startswith=prefix).order_by("kind")
    return list(found.values_list("kind", flat=True).distinct())


def dead(prefix: str, most: int) -> list[Dead]:
    """Those of kinds that begin so and were given up, the newest first."""
    rows = models.Job.objects.filter(kind__startswith=prefix, dead_at__isnull=False)
    return [
        Dead(row.id, row.key, row.payload, row.tries, row.last_error, row.dead_at)
        for row in rows.order_by("-dead_at", "id")[:most]
        if row.dead_at is not None
    ]


def revive(job_id: UUID, prefix: str, now: datetime) -> bool:
    """Has it tried anew from the beginning; False when it is not dead."""
    buried = models.Job.objects.filter(id=job_id, kind__startswith=prefix, dead_at__isnull=False)
    return bool(buried.update(dead_at=None, tries=0, due_at=now, last_error=""))


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: ten seconds, doubled each time, at most an hour."""
    doubled = FIRST_PAUSE * (1 << min(tries - 1, 20))
    return min(doubled, LONGEST_PAUSE)


def forget_done(before: datetime) -> int:
    """Removes the rows of jobs done before this instant; returns how many."""
    return models.Job.objects.filter(done_at__lt=before).delete()[0]


def _settle(job: Job, **changes: datetime | str) -> None:
    mine = models.Job.objects.filter(
        id=job.id, lease_by=job.worker, lease_until=job.lease_until, done_at__isnull=True
    )
    if not mine.update(lease_by="", lease_until=None, **changes):
        raise LeaseLost("the lease ended before the work did; give it more seconds")
