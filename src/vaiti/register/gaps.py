"""The gap register: what was not recorded and should have been, or the other way round.

Administrators and the data protection officer read it and say why; nobody else does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people import book
from vaiti.register.models import SEEN, Comparison, Gap
from vaiti.values.clock import to_micros

KEEPERS = frozenset({"administrator", "dpo"})
ALARM_MISSING, ALARM_UNWANTED = "calls_missing", "calls_unwanted"
PAGE = 50
MOST_WHY = 300


class What(StrEnum):
    MISSING = "missing"
    UNWANTED = "unwanted"
    QUIET = "quiet"
    UNJUDGED = "unjudged"
    CANARY = "canary"
    STRETCH = "stretch"


class State(StrEnum):
    """Open until somebody says why; closed when there is nothing more to be done about it."""

    OPEN = "open"
    EXPLAINED = "explained"
    CLOSED = "closed"


class NotYours(Exception):
    """This person does not keep the gap register."""


class GapRefused(ValueError):
    """The code says what is wrong: `why`, `state` or `gone`."""


@dataclass(frozen=True, slots=True)
class NewGap:
    """What is known when a gap is found. `source` says who told of it."""

    what: What
    cause: str
    source: str
    started_at: datetime
    ended_at: datetime | None
    line_id: UUID | None = None
    call_id: UUID | None = None
    calls: int = 1


@dataclass(frozen=True, slots=True)
class GapCard:
    """One row. `line` is the number, `label` what it is called; `by` is a person's id or a system's
    name."""

    id: UUID
    what: str
    cause: str
    source: str
    line: str
    label: str
    started_at: datetime
    ended_at: datetime | None
    calls: int
    state: str
    why: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class LastLook:
    """The newest comparison with the phone system's records."""

    at: datetime
    source: str
    begins: datetime
    ends: datetime
    told: int
    matched: int
    missing: int
    unwanted: int
    explained: int
    offset_ms: int


@dataclass(frozen=True, slots=True)
class GapPage:
    """`open` counts what is open, by kind; `more`: there are older rows."""

    rows: tuple[GapCard, ...]
    open: Mapping[str, int]
    last: LastLook | None
    more: bool


def enter(new: NewGap, now: datetime) -> UUID:
    """Enters a gap, and the log says so. In the caller's transaction or one of its own."""
    with transaction.atomic():
        row = Gap.objects.create(
            kind=new.what,
            cause=new.cause,
            source=new.source,
            line_id=new.line_id,
            started_at=new.started_at,
            ended_at=new.ended_at,
            calls=new.calls,
            call_id=new.call_id,
            found_at=now,
            state=State.OPEN,
        )
        facts: Facts = {"kind": new.what.value, "cause": new.cause, "source": new.source}
        actor = f"system:{new.source}"[:64]
        log.append(Kind.REGISTER_GAP_FOUND, actor=actor, subject=row.id.hex, facts=facts, now=now)
    return row.id


def settle(person_id: UUID, gap_id: UUID, state: str, why: str, now: datetime) -> None:
    """Somebody says why, or that it is done with. Raises NotYours and GapRefused."""
    _require_keeper(person_id, now)
    why = " ".join(why.split())
    if not 0 < len(why) <= MOST_WHY or not why.isprintable():
        raise GapRefused("why")
    if state not in (State.EXPLAINED, State.CLOSED):
        raise GapRefused("state")
    with transaction.atomic():
        row = Gap.objects.select_for_update().filter(id=gap_id).first()
        if row is None or row.state == State.CLOSED:
            raise GapRefused("gone")
        _become(row, State(state), why, person_id.hex, now)
    settle_alarms(now)


def unwanted_call(person_id: UUID, gap_id: UUID, now: datetime) -> UUID | None:
    """The call that should not have been recorded, while it is in the book. Raises NotYours."""
    _require_keeper(person_id, now)
    found = Gap.objects.filter(id=gap_id, kind=What.UNWANTED, call__state__in=SEEN)
    return found.values_list("call_id", flat=True).first()


def close_found(rows: QuerySet[Gap], by: str, now: datetime) -> int:
    """Closes gaps that turned out to be none; how many."""
    with transaction.atomic():
        found = list(rows.exclude(state=State.CLOSED))
        for row in found:
            _become(row, State.CLOSED, "", by, now)
    return len(found)


def read(
    person_id: UUID, now: datetime, *, state: str = "", what: str = "", page: int = 0
) -> GapPage:
    """The newest rows first, narrowed by state and kind. Raises NotYours."""
    _require_keeper(person_id, now)
    rows = Gap.objects.select_related("line").order_by("-started_at", "-id")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(kind=what) if what else rows
    found = list(rows[page * PAGE : (page + 1) * PAGE + 1])
    last = Comparison.objects.order_by("-at").first()
    return GapPage(
        tuple(map(_card, found[:PAGE])),
        open_counts(),
        None if last is None else _look(last),
        len(found) > PAGE,
    )


def one(person_id: UUID, gap_id: UUID, now: datetime) -> GapCard | None:
    _require_keeper(person_id, now)
    row = Gap.objects.select_related("line").filter(id=gap_id).first()
    return None if row is None else _card(row)


def open_counts() -> dict[str, int]:
    rows = Gap.objects.filter(state=State.OPEN).values_list("kind").annotate(Count("id"))
    return {what.value: 0 for what in What} | dict(rows)


def settle_alarms(now: datetime) -> None:
    """An alarm stands while a missing or an unwanted call is open."""
    counts = open_counts()
    for what, alarm in ((What.MISSING, ALARM_MISSING), (What.UNWANTED, ALARM_UNWANTED)):
        if counts[what]:
            detail = f"{counts[what]} open in the gap register"
            alarms.raise_alarm(alarm, "register", detail, now)
        else:
            alarms.clear(alarm, "register", now)


def _become(row: Gap, state: State, why: str, by: str, now: datetime) -> None:
    row.state, row.why, row.by, row.at = state, why, by, now
    row.save(update_fields=["state", "why", "by", "at"])
    facts: Facts = {"state": state.value, "began_us": to_micros(row.started_at)}
    log.append(Kind.REGISTER_GAP_SETTLED, actor=by, subject=row.id.hex, facts=facts, now=now)


def _require_keeper(person_id: UUID, now: datetime) -> None:
    if not book.roles(person_id, now) & KEEPERS:
        raise NotYours


def _card(row: Gap) -> GapCard:
    return GapCard(
        id=row.id,
        what=row.kind,
        cause=row.cause,
        source=row.source,
        line=row.line.number if row.line else "",
        label=row.line.label if row.line else "",
        started_at=row.started_at,
        ended_at=row.ended_at,
        calls=row.calls,
        state=row.state,
        why=row.why,
        by=row.by,
        at=row.at,
    )


def _look(row: Comparison) -> LastLook:
    return LastLook(
        at=row.at,
        source=row.source,
        begins=row.begins,
        ends=row.ends,
        told=row.told,
        matched=row.matched,
        missing=row.missing,
        unwanted=row.unwanted,
        explained=row.explained,
        offset_ms=row.offset_ms,
    )
