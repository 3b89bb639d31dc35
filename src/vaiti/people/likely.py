"""Who was most likely at a device while the feed names nobody, and by which word. Pure.

It is drawn where a login was lost and its logout came. That is no proof: two people may have come
and only one of them have left a word. So it names nobody and gives nothing to anybody; it is told
to whoever says whose such a call is.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from vaiti.people.seats import Event, FeedRules, What


@dataclass(frozen=True, slots=True)
class Likely:
    """`person` left the device at `left_at`, and nobody had said that they came."""

    person: UUID
    left_at: datetime


def likely(
    device: str, from_at: datetime, to_at: datetime, events: Collection[Event], rules: FeedRules
) -> Likely | None:
    """Who may have been there from `from_at` to `to_at`; None where anything speaks against it.

    `events` are all words of the device and of the people whom they name, wherever those were: the
    next word of the device has to be a logout, the one before a logout too or long ago, and the
    person may not have been said to be elsewhere.
    """
    here = [event for event in events if event.device == device]
    after = min((one for one in here if one.from_at >= to_at), key=_order, default=None)
    if after is None or after.what is not What.LOGOUT or after.from_at - from_at > rules.longest:
        return None
    before = [one for one in here if one.from_at < to_at and _ends(one) > _since(after, rules)]
    if any(_stands(one, from_at) for one in before) or not _closed(before):
        return None
    theirs = (one for one in events if one.person == after.person and one.device != device)
    elsewhere = [one for one in theirs if _since(after, rules) < _ends(one)]
    elsewhere = [one for one in elsewhere if one.from_at <= after.from_at]
    if any(_stands(one, from_at) for one in elsewhere) or not _closed(elsewhere):
        return None
    return Likely(after.person, after.from_at)


def _since(after: Event, rules: FeedRules) -> datetime:
    return after.from_at - rules.longest


def _ends(event: Event) -> datetime:
    return event.to_at or event.from_at


def _stands(event: Event, from_at: datetime) -> bool:
    """Whether it says something of the stretch itself."""
    return _ends(event) > from_at


def _closed(events: Iterable[Event]) -> bool:
    """Whether the newest of them leaves nobody there."""
    newest = max(events, key=_order, default=None)
    return newest is None or newest.what is not What.LOGIN


def _order(event: Event) -> tuple[datetime, bool, UUID]:
    return event.from_at, event.what is What.LOGIN, event.person
