"""Tells somebody outside of the log, entry by entry in its order, from where they have come to."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from vaiti.audit import reading
from vaiti.audit.models import Follower, Leaf
from vaiti.audit.reading import LogEntry

NOTHING = -1  # the place before the first entry
OUTSIDE = "outside:"
"""How names begin of those who are given signed checkpoints; their place is the size."""
WITNESS = "witness:"
"""How the rest begins of those who answered with a cosignature."""


@dataclass(frozen=True, slots=True)
class Told:
    name: str
    place: int
    at: datetime


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


def last(name: str) -> Told | None:
    """How far they have been told, and when; nothing before the first time."""
    row = Follower.objects.filter(name=name).first()
    return Told(row.name, row.place, row.at) if row else None


def outside() -> tuple[Told, ...]:
    """Where signed checkpoints have left to, and when the last one did."""
    rows = Follower.objects.filter(name__startswith=OUTSIDE).order_by("name")
    return tuple(Told(row.name.removeprefix(OUTSIDE), row.place, row.at) for row in rows)
