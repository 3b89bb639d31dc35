"""What passes between a person and those who handle the case: words, times, and a sitting.

All of it goes with the case.
"""

import uuid

from django.db import models

from vaiti.rights.case_models import Case


class Message(models.Model):
    """What the person wrote to us, or we to them; `side` is person or office. Telephone numbers
    lost their last digits before they came here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=6)
    text = models.CharField(max_length=2100)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)


class Slot(models.Model):
    """A time for listening that was offered. `place` is one of the premises of the settings.

    `state` is offered, accepted, declined or withdrawn; none of them closes anything. `needs`: what
    the person asked for so that they can come and hear; emptied once they have been there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    place = models.CharField(max_length=30)
    begins_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9)
    needs = models.CharField(max_length=320, blank=True)
    offered_by = models.CharField(max_length=64)
    offered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=64, blank=True)
    answered_at = models.DateTimeField(null=True)


class Sitting(models.Model):
    """A listening at the office: the person's code of one time, and who opened the kiosk for it.

    `code` is a digest. `heard` counts the recordings that were opened.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=64)
    code_by = models.CharField(max_length=64)
    code_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    opened_by = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField(null=True)
    heard = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)


class NumberCode(models.Model):
    """A code that was sent to the number that somebody has in hand, until it is said back.

    `customer` is that number, masked; the whole one was never here. `code` is a keyed digest, empty
    where it was not taken for sending; `sent` counts the codes of this case.
    """

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="+")
    code = models.CharField(max_length=64, blank=True)
    customer = models.CharField(max_length=20, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
