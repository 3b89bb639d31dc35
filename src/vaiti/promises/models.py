"""How each sentence of the notice stands, since when, and what a named person has vouched for."""

import uuid

from django.db import models

from vaiti.people.models import Person
from vaiti.promises.paper_models import (
    Acknowledgement,
    Announcement,
    Approval,
    Dialogue,
    ExitDrill,
    Instruction,
    Processor,
)

__all__ = [
    "Acknowledgement",
    "Announcement",
    "Approval",
    "Attestation",
    "Change",
    "Dialogue",
    "ExitDrill",
    "Instruction",
    "Processor",
    "Publication",
    "Result",
    "Standing",
]


class Result(models.Model):
    """What a live check found last. `since` is when it began to find what it finds."""

    check_id = models.CharField(primary_key=True, max_length=60)
    kept = models.BooleanField()
    broken_by = models.CharField(max_length=200, blank=True)
    evidence = models.JSONField(default=dict)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()


class Standing(models.Model):
    """A sentence of the notice now; `check_id` is the check that breaks it, if one does."""

    sentence = models.CharField(primary_key=True, max_length=12)
    state = models.CharField(max_length=10)
    check_id = models.CharField(max_length=60, blank=True)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()


class Change(models.Model):
    """From when on a sentence stood as it did: the history of the promises."""

    sentence = models.CharField(max_length=12)
    state = models.CharField(max_length=10)
    check_id = models.CharField(max_length=60, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sentence", "-at"], name="promises_change_newest")]


class Attestation(models.Model):
    """Somebody's word for what no machine can see. The newest of each `what` counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    what = models.CharField(max_length=60)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["what", "-at"], name="promises_attested_newest")]


class Publication(models.Model):
    """Which sentences anybody may see, as the officer signed it; the newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sentences = models.JSONField(default=list)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)
