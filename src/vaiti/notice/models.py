"""The notice by version, and the lines it covers (N-03, N-11, N-14)."""

import uuid
from typing import Any

from django.db import models


class NoticeVersion(models.Model):
    """Immutable. `texts` maps language (sv, fi, en) to the wording; `sha256` is over all texts.

    `wording` is the file that it was published from, with its hash; empty in versions from before
    notices were files.
    """

    version = models.CharField(primary_key=True, max_length=32)
    valid_from = models.DateTimeField(unique=True)
    retention_months = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=64)
    texts = models.JSONField(default=dict)
    sha256 = models.CharField(max_length=64)
    wording = models.TextField(default="", blank=True)
    wording_sha256 = models.CharField(max_length=64, default="", blank=True)

    def save(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's own signature
        if not self._state.adding:
            raise TypeError("a published notice is never changed; publish the next version")
        super().save(*args, **kwargs)


class NextVersion(models.Model):
    """A file put forward as the next version; at most one waits. `published`: all have signed."""

    version = models.CharField(max_length=32)
    wording = models.TextField()
    valid_from = models.DateTimeField()
    proposed_by = models.CharField(max_length=64)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    published = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("published"),
                condition=models.Q(decided_at__isnull=True),
                name="notice_next_version_waits_alone",
            )
        ]


class SignOff(models.Model):
    """One person's signature of it, in one role."""

    proposal = models.ForeignKey(NextVersion, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20)
    person = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["proposal", "role"], name="notice_signed_once_by_role"),
            models.UniqueConstraint(fields=["proposal", "person"], name="notice_signed_once"),
        ]


class Decision(models.TextChoices):
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RetentionRule(models.Model):
    """A shorter time of storage than the notice's: a wish of the settings, until it is approved.

    `counts` is what it would do, as counted at `counted_at`. `applied_through` is the last call in
    the book that was looked at since it was approved; `applied_at` when all were.
    """

    number = models.PositiveIntegerField(primary_key=True)
    months = models.PositiveSmallIntegerField()
    proposed_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    counted_at = models.DateTimeField()
    decision = models.CharField(max_length=12, choices=Decision.choices, default=Decision.WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    applied_through = models.UUIDField(null=True)
    applied_at = models.DateTimeField(null=True)
    shortened = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["decision"],
                condition=models.Q(decision="waiting"),
                name="notice_rule_waits_alone",
            )
        ]


class Function(models.TextChoices):
    SERVICE = "service"
    TELESALES = "telesales"
    TEST = "test"


class Line(models.Model):
    """A company number, E.164. Only `recorded` lines are recorded, in the listed directions.

    `announced`: recording waits for the announcement; `keeps_hold`: what is heard on hold is kept;
    `keypad`: customers press keys on it, so that tones are taken out of the sound. `labels`: the
    label in other languages, for whoever asks for their calls.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=20, db_index=True)
    label = models.CharField(max_length=80)
    function = models.CharField(max_length=12, choices=Function.choices)
    inbound = models.BooleanField(default=True)
    outbound = models.BooleanField(default=True)
    recorded = models.BooleanField(default=False)
    announced = models.BooleanField(default=False)
    keeps_hold = models.BooleanField(default=True)
    keypad = models.BooleanField(default=False)
    labels = models.JSONField(default=dict)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(valid_to__isnull=True),
                name="notice_line_open_once",
            )
        ]
