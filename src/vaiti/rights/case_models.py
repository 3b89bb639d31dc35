"""Cases: what a person asked, how far it has come, and what was decided (N-36, N-47).

A case is kept for a period of its own, without sound and without a call's data: of a call it knows
the opaque id alone. `name`, `contact` and `about` are what the person wrote.
"""

import uuid

from django.db import models


class Case(models.Model):
    """One request. `arrived_on` is a local day, from which the time of the law is counted.

    `asked` and `proven` are lists of codes (rights.asking). `customer` is the number that was
    typed, masked before it came here. `call_reference` is that of a call that the person named,
    until calls were looked for. `identity_seen` is a kind of document: never its number and
    never a picture. `secret` is a digest of what opens the case's state to the person. `shown_name`
    is the name under which the person signed in elsewhere with the strength `assurance`, `attempt`
    a digest of the sign-in that is under way.
    `recipients` says whether anybody else had the data (Art. 19): nobody or named.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    state = models.CharField(max_length=10)
    channel = models.CharField(max_length=10)
    capacity = models.CharField(max_length=14)
    language = models.CharField(max_length=2)
    country = models.CharField(max_length=2)
    asked = models.JSONField()
    arrived_on = models.DateField()
    registered_at = models.DateTimeField()
    registered_by = models.CharField(max_length=64)
    name = models.CharField(max_length=120, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    line_number = models.CharField(max_length=20, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    customer = models.CharField(max_length=20, blank=True)
    call_reference = models.CharField(max_length=19, blank=True)
    about_from = models.DateField(null=True)
    about_to = models.DateField(null=True)
    about = models.CharField(max_length=500, blank=True)
    signature = models.CharField(max_length=7, blank=True)
    identity_seen = models.CharField(max_length=16, blank=True)
    proven = models.JSONField(default=list)
    asked_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)
    extended_on = models.DateField(null=True)
    extended_why = models.CharField(max_length=12, blank=True)
    secret = models.CharField(max_length=64, blank=True)
    assurance = models.CharField(max_length=120, blank=True)
    shown_name = models.CharField(max_length=120, blank=True)
    attempt = models.CharField(max_length=64, blank=True)
    mandate = models.UUIDField(null=True)
    recipients = models.CharField(max_length=6, blank=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "serial"], name="rights_case_number")
        ]
        indexes = [models.Index(fields=["state", "arrived_on"], name="rights_case_todo")]


class CaseCall(models.Model):
    """A call named in a case: a candidate until it is confirmed to be the person's.

    `hold` keeps it while the case is open. `call` is an opaque id, which may outlive the call.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    confirmed = models.BooleanField(default=False)
    hold = models.UUIDField(null=True)
    named_by = models.CharField(max_length=64)
    named_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "call"], name="rights_casecall_once")
        ]


class Decision(models.Model):
    """What was decided of one right, for one call or, without `call`, for all that there is.

    A refusal, also in part, has a `ground` of the closed list, `words` and a second look:
    `review` is waiting, agreed or returned.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    right = models.CharField(max_length=13)
    call = models.UUIDField(null=True)
    outcome = models.CharField(max_length=7)
    ground = models.CharField(max_length=20, blank=True)
    words = models.CharField(max_length=500, blank=True)
    decided_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField()
    review = models.CharField(max_length=8, blank=True)
    reviewed_by = models.CharField(max_length=64, blank=True)
    reviewed_at = models.DateTimeField(null=True)


class Given(models.Model):
    """What the person was given, offered or told, how and on which day; `call` of a copy's call."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField(null=True)
    what = models.CharField(max_length=18)
    how = models.CharField(max_length=10)
    given_on = models.DateField()
    noted_by = models.CharField(max_length=64)
    noted_at = models.DateTimeField()


class Recipient(models.Model):
    """Who had received the data, was told of their correction, erasure or restriction (Art. 19)
    in `letter`, and what they answered."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    letter = models.UUIDField(null=True)
    answer = models.CharField(max_length=10, blank=True)
    answered_at = models.DateTimeField(null=True)
    named_by = models.CharField(max_length=64)
    named_at = models.DateTimeField()


class KeptCall(models.Model):
    """A call that may be the person's, held from the request's arrival on though nobody has looked
    at it: its day could come before anybody does (docs/rights.md)."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    hold = models.UUIDField()
    kept_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "call"], name="rights_keptcall_once")
        ]
