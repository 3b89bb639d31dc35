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

from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.notice import lines
from vaiti.notice.lines import Entry
from vaiti.register import gaps, outages
from vaiti.register.gaps import NewGap, State, What
from vaiti.register.matching import SECOND, Matched, Rules, Stretch, match
from vaiti.register.models import Arrival, Call, Comparison, Gap
from vaiti.values.clock import from_micros

SETTLE = timedelta(minutes=10)
"""The usual `settle`: what ended later than so long ago may still be on its way into the book."""
WORST_CLOCK_US = 2 * SECOND
ALARM_CLOCK, ALARM_LATE = "phone_system_clock", "comparison_late"
IN_PART, TWICE, NO_RECORD, WAITING = "in_part", "twice", "no_record", "not_taken_in"
MOST_LOGGED = 10_000
HALF = 2


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
class _Sides:
    """Theirs and ours in one order with the rows that they came from, and how they pair."""

    told: Sequence[Stretch]
    kept: Sequence[Stretch]
    calls: Sequence[Call]
    found: Matched

    def right(self, i: int) -> Stretch:
        """Their call by our clock."""
        each, by = self.told[i], self.found.offset_us
        return replace(each, start_us=each.start_us + by, end_us=each.end_us + by)


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
    """Holds these records against the book, and enters what does not agree."""
    entries = lines.entries()
    recorded = [one for one in told if _was_recorded(one, entries)]
    ready = [one.stretch for one in recorded if from_micros(one.stretch.end_us) <= now - settle]
    sides = _sides(ready, rules)
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


def _sides(told: Sequence[Stretch], rules: Rules) -> _Sides:
    if not told:
        return _Sides((), (), (), Matched((), (), (), 0))
    margin = timedelta(seconds=rules.offset_s + rules.start_s)
    starts = [start for each in told for start in each.starts]
    first, last = from_micros(min(starts)) - margin, from_micros(max(starts)) + margin
    rows = Call.objects.select_related("line").filter(
        line__number__in={each.line for each in told},
        started_at__gte=first,
        started_at__lte=last,
    )
    calls = list(rows.order_by("started_at", "id"))
    kept = [_stretch(row.line.number, row.started_at, row.ended_at) for row in calls]
    return _Sides(told, kept, calls, _without_cut(match(told, kept, rules), calls))


def _without_cut(found: Matched, calls: Sequence[Call]) -> Matched:
    """A call whose recorder died is not whole, however little of it is lacking."""
    cut = {(i, j) for i, j in found.pairs if calls[j].recovered}
    return replace(
        found,
        pairs=tuple(pair for pair in found.pairs if pair not in cut),
        missing=tuple(sorted({*found.missing, *(i for i, _ in cut)})),
        unwanted=tuple(sorted({*found.unwanted, *(j for _, j in cut)})),
    )


def _stretch(line: str, begins: datetime, ends: datetime) -> Stretch:
    return Stretch(line, round(begins.timestamp() * SECOND), round(ends.timestamp() * SECOND))


def _enter(sides: _Sides, asked: _Asked) -> Compared:
    found, explained = sides.found, _dropped(sides)
    parts = _parts(sides)
    missing = [i for i in found.missing if i not in explained]
    new = _enter_missing(sides, missing, parts, asked)
    unwanted = [j for j in _covered(sides) if j not in parts.values()]
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


def _dropped(sides: _Sides) -> set[int]:
    """The missing that were not to be kept: while each went on, the log says, one was dropped."""
    if not sides.found.missing:
        return set()
    whole = [sides.right(i) for i in sides.found.missing]
    begins, ends = min(s.start_us for s in whole), max(s.end_us for s in whole)
    kinds = [Kind.CALL_RECORDING_DROPPED.value]
    logged = reading.between(kinds, from_micros(begins), from_micros(ends), MOST_LOGGED)
    instants = sorted(round(entry.at.timestamp() * SECOND) for entry in logged)
    explained = set()
    for i, each in sorted(zip(sides.found.missing, whole, strict=True), key=lambda x: x[1].end_us):
        at = next((at for at in instants if each.start_us <= at <= each.end_us), None)
        if at is not None:
            instants.remove(at)
            explained.add(i)
    return explained


def _parts(sides: _Sides) -> dict[int, int]:
    """Missing calls of which a part was recorded, and that part: on one line, inside of it."""
    free, parts = set(sides.found.unwanted), {}
    for i in sides.found.missing:
        whole = sides.right(i)
        inside = (j for j in sorted(free) if _mostly_in(sides.kept[j], whole))
        j = next(inside, None)
        if j is not None:
            parts[i] = j
            free.discard(j)
    return parts


def _mostly_in(part: Stretch, whole: Stretch) -> bool:
    shared = min(part.end_us, whole.end_us) - max(part.start_us, whole.start_us)
    return part.line == whole.line and HALF * shared > max(part.length_us, 0)


def _covered(sides: _Sides) -> list[int]:
    """The unpaired of ours that the records reach over: they may begin and end anywhere."""
    starts = [sides.right(i).start_us for i in range(len(sides.told))]
    return [j for j in sides.found.unwanted if min(starts) <= sides.kept[j].start_us <= max(starts)]


def _enter_missing(
    sides: _Sides, missing: Sequence[int], parts: dict[int, int], asked: _Asked
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
        _stretch(row.line.number, row.started_at, row.ended_at or row.started_at)
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


def _enter_unwanted(sides: _Sides, unwanted: Sequence[int], asked: _Asked) -> None:
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


def _close_found(sides: _Sides, asked: _Asked) -> int:
    """Closes missing rows whose call has come into the book since, and unwanted ones now told."""
    if not sides.found.pairs:
        return 0
    here = [sides.right(i) for i, _ in sides.found.pairs]
    rows = [row for row in _rows_near(here, asked.rules) if row.line and row.state != State.CLOSED]
    exactly = replace(asked.rules, offset_s=0)
    have = [
        _stretch(row.line.number, row.started_at, row.ended_at or row.started_at)
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


def _write_down(compared: Compared, sides: _Sides, source: str, by: str, now: datetime) -> None:
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
