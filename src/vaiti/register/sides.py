"""The two sides of a comparison: their calls by our clock, ours, and how they pair."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vaiti.audit import reading
from vaiti.audit.kinds import Kind
from vaiti.register.matching import (
    MOST_HOURS,
    SECOND,
    Matched,
    Rules,
    Stretch,
    hours_off,
    match,
)
from vaiti.register.models import Call
from vaiti.values.clock import from_micros

MOST_LOGGED = 10_000
HALF = 2


class RecordsShifted(ValueError):
    """Most of the records agree with ours when moved by so many `hours`: their zone is another."""

    def __init__(self, hours: int) -> None:
        super().__init__(f"the records are ours when moved by {hours} hours")
        self.hours = hours


@dataclass(frozen=True, slots=True)
class Sides:
    """Theirs and ours in one order with the rows that they came from, and how they pair."""

    told: Sequence[Stretch]
    kept: Sequence[Stretch]
    calls: Sequence[Call]
    found: Matched

    def right(self, i: int) -> Stretch:
        """Their call by our clock."""
        each, by = self.told[i], self.found.offset_us
        return replace(each, start_us=each.start_us + by, end_us=each.end_us + by)


def require_right_hours(told: Sequence[Stretch], rules: Rules) -> None:
    """A wrong zone would make a gap of every call, and an unwanted one besides."""
    calls = _calls_near(told, timedelta(hours=MOST_HOURS, seconds=rules.start_s))
    kept = [stretch(row.line.number, row.started_at, row.ended_at) for row in calls]
    if hours := hours_off(told, kept, rules):
        raise RecordsShifted(hours)


def sides_of(told: Sequence[Stretch], rules: Rules) -> Sides:
    if not told:
        return Sides((), (), (), Matched((), (), (), 0))
    calls = _calls_near(told, timedelta(seconds=rules.offset_s + rules.start_s))
    kept = [stretch(row.line.number, row.started_at, row.ended_at) for row in calls]
    return Sides(told, kept, calls, _without_cut(match(told, kept, rules), calls))


def _calls_near(told: Sequence[Stretch], margin: timedelta) -> list[Call]:
    starts = [start for each in told for start in each.starts]
    first, last = from_micros(min(starts)) - margin, from_micros(max(starts)) + margin
    rows = Call.objects.select_related("line").filter(
        line__number__in={each.line for each in told},
        started_at__gte=first,
        started_at__lte=last,
    )
    return list(rows.order_by("started_at", "id"))


def _without_cut(found: Matched, calls: Sequence[Call]) -> Matched:
    """A call whose recorder died is not whole, however little of it is lacking."""
    cut = {(i, j) for i, j in found.pairs if calls[j].recovered}
    return replace(
        found,
        pairs=tuple(pair for pair in found.pairs if pair not in cut),
        missing=tuple(sorted({*found.missing, *(i for i, _ in cut)})),
        unwanted=tuple(sorted({*found.unwanted, *(j for _, j in cut)})),
    )


def stretch(line: str, begins: datetime, ends: datetime) -> Stretch:
    return Stretch(line, round(begins.timestamp() * SECOND), round(ends.timestamp() * SECOND))


def dropped(sides: Sides) -> set[int]:
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


def parts_of(sides: Sides) -> dict[int, int]:
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


def covered(sides: Sides) -> list[int]:
    """The unpaired of ours that the records reach over: they may begin and end anywhere."""
    starts = [sides.right(i).start_us for i in range(len(sides.told))]
    return [j for j in sides.found.unwanted if min(starts) <= sides.kept[j].start_us <= max(starts)]
