"""The log's tables: entries with their removable content, tree nodes, signed checkpoints."""

import uuid

from django.db import models

PLACED = models.Q(seq__isnull=False)
"""Indexes that hold what has its place are written by the sequencer, and not by the act."""


class Leaf(models.Model):
    """One act. Written in the caller's transaction; `seq` is given later by the sequencer.

    The content, `salt`, `body`, `actor` and `subject`, goes when its time comes: no salt then, and
    empty texts. `commitment = SHA-256(salt || body)`. `actor` and `subject` repeat what stands in
    the body, for the indexes; verification compares.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(null=True, unique=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    commitment = models.BinaryField(max_length=32)
    salt = models.BinaryField(max_length=32, null=True)
    body = models.TextField(blank=True)
    actor = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], condition=PLACED, name="audit_leaf_newest"),
            models.Index(
                fields=["kind", "-at", "-id"], condition=PLACED, name="audit_leaf_kind_newest"
            ),
            models.Index(fields=["actor"], condition=PLACED, name="audit_leaf_actor"),
            models.Index(fields=["subject"], condition=PLACED, name="audit_leaf_subject"),
        ]


class Node(models.Model):
    """The hash of a complete subtree: `index` counts subtrees of 2**level leaves from the left."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="audit_node_place")]


class Checkpoint(models.Model):
    """A signed statement of the tree's size and root (C2SP tlog-checkpoint)."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()
    at = models.DateTimeField()


class Follower(models.Model):
    """How far somebody outside has been told of the log: up to and with this place."""

    name = models.CharField(primary_key=True, max_length=64)
    place = models.BigIntegerField()
    at = models.DateTimeField()
