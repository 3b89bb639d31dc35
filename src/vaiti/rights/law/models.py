"""Disclosures required by law and complaints, each with the calls that are held for it."""

import uuid

from django.db import models


class Disclosure(models.Model):
    """What an authority asked for, on which ground, who decided, and what became of it.

    `statute`, `voices` and `untold` are codes (rights.law.rules). `number` is the authority's own
    for its order; `called` is how its switchboard was found and who was reached there. `secret_on`
    is when secrecy that was ordered is looked at again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    state = models.CharField(max_length=8)
    authority = models.CharField(max_length=120)
    officer = models.CharField(max_length=120)
    number = models.CharField(max_length=40)
    statute = models.CharField(max_length=20)
    scope = models.CharField(max_length=2000)
    answer_by = models.DateField(null=True)
    received_by = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    called = models.CharField(max_length=500, blank=True)
    verified_by = models.CharField(max_length=64, blank=True)
    verified_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)
    voices = models.CharField(max_length=8, blank=True)
    proposed_by = models.CharField(max_length=64, blank=True)
    approved_by = models.CharField(max_length=64, blank=True)
    approved_at = models.DateTimeField(null=True)
    package = models.UUIDField(null=True)
    receiver = models.CharField(max_length=120, blank=True)
    handed_at = models.DateTimeField(null=True)
    secret_on = models.DateField(null=True)
    told_at = models.DateTimeField(null=True)
    untold = models.CharField(max_length=8, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="rights_disclosure_number"),
            models.CheckConstraint(
                condition=models.Q(approved_by="") | ~models.Q(approved_by=models.F("proposed_by")),
                name="rights_disclosure_two_persons",
            ),
        ]


class DisclosureCall(models.Model):
    """A call that an order names; `hold` keeps it. `call` is an opaque id, which may outlive it."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    hold = models.UUIDField()
    named_by = models.CharField(max_length=64)
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["disclosure", "call"], name="rights_disclosurecall_once"
            )
        ]


class Complaint(models.Model):
    """A complaint about how the register was handled, by a person or through an authority.

    `about` is what it says and `answer` what was answered, without names and numbers; `case` is the
    number of the request that it is about. `country` is the authority's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    state = models.CharField(max_length=8)
    came_from = models.CharField(max_length=9)
    country = models.CharField(max_length=2, blank=True)
    number = models.CharField(max_length=40, blank=True)
    case = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=2000)
    arrived_on = models.DateField()
    answer_by = models.DateField(null=True)
    noted_by = models.CharField(max_length=64)
    noted_at = models.DateTimeField()
    answer = models.CharField(max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=9, blank=True)
    measures = models.CharField(max_length=2000, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="rights_complaint_number")
        ]


class ComplaintCall(models.Model):
    """A call that a complaint is about, held until it is decided; without a `hold` it was gone
    when the complaint came."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    hold = models.UUIDField(null=True)
    named_by = models.CharField(max_length=64)
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["complaint", "call"], name="rights_complaintcall_once")
        ]
