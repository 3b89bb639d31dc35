"""What the person recorded has said of a call: rows that die with it (N-37, L-15)."""

from django.db import models


class Stop(models.Model):
    """The person objected: for `purpose` nobody hears the call any more (Art. 21).

    `reference` is of the case in which it was asked.
    """

    call = models.ForeignKey("register.Call", on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=8)
    reference = models.CharField(max_length=40)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "purpose", "reference"], name="register_stop_once"
            )
        ]


class Consent(models.Model):
    """The person recorded consents to `purpose`, which by the call's own version rests on that.

    One that was withdrawn stays on record and counts no more (N-41).
    """

    call = models.ForeignKey("register.Call", on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=8)
    given_at = models.DateTimeField()
    given_by = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "purpose"],
                condition=models.Q(withdrawn_at__isnull=True),
                name="register_consent_stands_once",
            )
        ]


class Statement(models.Model):
    """What the person has to say of the call (Art. 16): shown and handed out with it."""

    call = models.ForeignKey("register.Call", on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=40)
    text = models.CharField(max_length=2000)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()
