"""The row that says when a recording was last compared with its seal."""

from django.db import models


class Check(models.Model):
    """The last look at a call's recording: whether it is still what was sealed."""

    call = models.OneToOneField(
        "register.Call", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()
    intact = models.BooleanField()
