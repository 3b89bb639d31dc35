"""`vaiti bench completeness`: a simulated week with faults, and whether the gap register tells of
each.

Calls are made up, and faults injected among them: the recorder dies and comes back, the disk fills,
calls are refused, requests get lost, customers object, a call is recorded twice. What the recorder
and the phone system would have told of it goes the real way: rows in the book, signs of life each
five seconds, events of the journal, entries in the log, and CSV files with whole numbers, local
times without a zone and a clock that is wrong. Then the register is held against what was injected.
"""

import argparse
import json
import random
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from vaiti.ops.benches import silences as bench_silences
from vaiti.ops.benches.silences import KEPT, SimulatedCall
from vaiti.ops.demo.making import make_demo
from vaiti.ops.django_start import migrate
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.sections.completeness import RecordFormat

ZONE: Final = ZoneInfo("Europe/Helsinki")
WEEK: Final = datetime(2026, 10, 19, tzinfo=ZONE)
"""A Monday; its Sunday has the hour that comes twice."""
DAYS: Final = 7
LOOK: Final = 5.0  # seconds between two looks at the recorder
SHORTEST, LONGEST, USUAL = 5.0, 1800.0, 180.0
FORMAT: Final = RecordFormat(
    *("pbx", ("from", "to"), "answered"),
    seconds="talk",
    answered="outcome",
    values=("ANSWERED",),
    zone="Europe/Helsinki",
)
IN_PART, DROPPED = "in_part", "dropped"


@dataclass(frozen=True, slots=True)
class Faults:
    """How many of each in the week, and how long they last in seconds."""

    crashes: int = 3
    restart_s: float = 2.0
    full_disks: int = 1
    full_s: float = 20.0
    refusals: int = 2
    lost_requests: int = 2
    objections: int = 10
    twice: int = 2
    silent: int = 3  # of each cause
    clock_s: float = 1.6
    drift_s: float = 0.1  # a day


@dataclass(slots=True)
class Week:
    """The calls, and the breaks of the recorder: from, to, and whether it died."""

    calls: list[SimulatedCall]
    extra: list[SimulatedCall] = field(default_factory=list)
    breaks: list[tuple[float, float, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """`whole` is the share of calls that were recorded from beginning to end, in a hundred.
    `unseen` are misses without a row, `false` rows without a miss, `breaks_unseen` times in which
    the recorder took no calls without a row, `breaks_false` the other way round: all must be 0."""

    calls: int
    missed: int
    in_part: int
    whole: float
    any_part: float
    unseen: int
    false: int
    wrong_cause: int
    breaks_unseen: int
    breaks_false: int
    unwanted: int
    unwanted_seen: int
    silent: int
    silent_seen: int
    silent_false: int
    offset_s: float
    causes: dict[str, int]


def simulate(lines: Sequence[str], a_day: int, faults: Faults, seed: int) -> Week:
    """A week of calls with these faults among them. Pure."""
    chance = random.Random(seed)
    first = WEEK.timestamp()
    calls = [
        _call(chance, lines, first + day * 86_400) for day in range(DAYS) for _ in range(a_day)
    ]
    calls.sort(key=lambda call: call.began)
    week = Week(calls)
    for _ in range(faults.crashes):
        _break(week, _working(chance, first), faults.restart_s, "recorder_down")
    for _ in range(faults.full_disks):
        _break(week, _working(chance, first), faults.full_s, "disk_full")
    picked = chance.sample([c for c in calls if c.fate == KEPT], _picks(faults))
    for call, fate in zip(picked, _fates(faults), strict=True):
        if fate == "twice":
            week.extra.append(call)
        else:
            call.fate = fate
    for call in calls:
        call.recorded_s = call.recorded_s or (call.lasts if call.fate == KEPT else 0.0)
    bench_silences.strike((c for c in calls if c.fate == KEPT), faults.silent, seed)
    return week


def _picks(faults: Faults) -> int:
    return faults.refusals + faults.lost_requests + faults.objections + faults.twice


def _fates(faults: Faults) -> Iterator[str]:
    yield from ("no_sockets",) * faults.refusals
    yield from ("unknown",) * faults.lost_requests
    yield from (DROPPED,) * faults.objections
    yield from ("twice",) * faults.twice


def _call(chance: random.Random, lines: Sequence[str], day: float) -> SimulatedCall:
    """Most calls come between 8 and 17, a few at any hour: also in the one that comes twice."""
    at = chance.uniform(0, 86_400) if chance.random() < 0.05 else chance.triangular(28e3, 62e3)
    lasts = min(LONGEST, max(SHORTEST, chance.expovariate(1 / USUAL)))
    number = f"+35840{chance.randrange(10**7):07}"
    return SimulatedCall(chance.choice(lines), number, day + at, lasts)


def _working(chance: random.Random, first: float) -> float:
    return first + chance.randrange(5) * 86_400 + chance.uniform(32e3, 55e3)


def _break(week: Week, at: float, lasts: float, cause: str) -> None:
    """No call is taken for a while; of those in progress a recorder that dies keeps what it has."""
    week.breaks.append((at, at + lasts, cause))
    for call in week.calls:
        if at <= call.began < at + lasts:
            call.fate = cause
        elif cause == "recorder_down" and call.began < at < call.ended and call.fate == KEPT:
            call.fate, call.recorded_s = IN_PART, at - call.began


def records(week: Week, faults: Faults, seed: int) -> bytes:
    """The phone system's own file: everything that was answered, and some that was not."""
    chance = random.Random(seed)
    rows = ["from;to;answered;talk;outcome"]
    for call in week.calls:
        off = faults.clock_s + faults.drift_s * (call.began - WEEK.timestamp()) / 86_400
        at = datetime.fromtimestamp(call.began - off + chance.uniform(-0.4, 0.4), ZONE)
        when = at.strftime("%d.%m.%Y %H:%M:%S")  # local time, without saying which of two
        rows.append(f"{call.customer};{call.line};{when};{round(call.lasts)};ANSWERED")
        if chance.random() < 0.1:
            rows.append(f"{call.customer};{call.line};;0;NO ANSWER")
    return "\n".join(rows).encode("cp1252")


def live(week: Week, faults: Faults, now: datetime) -> None:
    """What recorder, intake and agents did in that week, in the database."""
    from vaiti.register import outages

    _enter_calls(week, now)
    _enter_drops(week)
    _signs_of_life(week)
    bench_silences.look(week.calls)
    for call in week.calls:
        if call.fate == "no_sockets":
            outages.turned_down("no_sockets", "pbx", datetime.fromtimestamp(call.began, UTC), now)


def _enter_calls(week: Week, now: datetime) -> None:
    from vaiti.notice.models import Line, NoticeVersion
    from vaiti.register.models import Call
    from vaiti.values.ids import as_uuid, new_call_id, new_object_id

    ids = dict(Line.objects.values_list("number", "id"))
    notice = NoticeVersion.objects.order_by("valid_from").first()
    assert notice is not None
    kept = [call for call in (*week.calls, *week.extra) if call.recorded_s]
    Call.objects.bulk_create(
        Call(
            id=as_uuid(new_call_id()),
            direction="in",
            line_id=ids[call.line],
            customer=call.customer[:-3] + "***",
            started_at=_whole(call.began),
            ended_at=_whole(call.began + call.recorded_s),
            ended_by="recovered" if call.fate == IN_PART else "bye",
            recovered=call.fate == IN_PART,
            notice_id=notice.version,
            due_at=now + timedelta(days=180),
            due_rule="simulated",
            destruction_day=(now + timedelta(days=180)).date(),
            object_id=as_uuid(new_object_id()),
            recorder="recorder-1",
            peer="pbx",
            recording=bench_silences.recording(call),
            taken_in_at=_whole(call.ended),
        )
        for call in kept
    )


def _enter_drops(week: Week) -> None:
    from django.db import transaction

    from vaiti.audit import log
    from vaiti.audit.kinds import Kind

    with transaction.atomic():
        for call in week.calls:
            if call.fate == DROPPED:
                at = datetime.fromtimestamp(call.began + call.lasts / 2, UTC)
                kind, facts = Kind.CALL_RECORDING_DROPPED, {"reason": "objection"}
                log.append(kind, actor="system:simulated", subject="c" * 32, facts=facts, now=at)


def _signs_of_life(week: Week) -> None:
    """The worker looks each five seconds; only the looks around a break are worth taking."""
    from vaiti.register import outages

    started = WEEK.timestamp()
    for begins, ends, cause in sorted(week.breaks):
        before, after = begins - begins % LOOK, ends + LOOK - ends % LOOK
        outages.seen("recorder", _us(started), _us(before), "", _at(before))
        if cause == "recorder_down":
            started = ends
        elif ends - begins >= LOOK:
            outages.seen("recorder", _us(started), _us(begins), cause, _at(begins + LOOK))
        outages.seen("recorder", _us(started), _us(after), "", _at(after))


def run(week: Week, faults: Faults, lines: Sequence[str], seed: int, now: datetime) -> Result:
    """Lives through the week, compares each day twice and the whole week once, and judges."""
    from vaiti.ops.call_records import read_records
    from vaiti.register.matching import SECOND, Rules
    from vaiti.register.reconciling import compare

    live(week, faults, now)
    data = records(week, faults, seed)
    told = read_records(data, FORMAT, set(lines), "FI").told
    offset = 0
    for day in range(DAYS):
        begins = (WEEK.timestamp() + day * 86_400 - 3600) * SECOND
        part = [one for one in told if begins <= one.stretch.start_us < begins + 93_600 * SECOND]
        for _ in range(2):
            done = compare(part, source="pbx", rules=Rules(), by="system:bench", now=now)
        offset = done.offset_us
    compare(told, source="pbx", rules=Rules(), by="system:bench", now=now)
    return judge(week, offset / SECOND)


def judge(week: Week, offset_s: float) -> Result:
    """The register against what was injected."""
    from vaiti.register.models import Gap

    rows = list(Gap.objects.filter(kind="missing").exclude(state="closed").select_related("line"))
    misses = [call for call in week.calls if call.fate not in (KEPT, DROPPED)]
    unseen, wrong = 0, 0
    for call in misses:
        fits = (one for one in rows if one.line and _is(one.line.number, one.started_at, call))
        row = next(fits, None)
        if row is None:
            unseen += 1
        else:
            rows.remove(row)
            wrong += row.cause != call.fate
    unwanted = Gap.objects.filter(kind="unwanted").exclude(state="closed").count()
    parts = sum(call.fate == IN_PART for call in misses)
    every, silent = len(week.calls), bench_silences.judged(week.calls)
    breaks_unseen, breaks_false = _breaks(week)
    return Result(
        calls=every,
        missed=len(misses) - parts,
        in_part=parts,
        whole=round(100 * (every - len(misses)) / every, 4),
        any_part=round(100 * (every - len(misses) + parts) / every, 4),
        unseen=unseen,
        false=len(rows),
        wrong_cause=wrong,
        breaks_unseen=breaks_unseen,
        breaks_false=breaks_false,
        unwanted=len(week.extra),
        unwanted_seen=unwanted,
        silent=silent[0],
        silent_seen=silent[1],
        silent_false=silent[2],
        offset_s=round(offset_s, 2),
        causes=dict(Counter(call.fate for call in misses)),
    )


def _breaks(week: Week) -> tuple[int, int]:
    """Breaks of the recorder without a stretch of their cause, and such stretches without one."""
    from vaiti.register.models import Gap

    spans = Gap.objects.filter(kind="stretch", cause__in=("recorder_down", "disk_full"))
    rows = [
        (row.cause, row.started_at.timestamp(), row.ended_at.timestamp())
        for row in spans
        if row.ended_at is not None
    ]
    known = [(cause, begins, ends) for begins, ends, cause in week.breaks]
    seen = [one for one in known if any(_meet(one, row) for row in rows)]
    true = [row for row in rows if any(_meet(one, row) for one in known)]
    return len(known) - len(seen), spans.count() - len(true)


def _meet(one: tuple[str, float, float], other: tuple[str, float, float]) -> bool:
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _is(line: str, began: datetime, call: SimulatedCall) -> bool:
    return line == call.line and abs(began.timestamp() - call.began) <= 3.0


def _whole(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC).replace(microsecond=0)


def _at(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _us(at: float) -> int:
    return round(at * 1_000_000)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti bench completeness",
        description="A simulated week with faults: is each miss in the gap register, and no other?",
    )
    parser.add_argument("--calls", type=int, default=35_000, help="in the week")
    parser.add_argument("--seed", type=int, default=1)
    usual = Faults()
    for name in ("crashes", "restart_s", "full_disks", "full_s", "refusals", "lost_requests"):
        value = getattr(usual, name)
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=type(value), default=value, help=f"{value}")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    names = {one.name for one in fields(Faults)}
    faults = Faults(**{name: value for name, value in vars(given).items() if name in names})
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as folder:
        result = measure(Path(folder) / "data", given.calls // DAYS, faults, given.seed)
    told = asdict(result)
    if given.json:
        print(json.dumps(told))
    else:
        print("\n".join(f"{name:14} {value}" for name, value in told.items()))
    well = result.silent == result.silent_seen and result.silent_false == 0
    told_of = result.unseen == result.false == result.breaks_unseen == result.breaks_false == 0
    return 0 if well and told_of else 1


def measure(folder: Path, a_day: int, faults: Faults, seed: int) -> Result:
    """In a data folder of its own, made the day before."""
    tcp = (socket.SOCK_STREAM,)
    make_demo(folder, free_port(0, tcp), free_port(0, tcp), "", WEEK - timedelta(days=1))
    migrate(folder)
    from django.db import connections

    from vaiti.notice import lines

    now = WEEK + timedelta(days=DAYS + 1)
    numbers = [entry.line.number for entry in lines.entries() if entry.line.recorded]
    week = simulate(numbers, a_day, faults, seed)
    try:
        return run(week, faults, numbers, seed, now)
    finally:
        connections.close_all()
