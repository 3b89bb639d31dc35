"""Rows about recordings as objects: when one was last compared with its seal, how far it is packed,
and in which codecs there are any."""

from django.db import models


class Check(models.Model):
    """The last look at a call's recording: whether it is still what was sealed."""

    call = models.OneToOneField(
        "register.Call", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()
    intact = models.BooleanField()


class CodecKept(models.Model):
    """A codec that not every installation decodes, and the last day on which a call in it falls
    due: until then a decoder is needed."""

    codec = models.CharField(primary_key=True, max_length=16)
    until = models.DateField()


class Settling(models.Model):
    """A recording that is packed into less room, underway or done; it dies with the call.

    `state`: see register.settling. `old_object` is the recording as it came in, `new_object` what
    is packed of it; with their sizes in bytes. `audit_leaf` is the entry under which it was opened.
    """

    call = models.OneToOneField(
        "register.Call", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    state = models.CharField(max_length=8)
    old_object = models.UUIDField()
    new_object = models.UUIDField()
    old_bytes = models.BigIntegerField(default=0)
    new_bytes = models.BigIntegerField(default=0)
    audit_leaf = models.UUIDField()
    begun_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["begun_at"],
                condition=models.Q(done_at__isnull=True),
                name="register_settling_open",
            )
        ]
