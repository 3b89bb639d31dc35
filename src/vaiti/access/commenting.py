"""Comments of trainers to agents, at moments of a call; only where the settings allow them.

An agent reads what was written about their own part, and which activities it is gathered in. No
manager does: they are for learning and for nothing else (L-34).
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.activity_rules import MAX_COMMENT, fit_text
from vaiti.access.decide import Act, Relation
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.limits import limits
from vaiti.access.models import Activity, MandateCall
from vaiti.access.standing import Standing, decide_on, no_to, relations, standing
from vaiti.people import book
from vaiti.register import calls, comments
from vaiti.register.calls import LegCard
from vaiti.register.comments import Draft
from vaiti.register.strands import kept

MOST_GATHERED = 200  # parts of calls told to an agent at once, the newest


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as it is read; `own`: the reader wrote it and may take it back."""

    id: int
    leg: int
    place_ms: int
    text: str = field(repr=False)
    by: str = field(repr=False)
    own: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """What a person is told of training with a call: to trainers and agents, else nothing.

    `on`: the legs that the person may write about now.
    """

    activities: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    on: tuple[LegCard, ...] = ()


@dataclass(frozen=True, slots=True)
class Mine:
    """The agent's own part of a call that was gathered in the activity named."""

    activity: str
    ends_at: datetime
    leg: LegCard
    remarks: int


@dataclass(frozen=True, slots=True)
class Place:
    """A moment of an agent's part, `ms` after its beginning."""

    call: UUID
    leg: int
    ms: int


def notes(person_id: UUID, call_id: UUID, now: datetime) -> Notes:
    """Of one call, for a page that shows the call anyway."""
    person = standing(person_id, now)
    legs = [leg for leg in calls.legs(call_id) if leg.call.readable(now)]
    legs = [leg for leg in legs if not leg.call.narrowed(now)]
    mine = [leg for leg in legs if Relation.OWN in relations(person, leg)]
    theirs = [leg for leg in legs if _gathered(person, leg, now)]
    if not mine and not theirs:
        return Notes()
    held = MandateCall.objects.filter(call_id=call_id, mandate__kind="activity")
    names = Activity.objects.filter(mandate_id__in=held.values("mandate_id"))
    open_to = theirs if limits().activities.comments else []
    return Notes(
        tuple(names.order_by("mandate__opened_at").values_list("name", flat=True)),
        _remarks(person_id, {leg.id for leg in [*mine, *theirs]}),
        tuple(leg for leg in open_to if leg.call.for_training and leg.person_id),
    )


def _remarks(person_id: UUID, leg_ids: set[int]) -> tuple[Remark, ...]:
    found = comments.on_legs(leg_ids)
    names = book.names(one.author for one in found)
    return tuple(
        Remark(
            one.id,
            one.leg,
            one.place_ms,
            one.text,
            names.get(one.author, ""),
            one.author == person_id,
        )
        for one in found
    )


def write(person_id: UUID, place: Place, text: str, now: datetime) -> None:
    """Raises NotVisible, Unprepared, and MandateError with what to change."""
    person, leg = standing(person_id, now), calls.leg(place.leg)
    if leg is None or leg.call.id != place.call or not _gathered(person, leg, now):
        raise no_to(person)
    if not limits().activities.comments:
        raise MandateError("The settings do not allow comments.")
    if not 0 <= place.ms <= leg.length_s * 1000:
        raise MandateError("The place is within the recording, such as 1:23.")
    if not fit_text(text, MAX_COMMENT):
        raise MandateError("A comment has 1 to 500 characters and no telephone number.")
    draft = Draft(leg.id, leg.call.id, _activity(person, leg), place.ms, text)
    with transaction.atomic():
        comments.write(draft, person_id, now)


def withdraw(person_id: UUID, call_id: UUID, comment_id: int, now: datetime) -> None:
    """One's own; raises NotVisible for all others."""
    if not standing(person_id, now).here:
        raise NotVisible
    with transaction.atomic():
        if not comments.withdraw(comment_id, call_id, person_id, now):
            raise NotVisible


def gathered_of(person_id: UUID, now: datetime) -> tuple[Mine, ...]:
    """What was gathered of the agent's own calls, the newest first. Raises Unprepared."""
    person = standing(person_id, now)
    if not person.here or person.lacks:
        raise no_to(person)
    rows = MandateCall.objects.filter(
        kept(now), mandate__kind="activity", call__legs__person_id=person_id
    ).order_by("-added_at", "-id")
    held = list(rows.values_list("call_id", "mandate_id", "mandate__ends_at")[:MOST_GATHERED])
    names = dict(Activity.objects.values_list("mandate_id", "name"))
    legs: dict[UUID, list[LegCard]] = {}
    for leg in calls.legs_of([call for call, _, _ in held], now):
        if leg.person_id == person_id:
            legs.setdefault(leg.call.id, []).append(leg)
    written = comments.on_legs(leg.id for some in legs.values() for leg in some)
    return tuple(
        Mine(names.get(mandate, ""), ends_at, leg, sum(one.leg == leg.id for one in written))
        for call, mandate, ends_at in held
        for leg in legs.get(call, ())
    )


def _gathered(person: Standing, leg: LegCard, now: datetime) -> bool:
    """Whether an open activity gives the person this leg, and nothing else comes before it."""
    named = person.named.get(leg.call.id, frozenset())
    return any(one.relation is Relation.ACTIVITY for one in named) and (
        "trainer" in person.roles and decide_on(person, leg, Act.SEE, now).allowed
    )


def _activity(person: Standing, leg: LegCard) -> UUID:
    held = MandateCall.objects.filter(call_id=leg.call.id, mandate__kind="activity")
    wanted = {
        one.reference
        for one in person.named.get(leg.call.id, frozenset())
        if one.relation is Relation.ACTIVITY
    }
    newest = held.filter(mandate__reference__in=wanted).order_by("-added_at", "-id")
    return newest.values_list("mandate_id", flat=True)[0]
