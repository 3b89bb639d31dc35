"""Plans of destruction with their lines, what remains of a destroyed call (N-18, N-19), and orders
to destroy before the day (N-38)."""

import uuid

from django.db import models


class Plan(models.Model):
    """Made once, frozen. `executed_at` is set when absence was proven for every line."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    made_at = models.DateTimeField()
    executed_at = models.DateTimeField(null=True)


class PlanLine(models.Model):
    """One call of the plan with the reason; `done_at` is set only after absence was proven.

    `destruction_day` is empty for a call that never entered the book; `last_error` is the code of
    what stood in the way at the last attempt.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    call = models.UUIDField(db_index=True)
    object_id = models.UUIDField()
    reason = models.CharField(max_length=20)
    due_at = models.DateTimeField()
    destruction_day = models.DateField(null=True, db_index=True)
    begun_at = models.DateTimeField(null=True)
    key_dead_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(done_at__isnull=True),
                name="retention_line_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(done_at__isnull=True),
                name="retention_line_open",
            )
        ]


class Tombstone(models.Model):
    """No personal data: an opaque id, when it was due, when it was proven gone, and how."""

    call = models.UUIDField(primary_key=True)
    object_id = models.UUIDField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField()
    method = models.CharField(max_length=40)
    destruction_day = models.DateField(null=True, db_index=True)
    audit_leaf = models.UUIDField()


class DayEnd(models.Model):
    """A destruction day whose key is dead, in this store and in every copy wrapped under it."""

    day = models.DateField(primary_key=True)
    done_at = models.DateTimeField()
    audit_leaf = models.UUIDField()


class Order(models.Model):
    """Listed calls that somebody wants destroyed before their day. `state`: see order_rules.

    `asked_kind` and `asked_ref` say on whose word: a case of a person, or a row of the gap
    register. `why` is of whoever refused it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=9)
    reason = models.CharField(max_length=20)
    asked_kind = models.CharField(max_length=8)
    asked_ref = models.CharField(max_length=40)
    planned_by = models.CharField(max_length=64)
    planned_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=300, blank=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["asked_kind", "asked_ref"], name="retention_order_asked"),
            models.Index(
                fields=["planned_at"],
                condition=models.Q(done_at__isnull=True),
                name="retention_order_open",
            ),
        ]


class OrderCall(models.Model):
    """One call of an order by its opaque ids; `open` until the order is done or refused.

    `sha256` is that of its sealed recording: the words by which the database's files are searched.
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="+")
    call = models.UUIDField()
    object_id = models.UUIDField()
    destruction_day = models.DateField()
    sha256 = models.CharField(max_length=64, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"], condition=models.Q(open=True), name="retention_order_once"
            )
        ]
