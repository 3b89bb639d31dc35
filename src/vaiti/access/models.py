"""Every listening that was opened: who, which leg, for which of the four purposes, until when."""

import uuid

from django.db import models

from vaiti.people.models import Person
from vaiti.register.models import Leg


class Purpose(models.TextChoices):
    """The notice's four purposes and no others (N-04 to N-08)."""

    VERIFY = "verify"
    RIGHTS = "rights"
    TRAINING = "training"
    SECURITY = "security"


class Listening(models.Model):
    """A grant as it was given. Dies with the call; the audit log keeps its own record."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    reference = models.CharField(max_length=80, blank=True)
    rule = models.CharField(max_length=40)
    session = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    audit_leaf = models.UUIDField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["verify", "rights", "training", "security"]),
                name="access_purpose_closed",
            )
        ]
