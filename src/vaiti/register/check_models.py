"""Rows about what recordings are worth: when one was last compared with its seal, and in which
codecs there are any."""

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
