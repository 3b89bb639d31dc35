"""Every listening that was opened: who, which leg, for which of the four purposes, until when."""

import uuid

from django.db import models

from vaiti.access.purposes import Purpose
from vaiti.people.models import Person
from vaiti.register.models import Leg


class Listening(models.Model):
    """A grant as it was given. Dies with the call; the audit log keeps its own record.

    `session` is a digest of the web session that alone may use it. `heard` lists the stretches
    handed out so far as [from, to] in microseconds since the epoch, UTC, in order and apart;
    `closed_at` is set when they have gone into the log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Purpose])
    reference = models.CharField(max_length=80, blank=True)
    rule = models.CharField(max_length=40)
    session = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    audit_leaf = models.UUIDField()
    heard = models.JSONField(default=list)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["closed_at", "expires_at"], name="access_listening_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=[one.value for one in Purpose]),
                name="access_purpose_closed",
            )
        ]
