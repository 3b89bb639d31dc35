"""What people have said of the papers that follow from the notice: approved, read, met, filed."""

import uuid

from django.db import models

from vaiti.people.models import Person


class Approval(models.Model):
    """Somebody answers for what lasts of a paper, in all its languages: its hash. Newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    paper = models.CharField(max_length=20)
    version = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["paper", "-at"], name="promises_approval_newest")]


class Acknowledgement(models.Model):
    """A person has read the staff notice whose hash this is (L-30)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    version = models.CharField(max_length=32)
    sha256 = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "sha256"], name="promises_read_once")
        ]


class Dialogue(models.Model):
    """That recording was talked over with the staff before it began (L-35). Newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    held_on = models.DateField()
    parties = models.CharField(max_length=200)
    subject = models.TextField()
    outcome = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)


class Announcement(models.Model):
    """The sound of a line's announcement in one language, and whose words. Newest counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    line = models.CharField(max_length=16)
    language = models.CharField(max_length=2)
    words_sha256 = models.CharField(max_length=64)
    sound = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    length_ms = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["line", "language", "-at"], name="promises_said_newest")]


class Processor(models.Model):
    """A company that handles personal data for the controller, and what its contract has (Art. 28).

    `points` are those of Article 28(3) that the contract has, by letter. The newest of a name
    counts until it is ended.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    does = models.CharField(max_length=200)
    contract = models.CharField(max_length=200)
    contract_on = models.DateField()
    points = models.JSONField(default=list)
    further = models.TextField(blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["name", "-at"], name="promises_processor_newest")]


class Instruction(models.Model):
    """What the controller told a processor to do or not to do (Article 28(3)(a)); none is taken
    back but by a further one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    processor = models.CharField(max_length=120, db_index=True)
    given_on = models.DateField()
    text = models.TextField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class ExitDrill(models.Model):
    """What a processor has was read from outside as if it had stayed there: nobody can hear it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    processor = models.CharField(max_length=120)
    place = models.CharField(max_length=40)
    looked_at = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
