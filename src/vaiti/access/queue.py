"""The officer's one queue, as far as the log fills it, and who has looked at what in it.

What has happened stands in it until somebody has marked it as seen, with their name; what happens
again comes back. Alarms join it in the pages: this room knows none.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.models import QueueLook
from vaiti.access.overview import REFUSED
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.people import book

KEEPERS = holders(Besides.QUEUE)
BACK = timedelta(days=30)
MOST = 200  # entries of one kind, the newest
ONE_BY_ONE = (
    *(Kind.ACCESS_SAMPLE_DRAWN, Kind.ACCESS_APPROVAL_GIVEN, Kind.ACCESS_TOKEN_GRANTED),
    Kind.CALL_PASSAGE_SILENCING,
)
_CODE = re.compile(r"(entry|alarm):[0-9a-f]{32}|refused:[0-9a-z:-]{1,64}:[0-9-]{10}")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: `count` times up to `at`. `code` names it, without personal data."""

    code: str
    count: int
    kind: str
    at: datetime
    actor: str
    subject: str
    facts: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who has looked at an item, and how often it had happened then."""

    code: str
    count: int
    name: str = field(repr=False)
    at: datetime


def from_log(person_id: UUID, now: datetime) -> tuple[Item, ...]:
    """What the log of the last 30 days holds for the officer. The reading is an entry too.

    The refusals of one person in a day are one item. Raises NotVisible.
    """
    with transaction.atomic(durable=True):
        _keeper(person_id, now)
        single = [_single(one) for one in _entries(ONE_BY_ONE, now)]
        found = (*single, *_grouped(_entries(REFUSED, now)))
        facts: Facts = {"kind": "queue", "actor": "", "entries": len(found)}
        log.append(Kind.ACCESS_LOG_READ, actor=person_id.hex, facts=facts, now=now)
    return found


def mark(person_id: UUID, code: str, count: int, now: datetime) -> None:
    """This person has looked at the item, as often as it had happened. Raises NotVisible."""
    with transaction.atomic():
        _keeper(person_id, now)
        if not _CODE.fullmatch(code):
            raise NotVisible
        given = {"count": count, "person_id": person_id, "at": now}
        QueueLook.objects.update_or_create(item=code, defaults=given)
        facts: Facts = {"item": code, "count": count}
        log.append(Kind.ACCESS_QUEUE_SEEN, actor=person_id.hex, facts=facts, now=now)


def looks(codes: Iterable[str]) -> dict[str, Seen]:
    """Who has looked at which of the items."""
    rows = list(QueueLook.objects.filter(item__in=list(codes)))
    names = book.names(row.person_id for row in rows)
    return {row.item: Seen(row.item, row.count, names[row.person_id], row.at) for row in rows}


def unseen(now: datetime) -> bool:
    """Whether anything of the log waits for the officer. It tells nothing of it: no entry."""
    found = [_single(one) for one in _entries(ONE_BY_ONE, now)]
    found += _grouped(_entries(REFUSED, now))
    counts = dict(QueueLook.objects.values_list("item", "count"))
    return any(counts.get(one.code, 0) < one.count for one in found)


def unlooked(codes: Iterable[str]) -> bool:
    """Whether nobody has looked at one of these items yet."""
    wanted = set(codes)
    return QueueLook.objects.filter(item__in=wanted).count() < len(wanted)


def _keeper(person_id: UUID, now: datetime) -> None:
    if not standing(person_id, now).roles & KEEPERS:
        raise NotVisible


def _entries(kinds: Iterable[str], now: datetime) -> Iterator[LogEntry]:
    for kind in kinds:
        page = reading.entries(kind=kind, limit=MOST)
        yield from (one for one in page.entries if one.at > now - BACK and not one.removed)


def _single(entry: LogEntry) -> Item:
    return Item(
        f"entry:{entry.id.hex}", 1, entry.kind, entry.at, entry.actor, entry.subject, entry.facts
    )


def _grouped(entries: Iterable[LogEntry]) -> Iterator[Item]:
    """By who was refused and on which day (UTC), the newest standing for all."""
    groups: dict[str, list[LogEntry]] = {}
    for one in entries:
        groups.setdefault(f"refused:{one.actor}:{one.at:%Y-%m-%d}", []).append(one)
    for code, some in groups.items():
        newest = max(some, key=lambda one: one.at)
        yield Item(code, len(some), newest.kind, newest.at, newest.actor, "", {})
