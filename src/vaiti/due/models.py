"""Work that must happen, and states that somebody must see. Payloads hold ids, never names."""

import uuid

from django.db import models


class Job(models.Model):
    """Due work with a lease: a worker that dies gives the job back when the lease ends.

    With `dead_at` nobody tries any more, until somebody says so by hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=128, unique=True)
    payload = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_by = models.CharField(max_length=64, blank=True)
    tries = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(done_at__isnull=True),
                name="due_job_open",
            ),
            models.Index(
                fields=["-dead_at", "id"],
                condition=models.Q(dead_at__isnull=False),
                name="due_job_dead",
            ),
        ]


class Alarm(models.Model):
    """One condition that is or was wrong. Raising a raised alarm counts it again.

    An event has happened and does not end by itself: somebody must say that they have seen it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    key = models.CharField(max_length=128)
    detail = models.CharField(max_length=200, blank=True)
    raised_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    event = models.BooleanField(default=False)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"],
                condition=models.Q(cleared_at__isnull=True),
                name="due_alarm_raised_once",
            )
        ]
