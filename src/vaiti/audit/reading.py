"""Reads the log page by page, newest first, for those who may see it. Asks nobody who that is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from vaiti.audit.models import Leaf
from vaiti.audit.verification import read_body
from vaiti.values.clock import from_micros, to_micros

MAX_PAGE = 200  # entries


class BadCursor(ValueError):
    """The cursor is not one that a page gave out."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """`seq` is None while the entry waits for its place; once `removed`, only the leaf is left."""

    id: UUID
    seq: int | None
    at: datetime
    kind: str
    actor: str
    subject: str
    facts: dict[str, Any]
    removed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`before` is the cursor of the next, older page; None on the last one."""

    entries: tuple[LogEntry, ...]
    before: str | None


def entries(
    kind: str | None = None,
    actor: str | None = None,
    subject: str | None = None,
    before: str | None = None,
    limit: int = 50,
) -> Page:
    """The newest entries that fit, older than the cursor `before`. Raises BadCursor."""
    leaves = Leaf.objects.all()
    if kind is not None:
        leaves = leaves.filter(kind=kind)
    if actor is not None:
        leaves = leaves.filter(actor=actor)
    if subject is not None:
        leaves = leaves.filter(subject=subject)
    if before is not None:
        at, leaf_id = _read_cursor(before)
        leaves = leaves.filter(Q(at__lt=at) | Q(at=at, id__lt=leaf_id))
    limit = min(max(limit, 1), MAX_PAGE)
    found = _newest(leaves, limit + 1)
    shown = found[:limit]
    return Page(tuple(map(_shown, shown)), _cursor(shown[-1]) if len(found) > limit else None)


def between(
    kinds: Iterable[str], begins: datetime, ends: datetime, most: int
) -> tuple[LogEntry, ...]:
    """The newest `most` entries of these kinds from `begins` on and until `ends`."""
    leaves = Leaf.objects.filter(kind__in=list(kinds), at__gte=begins, at__lte=ends)
    return tuple(map(_shown, _newest(leaves, most)))


def following(after: int, most: int) -> tuple[LogEntry, ...]:
    """The entries that stand behind the place `after`, in the log's own order; none is missed.

    What waits for its place is not among them. The first place is 0: begin with -1.
    """
    leaves = Leaf.objects.filter(seq__gt=after)
    return tuple(map(_shown, leaves.order_by("seq")[: min(max(most, 1), MAX_PAGE)]))


def of_ids(ids: Iterable[UUID]) -> tuple[LogEntry, ...]:
    """These entries, the oldest first."""
    leaves = Leaf.objects.filter(id__in=list(ids))
    return tuple(map(_shown, leaves.order_by("at", "id")))


def newest_of(kind: str, subjects: Iterable[str]) -> dict[str, LogEntry]:
    """The newest entry of this kind about each of these, where there is one."""
    leaves = Leaf.objects.filter(kind=kind, subject__in=list(subjects))
    return {leaf.subject: _shown(leaf) for leaf in leaves.order_by("at", "id")}


def _newest(leaves: "QuerySet[Leaf]", most: int) -> list[Leaf]:
    """No index holds what waits for its place: that is looked through, and first, for what gets
    its place between the two questions is then found twice, and not never."""
    ordered = leaves.order_by("-at", "-id")
    found = {
        leaf.id: leaf
        for waiting in (True, False)
        for leaf in ordered.filter(seq__isnull=waiting)[:most]
    }
    return sorted(found.values(), key=lambda leaf: (leaf.at, leaf.id), reverse=True)[:most]


def _shown(leaf: Leaf) -> LogEntry:
    if leaf.salt is None:
        return LogEntry(leaf.id, leaf.seq, leaf.at, leaf.kind, "", "", {}, removed=True)
    body = read_body(leaf.body)
    return LogEntry(
        leaf.id,
        leaf.seq,
        leaf.at,
        leaf.kind,
        body["actor"],
        body["subject"],
        body["facts"],
        removed=False,
    )


def _cursor(leaf: Leaf) -> str:
    return f"{to_micros(leaf.at)}-{leaf.id.hex}"


def _read_cursor(text: str) -> tuple[datetime, UUID]:
    micros, _, leaf_id = text.partition("-")
    try:
        return from_micros(int(micros)), UUID(hex=leaf_id)
    except (ValueError, OverflowError) as error:
        raise BadCursor("the page asked for does not exist; begin at the first") from error
