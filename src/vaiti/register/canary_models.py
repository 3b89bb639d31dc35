"""The row of a call that Vaiti places to itself, to see that it is recorded."""

import uuid

from django.db import models

from vaiti.notice.models import Line


class Canary(models.Model):
    """A test call of our own on a line. It never becomes a `Call`, so that nothing counts it.

    `state`: see register.canaries; `cause` says what was wrong. `length_ms` and `packets` (of the
    side that sent fewer) are what the test phone says; `started_at`, `ended_at` and `recording`
    what the recorder did, the last only until the call was judged.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False, related_name="+")
    placed_at = models.DateTimeField()
    state = models.CharField(max_length=8)
    cause = models.CharField(max_length=32, blank=True)
    length_ms = models.PositiveIntegerField(null=True)
    packets = models.PositiveIntegerField(default=0)
    call = models.UUIDField(null=True)
    object_id = models.UUIDField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    recording = models.JSONField(null=True)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["line", "-placed_at"], name="register_canary_line")]
