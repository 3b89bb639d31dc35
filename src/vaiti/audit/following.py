"""Tells somebody outside of the log, entry by entry in its order, from where they have come to."""

from datetime import datetime

from django.db.models import Max

from vaiti.audit import reading
from vaiti.audit.models import Follower, Leaf
from vaiti.audit.reading import LogEntry

NOTHING = -1  # the place before the first entry


def place(name: str, now: datetime, start: int | None = None) -> int:
    """Up to where they have been told. Who is new begins with `start`, or with what comes now."""
    row = Follower.objects.filter(name=name).first()
    if row is None:
        begins = {"place": newest() if start is None else start, "at": now}
        row, _ = Follower.objects.get_or_create(name=name, defaults=begins)
    return row.place


def newest() -> int:
    """The last place that was given; NOTHING before the first."""
    last: int | None = Leaf.objects.aggregate(last=Max("seq"))["last"]
    return NOTHING if last is None else last


def behind(place: int, most: int) -> tuple[LogEntry, ...]:
    """The next entries; none is ever missed, because places are given one by one."""
    return reading.following(place, most)


def reached(name: str, place: int, now: datetime) -> None:
    """They have been told up to and with `place`, in the caller's transaction if there is one."""
    Follower.objects.update_or_create(name=name, defaults={"place": place, "at": now})
