"""The agent feed taken in: its words as rows, and the calls that they change, both at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.notice import versions
from vaiti.people import feed
from vaiti.people.feed import Named
from vaiti.people.feed_document import Fault, Read, read_csv, read_objects
from vaiti.people.seats import FeedRules, Seated, who_was_at
from vaiti.register import attribution

AT_ONCE = 200  # words of one transaction


@dataclass(frozen=True, slots=True)
class Looked:
    """What a feed says, looked at and not entered: its words, and what is wrong with others."""

    named: tuple[Named, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """New words, words known already, corrections of words; and legs that changed hands."""

    added: int
    known: int
    corrected: int
    legs: int


def look_at_csv(text: str, now: datetime) -> Looked:
    """Raises FeedFault when it is no table of the feed at all."""
    return _looked(read_csv(text, zone(now), now))


def look_at_objects(objects: object, now: datetime) -> Looked:
    """Raises FeedFault when it is no list at all."""
    return _looked(read_objects(objects, zone(now), now))


def take(words: Sequence[Named], rules: FeedRules, *, by: str, now: datetime) -> Taken:
    """Enters the words and gives calls to whose they are. Cut off anywhere, it is begun again.

    Access follows at once: the rows that it is decided on change in the same transaction.
    """
    added = known = corrected = legs = 0
    for first in range(0, len(words), AT_ONCE):
        with transaction.atomic():
            done = feed.take(words[first : first + AT_ONCE], rules, by=by, now=now)
            legs += attribution.follow(done.touched, rules, now)
        added, known = added + done.added, known + done.known
        corrected += done.corrected
    return Taken(added, known, corrected, legs)


def seated(device: str, at: datetime, rules: FeedRules) -> Seated:
    """What the feed says of who was at the device."""
    return who_was_at(device, at, feed.events(device, at, at, rules), rules)


def zone(now: datetime) -> ZoneInfo:
    """The zone of the notice in force, in which times without an offset are read."""
    notice = versions.in_force(now)
    return ZoneInfo("UTC") if notice is None else notice.zone


def _looked(read: Read) -> Looked:
    checked = feed.check(read.words)
    faults = sorted((*read.faults, *checked.faults), key=lambda one: one.row)
    return Looked(checked.named, tuple(faults))
