"""What a hold may be: four kinds, each for listed calls and for a time. Pure (design question c).

A hold suspends destruction and does nothing else; "might be useful" is no kind of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

MOST_CALLS = 500  # of one hold
MAX_REASON = 300  # characters
REVIEWED_WITHIN = timedelta(days=92)


class HoldKind(StrEnum):
    """REQUEST: a person's request is pending. RESTRICTION: a person asked to restrict (Art. 18).

    CLAIM: the controller's own concrete legal claim. ORDER: an authority's.
    """

    REQUEST = "request"
    RESTRICTION = "restriction"
    CLAIM = "claim"
    ORDER = "order"


LONGEST = {
    HoldKind.REQUEST: timedelta(days=184),
    HoldKind.RESTRICTION: timedelta(days=366),
    HoldKind.CLAIM: timedelta(days=184),  # six months, and then it is asked anew
    HoldKind.ORDER: timedelta(days=366),
}
"""From now to the end, when it is placed and each time that it is prolonged."""


class HoldRefused(Exception):
    """`code` says what to change; nothing was changed."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Time:
    """When somebody looks at a hold again, and when it ends by itself."""

    review_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """A hold before it is one."""

    kind: str
    reference: str
    owner: UUID
    time: Time
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Placing:
    """That `by` may place this hold on these calls, as access found when it was asked."""

    by: str
    draft: Draft
    calls: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Keeping:
    """That `by` may prolong or end this hold, as access found when it was asked."""

    by: str
    hold: UUID
    kind: str


def check_draft(draft: Draft, calls: Sequence[UUID], now: datetime) -> None:
    """Raises HoldRefused. Whether the reference is fit is for access to say."""
    if draft.kind not in set(HoldKind):
        raise HoldRefused("kind")
    if not calls:
        raise HoldRefused("no_calls")
    if len(set(calls)) > MOST_CALLS:
        raise HoldRefused("too_many")
    check_words(draft.reason)
    check_time(HoldKind(draft.kind), draft.time, now)


def check_words(reason: str) -> None:
    """A number of a customer stands in no reason (N-15)."""
    digits = sum(one.isdigit() for one in reason)
    if not 3 <= len(reason.strip()) <= MAX_REASON or digits > 12:
        raise HoldRefused("reason")


def check_told(kind: str, told_at: datetime | None) -> None:
    """A restriction is lifted only after the person was told (Art. 18(3))."""
    if kind == HoldKind.RESTRICTION and told_at is None:
        raise HoldRefused("untold")


def check_time(kind: HoldKind, time: Time, now: datetime) -> None:
    if not now < time.ends_at:
        raise HoldRefused("over")
    if time.ends_at > now + LONGEST[kind]:
        raise HoldRefused("too_long")
    if not now < time.review_at <= min(time.ends_at, now + REVIEWED_WITHIN):
        raise HoldRefused("review")


@dataclass(frozen=True, slots=True)
class Standing:
    """What one hold that stands means for a call."""

    kind: str
    placed_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Terms:
    """When the call is due; held, when it would have been, and from when it is narrowed."""

    due_at: datetime
    ordinary_due_at: datetime | None
    narrow_at: datetime | None


def terms(ordinary: datetime, due_at: datetime, holds: Sequence[Standing], now: datetime) -> Terms:
    """Of a call that is due on its `ordinary` day, and at `due_at` by the holds so far.

    Without a hold it has its ordinary day again; when that is over it is due at once. A hold never
    widens who may listen: from the ordinary day on, and from the beginning where the person asked
    for restriction, only the hold's people may.
    """
    if holds:
        restricted = [one.placed_at for one in holds if one.kind == HoldKind.RESTRICTION]
        ends = max(one.ends_at for one in holds)
        return Terms(max(ordinary, ends), ordinary, min([ordinary, *restricted]))
    if ordinary > now:
        return Terms(ordinary, None, None)
    return Terms(min(due_at, now), ordinary, ordinary)
