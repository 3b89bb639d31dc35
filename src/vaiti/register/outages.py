"""Times in which calls could not be taken: the recorder was away, or turned calls down.

They are rows of the gap register, and tell why a call is missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from vaiti.notice import lines
from vaiti.register import gaps
from vaiti.register.gaps import NewGap, What
from vaiti.register.models import Gap, Pulse
from vaiti.values.clock import from_micros

DOWN = "recorder_down"
TOLD_EVERY = timedelta(seconds=60)
"""A recorder tells of the same refusal once in this time, however often it happens."""
REFUSALS = frozenset(
    {
        *("disk_full", "no_orders", "orders_expired", "calls_limit", "stopping", "no_sockets"),
        *("overloaded", "no_memory"),
        *("unreadable_request", "no_acceptable_stream", "not_acknowledged", "parties_never_told"),
    }
)
"""Reasons for which a call is turned down that should have been recorded."""
FIRST = (DOWN, "disk_full", "no_memory", "overloaded", "no_orders", "orders_expired", "stopping")
"""The causes that explain more than the others, when several stretches fit."""
UNKNOWN = "unknown"
FRESH = timedelta(seconds=15)


def silent(who: str, now: datetime) -> None:
    """The recorder says nothing any more: from when it was last known to work."""
    with transaction.atomic():
        known = Pulse.objects.filter(who=who).first()
        if known is not None:
            _begin(DOWN, who, known.last_at, now)


def seen(who: str, started_us: int, last_us: int, reason: str, now: datetime) -> None:
    """What the recorder says of itself, each few seconds; `reason` is why it takes no calls.

    From what was known before follows whether it was away since: also when it came back before
    anybody looked, and when this process was away at the same time.
    """
    started, last = from_micros(started_us), from_micros(last_us)
    with transaction.atomic():
        known = Pulse.objects.select_for_update().filter(who=who).first()
        # one of several recorders may be younger than the last look, while another has lived on
        anew = known is not None and started > max(known.started_at, known.last_at)
        if known is not None and anew:
            _was_away(who, known.last_at, started, now)
        _end(_lasting(who).filter(cause=DOWN), started if anew else last)
        if reason in REFUSALS:
            _begin(reason, who, last, now)
        _end(_lasting(who).exclude(cause__in=(DOWN, reason)), last)
        Pulse.objects.update_or_create(who=who, defaults={"started_at": started, "last_at": last})


@dataclass(frozen=True, slots=True)
class RecordingNow:
    """Whether calls are taken, as of when, and each line with whether calls in and out of it are
    to be recorded."""

    taking: bool
    as_of: datetime | None
    lines: tuple[tuple[str, bool, bool], ...]


def recording_now(now: datetime) -> RecordingNow:
    """What the recorder said last. What is older than FRESH counts as no."""
    known = Pulse.objects.order_by("-last_at").first()
    fresh = known is not None and now - known.last_at <= FRESH
    lasting = Gap.objects.filter(kind=What.STRETCH, ended_at__isnull=True).exists()
    ways = tuple((one.number, one.takes("in"), one.takes("out")) for one in lines.standing(now))
    return RecordingNow(fresh and not lasting, known.last_at if known else None, ways)


def turned_down(kind: str, peer: str, at: datetime, now: datetime) -> None:
    """A peer's call was refused at `at`; more may have followed within TOLD_EVERY."""
    if kind not in REFUSALS:
        return
    ends = at + TOLD_EVERY
    near = Gap.objects.filter(kind=What.STRETCH, cause=kind, source=_peer(peer))
    row = near.filter(started_at__lte=at, ended_at__gte=at).order_by("-started_at").first()
    if row is None:
        gaps.enter(NewGap(What.STRETCH, kind, _peer(peer), at, ends), now)
    elif row.ended_at is not None and row.ended_at < ends:
        Gap.objects.filter(id=row.id).update(ended_at=ends, calls=row.calls + 1)


def causes(begins: datetime, ends: datetime) -> list[Gap]:
    """The stretches that touch this time."""
    touching = Q(ended_at__isnull=True) | Q(ended_at__gte=begins)
    return list(Gap.objects.filter(touching, kind=What.STRETCH, started_at__lte=ends))


def cause_of(started_at: datetime, within: timedelta, stretches: Sequence[Gap]) -> str:
    """Why a call that began then is missing, as far as the stretches tell. Pure."""
    fitting = {
        each.cause
        for each in stretches
        if each.started_at - within <= started_at
        and (each.ended_at is None or started_at <= each.ended_at + within)
    }
    return next((cause for cause in (*FIRST, *sorted(fitting)) if cause in fitting), UNKNOWN)


def _was_away(who: str, last: datetime, started: datetime, now: datetime) -> None:
    """Enters the time between, however short, unless it stands already and has not ended."""
    if not _lasting(who).filter(cause=DOWN).exists():
        gaps.enter(NewGap(What.STRETCH, DOWN, who, last, started, calls=0), now)


def _begin(cause: str, who: str, at: datetime, now: datetime) -> None:
    if not _lasting(who).filter(cause=cause).exists():
        gaps.enter(NewGap(What.STRETCH, cause, who, at, None, calls=0), now)


def _end(rows: QuerySet[Gap], at: datetime) -> None:
    for row in rows:
        Gap.objects.filter(id=row.id).update(ended_at=max(at, row.started_at))


def _lasting(who: str) -> QuerySet[Gap]:
    return Gap.objects.filter(kind=What.STRETCH, source=who, ended_at__isnull=True)


def _peer(peer: str) -> str:
    return f"peer {peer}"[:64]
