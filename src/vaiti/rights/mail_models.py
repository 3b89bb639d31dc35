"""What came to a case by mail or on paper, and how far the mailbox has been read.

Words and papers of a case go with it. Of mail that concerns no case only its place is known.
"""

import uuid

from django.db import models

from vaiti.rights.case_models import Case


class MailRow(models.Model):
    """A mail of a case. Telephone numbers lost their last digits before its words came here.

    `fingerprint` is the digest of the mail's own id. `left_out`: why attachments were not kept, a
    code for each. `receipt_at`: when its sender was told the case's number.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    fingerprint = models.CharField(max_length=64, unique=True)
    arrived_at = models.DateTimeField()
    sender = models.CharField(max_length=200, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    left_out = models.JSONField(default=list)
    receipt_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rights_mail"


class Paper(models.Model):
    """A scanned letter or something attached to a mail, as it came. `scanned`: a program looked
    for malware in it. The name that a file had is not kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    mail = models.ForeignKey(MailRow, on_delete=models.CASCADE, related_name="+", null=True)
    kind = models.CharField(max_length=4)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    scanned = models.BooleanField()
    content = models.BinaryField()
    kept_by = models.CharField(max_length=64)
    kept_at = models.DateTimeField()


class MailSeen(models.Model):
    """A mail in the mailbox that was looked at: its place there, and what it was."""

    box = models.CharField(max_length=64)
    validity = models.BigIntegerField()
    place = models.CharField(max_length=64)
    number = models.BigIntegerField()
    what = models.CharField(max_length=10)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["box", "validity", "place"], name="rights_mailseen_once"
            )
        ]
        indexes = [models.Index(fields=["seen_at"], name="rights_mailseen_at")]


class MailCanary(models.Model):
    """A test mail to an address that callers are told; `word` is the digest of what it carries."""

    address = models.CharField(max_length=254)
    word = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    arrived_at = models.DateTimeField(null=True)
