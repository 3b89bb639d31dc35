"""Rows about what a call's recording was put together of."""

from django.db import models


class Part(models.Model):
    """What one recorder had of a call, as long as another one's part of it may still come.

    `id` is the recorder's name for it: of the first that came it is the call's own. `state`: see
    register.parts. `recording` is as `Call.recording`; it, the objects and the entries stand for a
    part that came later. The sound between `lost_from_us` and `lost_to_us` nobody has; of the later
    recorder's part nothing before the second is kept, and nothing at all where that is 0.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    call = models.ForeignKey("register.Call", on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8)
    started_us = models.BigIntegerField()
    ended_us = models.BigIntegerField()
    cut = models.BooleanField()
    object_id = models.UUIDField(null=True)
    old_object = models.UUIDField(null=True)
    new_object = models.UUIDField(null=True)
    recording = models.JSONField(null=True)
    call_leaf = models.UUIDField(null=True)
    part_leaf = models.UUIDField(null=True)
    lost_from_us = models.BigIntegerField(default=0)
    lost_to_us = models.BigIntegerField(default=0)
    came_at = models.DateTimeField()
    last_error = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["came_at"],
                condition=~models.Q(state="first"),
                name="register_part_later",
            ),
        ]


class PartSession(models.Model):
    """A digest of the sender's name for the communication session that the part is of."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=32)
    came_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["digest"], name="register_partsession_digest"),
            models.Index(fields=["came_at"], name="register_partsession_came"),
        ]
