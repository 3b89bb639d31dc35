"""Every listening that was opened, and the mandates and approvals that some of them rest on."""

import uuid

from django.db import models

from vaiti.access import watch_models  # noqa: F401 - Django looks for rows here
from vaiti.access.permit_rules import State as PermitState
from vaiti.access.purposes import Purpose
from vaiti.people.models import Person, TrainingRecord, Undertaking
from vaiti.register.models import Call, Leg


class Listening(models.Model):
    """A grant as it was given. Dies with the call; the audit log keeps its own record.

    `training` and `undertaking` are what the listener's right rested on (N-31, N-34); rows from
    before these were asked for have none. `emergency` is what stood for something missing.
    `session` is a digest of the web session that alone may use it. `heard` lists the stretches
    handed out so far as [from, to] in microseconds since the epoch, UTC, in order and apart, `sent`
    how many bytes; `closed_at` is set when they have gone into the log.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=[(one.value, one.value) for one in Purpose])
    reference = models.CharField(max_length=80, blank=True)
    rule = models.CharField(max_length=40)
    training = models.ForeignKey(
        TrainingRecord, on_delete=models.PROTECT, null=True, related_name="+"
    )
    undertaking = models.ForeignKey(
        Undertaking, on_delete=models.PROTECT, null=True, related_name="+"
    )
    emergency = models.ForeignKey(
        "Emergency", on_delete=models.PROTECT, null=True, related_name="+"
    )
    session = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    audit_leaf = models.UUIDField()
    heard = models.JSONField(default=list)
    sent = models.PositiveBigIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["closed_at", "expires_at"], name="access_listening_open"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=[one.value for one in Purpose]),
                name="access_purpose_closed",
            )
        ]


class Look(models.Model):
    """When somebody last looked at who has listened to their calls."""

    person = models.OneToOneField(
        Person, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at = models.DateTimeField()


class MandateKind(models.TextChoices):
    CASE = "case"
    ACTIVITY = "activity"
    INCIDENT = "incident"


class Mandate(models.Model):
    """Named persons' right to named calls for a time: a case, a training activity, an incident.

    `opened_by` and `closed_by` are a person's id in hex or `system:<name>`. `cap` is how many of
    one agent's calls may be in it (N-06); None for any number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=MandateKind.choices)
    reference = models.CharField(max_length=40)
    cap = models.PositiveSmallIntegerField(null=True)
    opened_by = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="access_mandate_one")
        ]


class MandatePerson(models.Model):
    """Somebody whom the mandate names."""

    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mandate", "person"],
                condition=models.Q(valid_to__isnull=True),
                name="access_mandate_names_once",
            )
        ]


class MandateCall(models.Model):
    """A call that the mandate is about. Dies with the call; the log keeps its own record."""

    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["mandate", "call"], name="access_mandate_call_once")
        ]


class Activity(models.Model):
    """What a training activity is besides its mandate: its name, and which calls it may draw from.

    `lines` are numbers of the company's lines; its calls began from `begins_at` on, before
    `ends_at`.
    """

    mandate = models.OneToOneField(
        Mandate, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    name = models.CharField(max_length=80)
    lines = models.JSONField(default=list)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()


class Approval(models.Model):
    """That somebody asked to hear a call of an incident, and what a second person said (N-07).

    It waits until `ends_at` for an answer; a yes moves `ends_at` to the end of the right.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mandate = models.ForeignKey(Mandate, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    allowed = models.BooleanField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "ends_at"], name="access_approval_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["mandate", "call", "person"],
                condition=models.Q(decided_at__isnull=True),
                name="access_approval_asked_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("person")),
                name="access_approval_never_oneself",
            ),
        ]


class Permit(models.Model):
    """That somebody asked to hear another's call for a purpose, and what a second person said.

    It waits until `ends_at`; a yes moves `ends_at` to its own end. The row dies with the call.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10)
    reference = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=PermitState.WAITING.value)
    ends_at = models.DateTimeField()
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "ends_at"], name="access_permit_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["call", "person", "purpose", "reference"],
                condition=models.Q(state=PermitState.WAITING.value),
                name="access_permit_asked_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(answered_by=models.F("person")),
                name="access_permit_never_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[one.value for one in PermitState])
                & models.Q(purpose__in=[one.value for one in Purpose]),
                name="access_permit_closed",
            ),
        ]


class Emergency(models.Model):
    """That somebody broke the glass for an open case or incident, why, and who has looked at it.

    Outlives the calls: it is in the record for as long as the matter is. `used` counts listenings.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mandate = models.ForeignKey(Mandate, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    used = models.PositiveIntegerField(default=0)
    seen_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "ends_at"], name="access_emergency_person")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(seen_by=models.F("person")),
                name="access_emergency_never_self",
            )
        ]


class Alert(models.Model):
    """A rule of access.misuse that held about somebody. Waits for an answer, never their own.

    `about` is an agent or a call in hex; `least` the threshold as it was.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.CharField(max_length=30)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    about = models.CharField(max_length=32, blank=True)
    count = models.PositiveIntegerField()
    least = models.PositiveIntegerField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    found_at = models.DateTimeField()
    answer = models.CharField(max_length=10, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    answered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-found_at", "-id"], name="access_alert_newest")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(answered_by=models.F("person")),
                name="access_alert_never_oneself",
            )
        ]


class AlertEntry(models.Model):
    """An entry of the log that an alert rests on: the id of its leaf."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="+")
    entry = models.UUIDField()


class SpotCheck(models.Model):
    """A listening whose case its listener is to show. Dies with the call."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    listening = models.OneToOneField(Listening, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    shown = models.CharField(max_length=200, blank=True)
    shown_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)


class SavedView(models.Model):
    """Somebody's own named filters of the list of calls; none of them is about a customer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    given = models.JSONField(default=dict)
    days = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "name"], name="access_view_name_once")
        ]


class Sample(models.Model):
    """Calls drawn by lot for an auditor: from `seed`, anybody can draw them again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    seed = models.CharField(max_length=32)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    line = models.CharField(max_length=20, blank=True)
    asked = models.PositiveSmallIntegerField()
    among = models.PositiveIntegerField()
    drawn_at = models.DateTimeField()


class SampleCall(models.Model):
    """The opaque id of a call in a sample, and whether its sealed object was found unchanged.

    No foreign key: like a tombstone it outlives the call, so that an auditor sees that it is gone.
    """

    sample = models.ForeignKey(Sample, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField()
    call = models.UUIDField()
    checked_at = models.DateTimeField(null=True)
    intact = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sample", "number"], name="access_sample_number_once")
        ]


class QueueLook(models.Model):
    """That an officer has looked at something in their queue, as often as it had happened then.

    `item` names it by codes and ids: a log entry, an alarm, the refusals of one person in a day.
    """

    item = models.CharField(primary_key=True, max_length=100)
    count = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ApiToken(models.Model):
    """What a program shows to the API; only its digest is kept (docs/api.md).

    `person` is whose it is, None for a machine's. `lines` are numbers, or the one word `all`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    scopes = models.JSONField(default=list)
    purpose = models.CharField(max_length=10, blank=True)
    lines = models.JSONField(default=list)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose__in=["", *(one.value for one in Purpose)]),
                name="access_token_purpose_closed",
            )
        ]


class Balancing(models.Model):
    """Why a purpose on a line outweighs what people lose by it, until when (N-10). Never changed.

    `answers`: question to text, as in `access.balancing`. `carries`: whether it outweighs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(max_length=16)
    line = models.CharField(max_length=20)
    answers = models.JSONField(default=dict)
    carries = models.BooleanField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    review_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["purpose", "line", "-filed_at"], name="access_balancing_newest")
        ]
