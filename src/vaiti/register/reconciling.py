"""Compares the phone system's own call records with the book: the missing and the unwanted.

What comes in are lines and times; a number of a customer never reaches this room. It may be asked
again about the same time: what is known already is not entered twice, and what was found since is
closed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice import lines
from vaiti.notice.lines import Entry
from vaiti.register import gaps, outages
from vaiti.register.gaps import NewGap, State, What
from vaiti.register.matching import SECOND, Rules, Stretch, match
from vaiti.register.models import Arrival, Call, Comparison, Gap
from vaiti.register.sides import (
    Sides,
    covered,
    dropped,
    parts_of,
    require_right_hours,
    sides_of,
    stretch,
)
from vaiti.values.clock import from_micros

SETTLE = timedelta(minutes=10)
"""The usual `settle`: what ended later than so long ago may still be on its way into the book."""
WORST_CLOCK_US = 2 * SECOND
ALARM_CLOCK, ALARM_LATE = "phone_system_clock", "comparison_late"
IN_PART, TWICE, NO_RECORD, WAITING = "in_part", "twice", "no_record", "not_taken_in"


@dataclass(frozen=True, slots=True)
class Told:
    """One answered call as the phone system tells of it; `direction` is in, out or not told."""

    stretch: Stretch
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it. `new` are the missing that were not known before, `found` gaps that turned
    out to be none; `explained` were not to be kept (somebody objected), `not_recorded` are on
    lines or in directions that are not recorded, `waiting` ended only now."""

    told: int
    matched: int
    missing: int
    new: int
    unwanted: int
    found: int
    explained: int
    not_recorded: int
    waiting: int
    offset_us: int


@dataclass(frozen=True, slots=True)
class _Asked:
    """What does not change while one comparison is made."""

    source: str
    rules: Rules
    now: datetime


def compare(
    told: Sequence[Told],
    *,
    source: str,
    rules: Rules,
    by: str,
    now: datetime,
    settle: timedelta = SETTLE,
) -> Compared:
    """Holds these records against the book, and enters what does not agree.

    Raises RecordsShifted, and enters nothing, when they were read in a wrong zone.
    """
    entries = lines.entries()
    recorded = [one for one in told if _was_recorded(one, entries)]
    ready = [one.stretch for one in recorded if from_micros(one.stretch.end_us) <= now - settle]
    sides = sides_of(ready, rules)
    if 2 * len(sides.found.pairs) < len(ready):
        require_right_hours(ready, rules)
    with transaction.atomic():
        compared = _enter(sides, _Asked(source, rules, now))
        compared = replace(
            compared,
            not_recorded=len(told) - len(recorded),
            waiting=len(recorded) - len(ready),
        )
        _write_down(compared, sides, source, by, now)
    gaps.settle_alarms(now)
    _settle_clock(compared.offset_us, source, now)
    return compared


def watch_lateness(longest: timedelta, now: datetime) -> None:
    """An alarm stands when nothing was compared for so long; never, when `longest` is nothing."""
    late = longest and not Comparison.objects.filter(at__gt=now - longest).exists()
    if late:
        detail = "the phone system's records were not compared in time; see what sends them"
        alarms.raise_alarm(ALARM_LATE, "register", detail, now)
    else:
        alarms.clear(ALARM_LATE, "register", now)


def _was_recorded(one: Told, entries: Iterable[Entry]) -> bool:
    """Whether the line stood then, to be recorded, in this direction or at all."""
    at = from_micros(one.stretch.start_us)
    for entry in entries:
        if entry.line.number == one.stretch.line and entry.stood(at):
            ways = (one.direction,) if one.direction else ("in", "out")
            return any(entry.line.takes(way) for way in ways)
    return False


def _enter(sides: Sides, asked: _Asked) -> Compared:
    found, explained = sides.found, dropped(sides)
    parts = parts_of(sides)
    missing = [i for i in found.missing if i not in explained]
    new = _enter_missing(sides, missing, parts, asked)
    unwanted = [j for j in covered(sides) if j not in parts.values()]
    _enter_unwanted(sides, unwanted, asked)
    closed = _close_found(sides, asked)
    return Compared(
        told=len(sides.told),
        matched=len(found.pairs),
        missing=len(missing),
        new=new,
        unwanted=len(unwanted),
        found=closed,
        explained=len(explained),
        not_recorded=0,
        waiting=0,
        offset_us=found.offset_us,
    )


def _enter_missing(
    sides: Sides, missing: Sequence[int], parts: dict[int, int], asked: _Asked
) -> int:
    """Enters those that no row tells of yet; how many."""
    wanted = [sides.right(i) for i in missing]
    if not wanted:
        return 0
    known = _known(wanted, asked.rules)
    begins, ends = min(s.start_us for s in wanted), max(s.end_us for s in wanted)
    within = timedelta(seconds=asked.rules.start_s)
    stretches = outages.causes(from_micros(begins) - within, from_micros(ends) + within)
    ids, waiting = _line_ids(wanted), _arrivals(from_micros(begins), asked.now)
    new = 0
    for place, (i, each) in enumerate(zip(missing, wanted, strict=True)):
        if place in known:
            continue
        part = sides.calls[parts[i]].id if i in parts else None
        cause = IN_PART if part else outages.cause_of(from_micros(each.start_us), within, stretches)
        if cause == outages.UNKNOWN:
            cause = _waiting(each, waiting)
        gaps.enter(_missing(each, cause, asked.source, ids, part), asked.now)
        new += 1
    return new


def _missing(
    each: Stretch, cause: str, source: str, ids: dict[str, UUID], part: UUID | None
) -> NewGap:
    begins, ends = from_micros(each.start_us), from_micros(each.end_us)
    return NewGap(What.MISSING, cause, source, begins, ends, ids.get(each.line), part)


def _known(wanted: Sequence[Stretch], rules: Rules) -> set[int]:
    """The places of those that a row stands for already, one row for each."""
    rows = _rows_near(wanted, rules)
    have = [
        stretch(row.line.number, row.started_at, row.ended_at or row.started_at)
        for row in rows
        if row.line
    ]
    return {i for i, _ in match(wanted, have, replace(rules, offset_s=0)).pairs}


def _rows_near(wanted: Sequence[Stretch], rules: Rules) -> list[Gap]:
    margin = timedelta(seconds=rules.start_s)
    begins, ends = min(s.start_us for s in wanted), max(s.start_us for s in wanted)
    rows = Gap.objects.select_related("line").filter(
        kind=What.MISSING,
        line__number__in={each.line for each in wanted},
        started_at__gte=from_micros(begins) - margin,
        started_at__lte=from_micros(ends) + margin,
    )
    return list(rows.order_by("started_at", "id"))


def _line_ids(wanted: Sequence[Stretch]) -> dict[str, UUID]:
    numbers = {each.line for each in wanted}
    return {e.line.number: e.line.id for e in lines.entries() if e.line.number in numbers}


def _arrivals(since: datetime, now: datetime) -> list[int]:
    """When each call that waits in the journal came there."""
    rows = Arrival.objects.filter(since__gte=since, since__lte=now).values_list("since", flat=True)
    return sorted(round(at.timestamp() * SECOND) for at in rows)


def _waiting(each: Stretch, waiting: list[int]) -> str:
    """A call that came into the journal within a minute of the end may be this one."""
    near = next((at for at in waiting if 0 <= at - each.end_us <= 60 * SECOND), None)
    if near is None:
        return outages.UNKNOWN
    waiting.remove(near)
    return WAITING


def _enter_unwanted(sides: Sides, unwanted: Sequence[int], asked: _Asked) -> None:
    known = set(
        Gap.objects.filter(
            kind=What.UNWANTED, call_id__in=[sides.calls[j].id for j in unwanted]
        ).values_list("call_id", flat=True)
    )
    paired = {j for _, j in sides.found.pairs}
    for j in unwanted:
        row = sides.calls[j]
        if row.id in known:
            continue
        twice = any(_same_call(row, sides.calls[other]) for other in paired)
        cause = TWICE if twice else NO_RECORD
        new = NewGap(
            *(What.UNWANTED, cause, asked.source, row.started_at, row.ended_at),
            line_id=row.line_id,
            call_id=row.id,
        )
        gaps.enter(new, asked.now)


def _same_call(one: Call, other: Call) -> bool:
    """Whether two rows of one customer on one line lie over each other."""
    there = one.started_at < other.ended_at and other.started_at < one.ended_at
    return there and (one.line_id, one.customer) == (other.line_id, other.customer)


def _close_found(sides: Sides, asked: _Asked) -> int:
    """Closes missing rows whose call has come into the book since, and unwanted ones now told."""
    if not sides.found.pairs:
        return 0
    here = [sides.right(i) for i, _ in sides.found.pairs]
    rows = [row for row in _rows_near(here, asked.rules) if row.line and row.state != State.CLOSED]
    exactly = replace(asked.rules, offset_s=0)
    have = [
        stretch(row.line.number, row.started_at, row.ended_at or row.started_at)
        for row in rows
        if row.line
    ]
    still = [sides.right(i) for i in sides.found.missing]
    alone = match(still, have, exactly).unwanted
    loose = [rows[j] for j in alone]
    pairs = match(here, [have[j] for j in alone], exactly).pairs
    ids = [loose[j].id for _, j in pairs]
    calls = [sides.calls[j].id for _, j in sides.found.pairs]
    told = Gap.objects.filter(kind=What.UNWANTED, call_id__in=calls)
    by = "system:comparison"
    return gaps.close_found(Gap.objects.filter(id__in=ids), by, asked.now) + gaps.close_found(
        told, by, asked.now
    )


def _write_down(compared: Compared, sides: Sides, source: str, by: str, now: datetime) -> None:
    starts = [from_micros(sides.right(i).start_us) for i in range(len(sides.told))] or [now]
    row = Comparison.objects.create(
        at=now,
        source=source,
        begins=min(starts),
        ends=max(starts),
        told=compared.told,
        matched=compared.matched,
        missing=compared.missing,
        unwanted=compared.unwanted,
        explained=compared.explained,
        offset_ms=round(compared.offset_us / 1000),
    )
    facts: Facts = {
        "told": compared.told,
        "matched": compared.matched,
        "missing": compared.missing,
        "unwanted": compared.unwanted,
        "explained": compared.explained,
        "offset_ms": row.offset_ms,
    }
    log.append(Kind.REGISTER_RECORDS_COMPARED, actor=by, subject=row.id.hex, facts=facts, now=now)


def _settle_clock(offset_us: int, source: str, now: datetime) -> None:
    if abs(offset_us) > WORST_CLOCK_US:
        detail = f"the phone system's clock is {-offset_us / SECOND:+.1f} s off ours; see both"
        alarms.raise_alarm(ALARM_CLOCK, source[:128], detail, now)
    else:
        alarms.clear(ALARM_CLOCK, source[:128], now)
