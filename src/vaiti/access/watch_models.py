"""What some rules of access.misuse need to be told, because no log and no register holds it."""

import uuid

from django.db import models

from vaiti.people.models import Person


class NearNumber(models.Model):
    """The masked number of somebody near to a person, named by that person alone.

    A thousand numbers share one mask: it says that a customer may be near, and never who.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    masked = models.CharField(max_length=20)
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "masked"], name="access_near_once")
        ]


class Complaint(models.Model):
    """That a complaint about somebody came, and where it is dealt with; nothing of what it says."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=40)
    came_at = models.DateTimeField()
    noted_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(noted_by=models.F("person")),
                name="access_complaint_never_own",
            )
        ]
