"""What the agent feed said of who was at which device, and what other systems call a person."""

from django.db import models

from vaiti.people.seats import What


class AgentId(models.Model):
    """What a telephone or staff system calls a person; dated, because it may be given to others.

    `value` is as it is compared: in small letters.
    """

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    value = models.CharField(max_length=64, db_index=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)
    entered_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["value"],
                condition=models.Q(valid_to__isnull=True),
                name="people_agent_id_once",
            )
        ]


class FeedEvent(models.Model):
    """One word of the agent feed. It goes when no call is left that it could attribute.

    `ref` is the sender's own id of it: a later word with the same one corrects it.
    """

    ref = models.CharField(max_length=64, null=True, unique=True)
    what = models.CharField(max_length=6, choices=[(one.value, one.value) for one in What])
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    device = models.CharField(max_length=64)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField(null=True)
    came_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["device", "from_at"], name="people_feed_of_device"),
            models.Index(fields=["person", "from_at"], name="people_feed_of_person"),
        ]
