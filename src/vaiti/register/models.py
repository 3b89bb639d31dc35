"""The book of calls. The schema is closed: docs/schema.md says why each column exists (N-11)."""

import uuid
from typing import Final

from django.db import models

from vaiti.notice.models import Line, NoticeVersion
from vaiti.people.models import Person
from vaiti.register import (  # noqa: F401 - Django looks for rows here
    canary_models,
    check_models,
    person_models,
)
from vaiti.register.lengths import length_of_leg
from vaiti.register.part_models import Part, PartSession  # noqa: F401


class Direction(models.TextChoices):
    IN = "in"
    OUT = "out"


class State(models.TextChoices):
    """While a passage is SILENCING, or a part is JOINING, the call is seen and heard by nobody."""

    KEPT = "kept"
    SILENCING = "silencing"
    JOINING = "joining"
    DESTROYING = "destroying"


SEEN = (State.KEPT, State.SILENCING, State.JOINING)


LONG_S: Final = 900
"""Legs of so many seconds are rare, and have an index of their own."""


class Call(models.Model):
    """One call of one customer. Instants are UTC; the length is always end minus start (N-13).

    `recording` is the technical part of the manifest that playback needs (tracks, epochs, holds,
    segments, finished, sha256), without any personal data. `marks`: see register.marks.
    Of a held call `due_at` is when its holds let it go, `ordinary_due_at` when it would have been
    due; from `narrow_at` on only the holds' people see it (register.holding).
    """

    id = models.UUIDField(primary_key=True, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.KEPT)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False, related_name="+")
    customer = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    ended_by = models.CharField(max_length=12)
    recovered = models.BooleanField(default=False)
    notice = models.ForeignKey(
        NoticeVersion, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    due_at = models.DateTimeField(db_index=True)
    due_rule = models.CharField(max_length=32)
    destruction_day = models.DateField(db_index=True)
    ordinary_due_at = models.DateTimeField(null=True)
    narrow_at = models.DateTimeField(null=True)
    object_id = models.UUIDField(unique=True)
    recorder = models.CharField(max_length=64)
    peer = models.CharField(max_length=64)
    recording = models.JSONField()
    marks = models.PositiveSmallIntegerField(default=0)
    taken_in_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="register_call_newest"),
            models.Index(
                fields=["due_at"], condition=~models.Q(state="kept"), name="register_call_leaving"
            ),
            models.Index(
                fields=["customer"],
                opclasses=["varchar_pattern_ops"],  # of PostgreSQL: finds beginnings of numbers
                name="register_call_customer",
            ),
            models.Index(
                fields=["-started_at", "marks"],
                condition=models.Q(marks__gt=0),
                name="register_call_marked",
            ),
            models.Index(
                fields=["narrow_at"],
                condition=models.Q(narrow_at__isnull=False),
                name="register_call_held",
            ),
        ]


class Leg(models.Model):
    """One agent's part. `device` stands only while `person` is unknown (late attribution).

    `desk` is the ordinal of the `Desk` that it is a part of, as long as there is one.

    Its bounds keep their microseconds: they are what another agent may not hear beyond (N-28).
    `line`, `direction`, `customer`, `destruction_day` and `marks` repeat the call's, so that a list
    is narrowed, and counted, by its index alone, however many legs somebody may see.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, db_index=False, related_name="legs")
    ordinal = models.PositiveSmallIntegerField()
    desk = models.PositiveSmallIntegerField(null=True)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    line = models.ForeignKey(Line, on_delete=models.PROTECT, db_index=False, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    customer = models.CharField(max_length=20)
    destruction_day = models.DateField()
    marks = models.PositiveSmallIntegerField(default=0)
    device = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    length_s = models.GeneratedField(
        expression=length_of_leg(), output_field=models.IntegerField(), db_persist=True
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "ordinal"], name="register_leg_one")]
        indexes = [
            # each leads to one agent's legs in the list's order and holds what else narrows them
            models.Index(
                fields=[
                    *("person", "-started_at", "-id", "direction", "length_s"),
                    *("line", "destruction_day", "customer"),
                ],
                name="register_leg_person",
            ),
            models.Index(
                fields=["person", "line", "-started_at", "-id", "direction", "length_s"],
                name="register_leg_person_line",
            ),
            models.Index(
                fields=["person", "destruction_day", "-started_at", "-id", "direction", "length_s"],
                name="register_leg_person_day",
            ),
            models.Index(fields=["line", "-started_at", "-id"], name="register_leg_line"),
            models.Index(
                fields=[
                    *("customer", "-started_at", "-id", "person", "direction", "length_s"),
                    *("line", "destruction_day"),
                ],
                opclasses=["varchar_pattern_ops", *[""] * 7],
                name="register_leg_customer",
            ),
            models.Index(
                fields=["person", "-started_at", "marks"],
                condition=models.Q(marks__gt=0),
                name="register_leg_marked",
            ),
            models.Index(
                fields=[
                    *("person", "-started_at", "-id", "length_s", "direction", "line"),
                    "destruction_day",
                ],
                condition=models.Q(length_s__gte=LONG_S),
                name="register_leg_long",
            ),
        ]


class Desk(models.Model):
    """What the phone system said of who was at one device in a call: what legs are cut from.

    It goes when late information counts no more. `said` are texts as in the manifest, in the order
    in which they count; `look_at` is when to look again, because a word may have been on its way.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, db_index=False, related_name="+")
    ordinal = models.PositiveSmallIntegerField()
    device = models.CharField(max_length=64, blank=True)
    said = models.JSONField(default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    look_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "ordinal"], name="register_desk_one")
        ]
        indexes = [
            models.Index(fields=["device", "started_at"], name="register_desk_device"),
            models.Index(fields=["ended_at"], name="register_desk_ended"),
            models.Index(
                fields=["look_at"],
                condition=models.Q(look_at__isnull=False),
                name="register_desk_look",
            ),
        ]


class Picture(models.Model):
    """How loud a leg's two sides are, sealed under the call's own key; made at the first look."""

    leg = models.OneToOneField(Leg, on_delete=models.CASCADE, primary_key=True, related_name="+")
    sealed = models.BinaryField()


class Objection(models.Model):
    """The call is not for training: `person` said so. It dies with the call."""

    call = models.OneToOneField(Call, on_delete=models.CASCADE, primary_key=True, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class Comment(models.Model):
    """What a trainer wrote to the agent about a moment of their part. It dies with the call.

    `activity` is the id of the training activity, whose row is of a higher room.
    """

    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="+")
    activity = models.UUIDField()
    author = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()
    place_ms = models.PositiveIntegerField()
    text = models.CharField(max_length=500)


class Correction(models.Model):
    """What was wrong with a call's facts and how it was put right; it dies with the call.

    `what` is agent, line or direction, and only an agent has a `leg`. `before` and `after` are an
    id or a code; empty for an agent whom nobody knew. `rule` is the right by which `by` did it.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, null=True, related_name="+")
    what = models.CharField(max_length=9)
    before = models.CharField(max_length=32, blank=True)
    after = models.CharField(max_length=32, blank=True)
    rule = models.CharField(max_length=20)
    by = models.CharField(max_length=64)
    at = models.DateTimeField()


class Silencing(models.Model):
    """A passage of a leg that is silenced for good, underway or done; it dies with the call.

    `state`: see register.silencing. `old_object` is what is sealed with the passage, `new_object`
    without it. `by` and `rule` are who asked and by which right, `audit_leaf` the entry that
    announced it. `last_error` is the code of what stood in the way at the last attempt.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")
    leg = models.ForeignKey(Leg, on_delete=models.CASCADE, related_name="+")
    from_us = models.BigIntegerField()
    to_us = models.BigIntegerField()
    side = models.CharField(max_length=8)
    reason = models.CharField(max_length=12)
    state = models.CharField(max_length=8)
    by = models.CharField(max_length=64)
    rule = models.CharField(max_length=20)
    audit_leaf = models.UUIDField()
    old_object = models.UUIDField()
    new_object = models.UUIDField()
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call"],
                condition=models.Q(done_at__isnull=True),
                name="register_silencing_one",
            )
        ]


class Arrival(models.Model):
    """A call on its way from the journal into the book, and the object it is gathered into.

    It stands until the call's row does, so that a gathering cut short is done again into the same
    object and leaves no second one behind. `refused` is the code of why a call may not enter: such
    a call stays sealed where it is, readable by nobody.
    """

    call = models.UUIDField(primary_key=True, editable=False)
    object_id = models.UUIDField(unique=True)
    since = models.DateTimeField()
    refused = models.CharField(max_length=40, blank=True)


class Hold(models.Model):
    """Why listed calls outlive their day: one of four kinds, for a matter with a reference.

    It ends at `ends_at`, or before when somebody says so; it goes with the last of its calls.
    `reason` and `ended_why` are without names and numbers. Of a restriction `told_at` is when the
    person was told that it ends: not before (Art. 18(3)).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=11)
    reference = models.CharField(max_length=40)
    reason = models.CharField(max_length=300)
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    placed_by = models.CharField(max_length=64)
    placed_at = models.DateTimeField()
    review_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)
    ended_why = models.CharField(max_length=300, blank=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["ends_at"],
                condition=models.Q(ended_at__isnull=True),
                name="register_hold_open",
            )
        ]


class HeldCall(models.Model):
    """One call of a hold."""

    hold = models.ForeignKey(Hold, on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hold", "call"], name="register_held_once")]


class Gap(models.Model):
    """What should have been recorded and was not, or was and should not have been (N-22).

    `kind` is missing, unwanted, quiet (a call of which a side was not heard), unjudged (calls of
    which that is not known), canary (test calls that failed) or stretch (a time in which calls
    could not be taken; `ended_at` is empty while it lasts). No number and no person of the call:
    line, instants and a cause. `call` leaves the row when the call is destroyed.
    `calls` is how many are known, in a stretch or unjudged; `why`, `by` and `at` are of whoever
    explained it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=8)
    cause = models.CharField(max_length=32)
    line = models.ForeignKey(
        Line, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    source = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    calls = models.PositiveIntegerField(default=1)
    call = models.ForeignKey(
        Call, on_delete=models.SET_NULL, null=True, db_index=True, related_name="+"
    )
    found_at = models.DateTimeField()
    state = models.CharField(max_length=9)
    why = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="register_gap_newest"),
            models.Index(fields=["state", "kind"], name="register_gap_open"),
        ]


class Comparison(models.Model):
    """One look at the phone system's own call records: counts, and how far its clock is off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    source = models.CharField(max_length=64)
    begins = models.DateTimeField()
    ends = models.DateTimeField()
    told = models.PositiveIntegerField()
    matched = models.PositiveIntegerField()
    missing = models.PositiveIntegerField()
    unwanted = models.PositiveIntegerField()
    explained = models.PositiveIntegerField()
    offset_ms = models.IntegerField()


class Pulse(models.Model):
    """When a process was last known to work: of the recorder, and since when it has run."""

    who = models.CharField(primary_key=True, max_length=64)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
