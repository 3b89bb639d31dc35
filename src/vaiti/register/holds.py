"""Holds read: as cards, with their calls, and which calls they give to whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from vaiti.people import book
from vaiti.register.hold_rules import HoldKind
from vaiti.register.holding import in_force
from vaiti.register.models import Call, HeldCall, Hold, Leg


@dataclass(frozen=True, slots=True)
class HoldCard:
    """One hold as of an instant. `calls` is how many of its calls are still in the book."""

    id: UUID
    kind: str
    reference: str
    reason: str = field(repr=False)
    owner_id: UUID
    owner: str = field(repr=False)
    placed_by: str
    placed_at: datetime
    review_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_why: str = field(repr=False)
    calls: int
    stands: bool
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """One call of a hold, for whoever looks after the hold."""

    call: UUID
    started_at: datetime
    due_at: datetime
    ordinary_due_at: datetime | None


def cards(now: datetime, *, owner: UUID | None = None) -> list[HoldCard]:
    """Those that stand, the next to be reviewed first, and then those that have ended."""
    rows = Hold.objects.all() if owner is None else Hold.objects.filter(owner_id=owner)
    found = _cards(rows, now)
    return sorted(found, key=lambda one: (not one.stands, one.review_at, one.id))


def card(hold_id: UUID, now: datetime) -> HoldCard | None:
    return next(iter(_cards(Hold.objects.filter(id=hold_id), now)), None)


def of_call(call_id: UUID, now: datetime) -> list[HoldCard]:
    """The holds that stand for the call, the one that ends last first."""
    standing = HeldCall.objects.filter(in_force(now), call_id=call_id).values("hold_id")
    return sorted(_cards(Hold.objects.filter(id__in=standing), now), key=lambda one: one.ends_at)[
        ::-1
    ]


def standing_on(call_ids: Iterable[UUID], now: datetime) -> list[HoldCard]:
    """The holds that stand for any of the calls, the next to be reviewed first."""
    standing = HeldCall.objects.filter(in_force(now), call_id__in=set(call_ids)).values("hold_id")
    found = _cards(Hold.objects.filter(id__in=standing), now)
    return sorted(found, key=lambda one: (one.review_at, one.id))


def held(hold_id: UUID) -> list[Held]:
    """The calls of a hold, the newest first."""
    of_hold = HeldCall.objects.filter(hold_id=hold_id).values("call_id")
    rows = Call.objects.filter(id__in=of_hold).order_by("-started_at", "-id")
    return [
        Held(row.id, row.started_at, row.due_at, row.ordinary_due_at)
        for row in rows.only("id", "started_at", "due_at", "ordinary_due_at")
    ]


def to_review(now: datetime) -> list[HoldCard]:
    """The holds that stand and whose review is due."""
    overdue = Q(ended_at__isnull=True, ends_at__gt=now, review_at__lte=now)
    return _cards(Hold.objects.filter(overdue), now)


def untold(now: datetime, before: datetime) -> list[HoldCard]:
    """The restrictions that end before then, though the person was not told that they do."""
    ending = Q(ended_at__isnull=True, ends_at__gt=now, ends_at__lte=before, told_at__isnull=True)
    return _cards(Hold.objects.filter(ending, kind=HoldKind.RESTRICTION), now)


def named(owner: UUID | None, now: datetime) -> list[tuple[UUID, str]]:
    """Call and reference of each hold that stands; of this owner only, if one is given."""
    rows = HeldCall.objects.filter(in_force(now))
    if owner is not None:
        rows = rows.filter(hold__owner_id=owner)
    return list(rows.values_list("call_id", "hold__reference"))


@dataclass(frozen=True, slots=True)
class Stood:
    """A hold of the past or the present; `agents` are those of its calls that still exist."""

    owner: UUID
    reference: str
    begins: datetime
    ends: datetime
    agents: frozenset[UUID]


def standing_between(begins: datetime, ends: datetime) -> list[Stood]:
    """The holds that stood at some instant from `begins` on and before `ends`."""
    found = []
    for row in Hold.objects.filter(placed_at__lt=ends, ends_at__gt=begins).order_by(
        "placed_at", "id"
    ):
        over = min(row.ends_at, row.ended_at or row.ends_at)
        if over > begins:
            calls = HeldCall.objects.filter(hold=row).values("call_id")
            legs = Leg.objects.filter(call_id__in=calls, person_id__isnull=False)
            agents = frozenset(legs.values_list("person_id", flat=True))
            found.append(Stood(row.owner_id, row.reference, row.placed_at, over, agents))
    return found


def _cards(rows: "QuerySet[Hold]", now: datetime) -> list[HoldCard]:
    found = list(rows)
    counts = _counts(row.id for row in found)
    names = book.names(row.owner_id for row in found)
    return [
        HoldCard(
            id=row.id,
            kind=row.kind,
            reference=row.reference,
            reason=row.reason,
            owner_id=row.owner_id,
            owner=names[row.owner_id],
            placed_by=row.placed_by,
            placed_at=row.placed_at,
            review_at=row.review_at,
            ends_at=row.ends_at,
            ended_at=row.ended_at or (row.ends_at if row.ends_at <= now else None),
            ended_why=row.ended_why,
            calls=counts.get(row.id, 0),
            stands=row.ended_at is None and now < row.ends_at,
            told_at=row.told_at,
        )
        for row in found
    ]


def _counts(ids: Iterable[UUID]) -> dict[UUID, int]:
    rows = HeldCall.objects.filter(hold_id__in=list(ids)).values("hold_id")
    return {one["hold_id"]: one["calls"] for one in rows.annotate(calls=Count("id"))}
