"""Named persons and what ties them to companies, roles, teams and devices, each dated (N-27)."""

import uuid

from django.db import models

from vaiti.people import feed_models, machine_models  # noqa: F401 - Django looks for rows here


class RoleKind(models.TextChoices):
    SERVICE_AGENT = "service_agent"
    SALES_AGENT = "sales_agent"
    MANAGER = "manager"
    RIGHTS_HANDLER = "rights_handler"
    DPO = "dpo"
    SECURITY_LEAD = "security_lead"
    TRAINER = "trainer"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    ASSIGNER = "assigner"


class Company(models.Model):
    """A company of the controller's list: nobody works here for any other (N-24).

    `outside`: none of the controller's own, such as an auditing firm.
    """

    name = models.CharField(max_length=120)
    outside = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    entered_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name"],
                condition=models.Q(valid_to__isnull=True),
                name="people_company_listed_once",
            )
        ]


class Person(models.Model):
    """One human being with one account. `name` is the current name (N-16).

    `password_given`: somebody else made the password, so its owner changes it when they sign in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    login = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    employer = models.CharField(max_length=120)
    language = models.CharField(max_length=2, default="en")
    password = models.CharField(max_length=200, blank=True)
    password_given = models.BooleanField(default=False)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True)


class FormerName(models.Model):
    """A name the person had, until `until`; own calls stay own after a change of name."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    until = models.DateTimeField()


class FormerStay(models.Model):
    """A time in which the person was here before, up to an end; their present one is their own."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    active_from = models.DateTimeField()
    active_to = models.DateTimeField()


class Role(models.Model):
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=RoleKind.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    granted_by = models.CharField(max_length=64)


class Team(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80, unique=True)
    ended_at = models.DateTimeField(null=True)


class FormerTeamName(models.Model):
    """A name the team had, until `until`."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    until = models.DateTimeField()


class Membership(models.Model):
    """A person in a team; `leads` marks the team's manager, who is no member of it otherwise."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    leads = models.BooleanField(default=False)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)


class Absence(models.TextChoices):
    """Why a manager hands over: a closed list, because a free text would tell of illnesses."""

    HOLIDAY = "holiday"
    ABSENCE = "absence"
    HANDOVER = "handover"


class Delegation(models.Model):
    """A leader's right to hear one team, handed to another manager for a time with an end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    giver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=20, choices=Absence.choices)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()
    entered_by = models.CharField(max_length=64)


class Review(models.Model):
    """A leader's word on a team: that it is right, or, with `about`, that somebody is wrong in it.

    On somebody in no manager's team it is the word of who confirms them: `team` is empty and `of`
    names the person. A word about somebody stands until an administrator has settled it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", null=True)
    of = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    leader = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    about = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, blank=True)


class Confirmer(models.Model):
    """Who was named to confirm the rights of a person who is in no manager's team."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    confirmer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    named_by = models.CharField(max_length=64)


class DeviceUse(models.Model):
    """Who sat at which device: `device` is the user part of the agent's SIP address."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    device = models.CharField(max_length=64, db_index=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=models.Q(valid_to__isnull=True),
                name="people_device_open_once",
            )
        ]


class SignInFailure(models.Model):
    """A try at signing in that did not succeed, kept as long as the throttle needs it.

    `digest` is a keyed digest of the login, browser, address or person that the try counts against:
    people type passwords in the wrong field.
    """

    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["digest"], name="people_failure_digest")]


class Session(models.Model):
    """One browser in which a person is signed in, until it is ended or too old."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    how = models.CharField(max_length=24)
    browser = models.CharField(max_length=40)
    started_at = models.DateTimeField()
    shown_at = models.DateTimeField()
    used_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)


class Subject(models.Model):
    """Who a person is to another house that signs people in."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="people_subject_once"),
            models.UniqueConstraint(fields=["issuer", "person"], name="people_subject_of_one"),
        ]


class FactorKind(models.TextChoices):
    TOTP = "totp"
    PASSKEY = "passkey"


class Factor(models.Model):
    """A second thing besides the password: an authenticator app, or a passkey.

    `secret` is the app's, encrypted; `credential` and `public_key` are the passkey's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=FactorKind.choices)
    name = models.CharField(max_length=40)
    added_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    secret = models.CharField(max_length=200, blank=True)
    last_step = models.BigIntegerField(default=0)
    credential = models.CharField(max_length=1400, null=True, unique=True)
    public_key = models.TextField(blank=True)
    sign_count = models.BigIntegerField(default=0)


class RecoveryCode(models.Model):
    """One way back in for somebody who lost their second factor; the row goes when it is used."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64)


class CourseVersion(models.Model):
    """A course as it was loaded: never changed afterwards. The newest is the one that is given.

    `content` holds titles, screens and questions in the three languages, and a version for each
    section, for one may stay when the other changes (N-32). `retrain_by` is the instant from which
    what changed sections said before counts no more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    course = models.CharField(max_length=40)
    version = models.CharField(max_length=32)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    retrain_by = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "version"], name="people_course_version_once")
        ]


class SectionKind(models.TextChoices):
    USE_OF_SYSTEM = "use_of_system"
    SECRETS_AND_CUSTOMER_DATA = "secrets_and_customer_data"


class SectionPass(models.Model):
    """One section of a course, passed here (no `source`) or elsewhere (`source` says where).

    `version` and `sha256` are of the section as it was passed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    section = models.CharField(max_length=30, choices=SectionKind.choices)
    course = models.CharField(max_length=40)
    version = models.CharField(max_length=32, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    source = models.CharField(max_length=80, blank=True)
    passed_on = models.DateField()
    recorded_at = models.DateTimeField()
    valid_to = models.DateTimeField()


class TrainingRecord(models.Model):
    """Both sections passed: what access rests on, from `valid_from` to `valid_to` (N-31)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    use_of_system = models.ForeignKey(SectionPass, on_delete=models.PROTECT, related_name="+")
    secrets = models.ForeignKey(SectionPass, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "valid_to"], name="people_training_of_person")]


class Warned(models.Model):
    """That a person was to be told by mail, so many days ahead, that something of theirs ends."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    what = models.CharField(max_length=12)
    until = models.DateTimeField()
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "what", "until", "days"], name="people_warned_once"
            )
        ]


class UndertakingVersion(models.Model):
    """A text of the undertaking of secrecy, by language; never changed once it is published.

    From `again_by` on, having accepted an earlier text counts no more; empty: it still does.
    """

    version = models.CharField(max_length=32, primary_key=True)
    valid_from = models.DateTimeField(unique=True)
    texts = models.JSONField()
    sha256 = models.CharField(max_length=64)
    again_by = models.DateTimeField(null=True)


class Undertaking(models.Model):
    """A promise of secrecy (N-34): given on the page in `language`, or on paper (`source`).

    `valid_to` is when a new text asked for a new promise, or the record was withdrawn. The duty
    itself has no end: a leaver's row stays as it is.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(UndertakingVersion, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, blank=True)
    source = models.CharField(max_length=80, blank=True)
    signed_on = models.DateField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "valid_to"], name="people_undertaking_of")]
