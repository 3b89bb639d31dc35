"""Letters of a case, drafted and sent. They go with the case."""

import uuid

from django.db import models


class LetterRow(models.Model):
    """`parts` are its paragraphs as [element, text]; once it is sent nothing in it changes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=40, db_index=True)
    kind = models.CharField(max_length=20)
    language = models.CharField(max_length=2)
    title = models.CharField(max_length=120)
    parts = models.JSONField()
    notice = models.CharField(max_length=32, blank=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    sent_by = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_how = models.CharField(max_length=8, blank=True)
    audit_leaf = models.UUIDField(null=True)

    class Meta:
        db_table = "rights_letter"
