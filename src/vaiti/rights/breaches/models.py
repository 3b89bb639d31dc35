"""Breaches of personal data, and the calls that each touched."""

import uuid

from django.db import models


class Breach(models.Model):
    """`hours` are those that the law gave when the controller became aware of it, at `aware_at`.

    `lost`, `risk`, `told_how` and `untold` are codes (rights.breaches.rules). The texts are those
    of whoever looked into it: without names and telephone numbers.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    state = models.CharField(max_length=8)
    lost = models.JSONField()
    what = models.CharField(max_length=2000)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    aware_at = models.DateTimeField()
    hours = models.PositiveSmallIntegerField()
    noted_by = models.CharField(max_length=64)
    noted_at = models.DateTimeField()
    risk = models.CharField(max_length=4, blank=True)
    consequences = models.CharField(max_length=2000, blank=True)
    measures = models.CharField(max_length=2000, blank=True)
    why = models.CharField(max_length=2000, blank=True)
    assessed_by = models.CharField(max_length=64, blank=True)
    assessed_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    notified_number = models.CharField(max_length=40, blank=True)
    late_why = models.CharField(max_length=2000, blank=True)
    supplemented_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    told_how = models.CharField(max_length=6, blank=True)
    untold = models.CharField(max_length=9, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="rights_breach_number")
        ]


class BreachCall(models.Model):
    """A call that the breach touched, and `how` that is known: it was heard or seen, its recording
    lay there, or somebody named it. `call` is an opaque id, which may outlive the call."""

    breach = models.ForeignKey(Breach, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    how = models.CharField(max_length=6)
    added_by = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["breach", "call"], name="rights_breachcall_once")
        ]
