"""What identity providers keep of people and groups here, and what machines widened."""

import uuid

from django.db import models


class Widening(models.Model):
    """That a machine let somebody hear more, or their leaders hear them; until the officer saw it.

    `act` says how, `what` the role or the id of the team.
    """

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=12)
    what = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=40)
    at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(seen_at__isnull=True),
                name="people_widening_unseen",
            )
        ]


class ScimUser(models.Model):
    """A person whom an identity provider keeps here, and what only it says of them."""

    person = models.OneToOneField(
        "people.Person", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    manager = models.ForeignKey(
        "people.Person", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class ScimGroup(models.Model):
    """A group of an identity provider. Settings say which role its members have."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True, db_index=True)
    made_at = models.DateTimeField()
    changed_at = models.DateTimeField()


class ScimMember(models.Model):
    """A person in a group, as the identity provider says now."""

    group = models.ForeignKey(ScimGroup, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "person"], name="people_scim_member_once")
        ]


class ManagerTeam(models.Model):
    """The team that was made for a manager because somebody reports to them."""

    manager = models.OneToOneField(
        "people.Person", on_delete=models.CASCADE, related_name="+", primary_key=True
    )
    team = models.OneToOneField("people.Team", on_delete=models.CASCADE, related_name="+")


class ScimToken(models.Model):
    """What an identity provider shows; only its digest is kept."""

    name = models.CharField(max_length=40, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
