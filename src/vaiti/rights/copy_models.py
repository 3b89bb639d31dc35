"""Packages of copies: what was made for whom, when it was handed out, and that it is gone."""

import uuid

from django.db import models


class Package(models.Model):
    """Copies of calls of one case, encrypted under a password that is nowhere here.

    `object_id` is where it lies in the store, None once it is gone; `entries` name its files in
    order, each with its size. `tries` counts wrong passwords and downloads that were begun.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(max_length=40, db_index=True)
    object_id = models.UUIDField(null=True, unique=True)
    entries = models.JSONField(default=list)
    calls = models.PositiveSmallIntegerField()
    bytes = models.PositiveBigIntegerField(default=0)
    manifest_sha256 = models.CharField(max_length=64, blank=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    audit_leaf = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    delivered_how = models.CharField(max_length=8, blank=True)
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(ended_at__isnull=True),
                name="rights_package_there",
            )
        ]


class PackageCall(models.Model):
    """A call that the package holds a copy of. Dies with the call, and the copy with it.

    `voices`, `muted` and `transcript` say what was left out or given instead, `why` by which
    decision: empty where nothing was.
    """

    package = models.ForeignKey(Package, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey("register.Call", on_delete=models.CASCADE, related_name="+")
    voices = models.CharField(max_length=8)
    muted = models.JSONField(default=list)
    transcript = models.BooleanField(default=False)
    why = models.CharField(max_length=500, blank=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["package", "call"], name="rights_package_call_once")
        ]
