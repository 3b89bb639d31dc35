"""The log's tables: leaves, their removable content, tree nodes, signed checkpoints."""

import uuid

from django.db import models


class Leaf(models.Model):
    """One act. Written in the caller's transaction; `seq` is given later by the sequencer."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(null=True, unique=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=64)
    commitment = models.BinaryField(max_length=32)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_leaf_newest"),
            models.Index(fields=["kind", "-at", "-id"], name="audit_leaf_kind_newest"),
        ]


class Content(models.Model):
    """What a leaf commits to: `commitment = SHA-256(salt || body)`. Goes when its time comes.

    `actor` and `subject` repeat what stands in the body, for the indexes; verification compares.
    """

    leaf = models.OneToOneField(
        Leaf, primary_key=True, on_delete=models.CASCADE, related_name="content"
    )
    salt = models.BinaryField(max_length=32)
    body = models.TextField()
    actor = models.CharField(max_length=64, db_index=True)
    subject = models.CharField(max_length=64, db_index=True, blank=True)


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
