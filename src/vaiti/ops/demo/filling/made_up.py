"""Calls that never were, a batch at a time, as columns of text ready for a table.

Their times, lengths, lines, agents and transfers are plausible; their customers' numbers are made
without their last three digits, so that there never is a whole one.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from vaiti.notice.due import RULE, add_months, destruction_day, due_instant
from vaiti.register.admission import MADE_UP
from vaiti.values.clock import to_micros
from vaiti.values.masked import MASK, NOT_AVAILABLE

BATCH: Final = 50_000  # calls
HOURS: Final = (8, 17)  # of the working day
WEEKEND: Final = {5: 0.25, 6: 0.0}  # of a working day's calls on a Saturday, on a Sunday
DUE_ALREADY: Final = timedelta(minutes=3)  # so much of the first day has fallen due before now
JUST_ENDED: Final = timedelta(hours=1)  # no call begins later
ENDED_BY_NOW_US: Final = 3_500_000_000
FUNCTIONS: Final = ("service", "telesales", "test")
SHARE_OF_LINES: Final = {"service": 0.72, "telesales": 0.279, "test": 0.001}
SHARE_OUT: Final = {"service": 0.08, "telesales": 0.85, "test": 0.5}
TRANSFERRED, HEARD = 0.08, 0.02  # of the calls, of the legs
LONGEST_S: Final = 3_000
NUMBERS: Final = ("+35840", "+35844", "+35845", "+35850", "+35841", "+35846")
UNUSUAL: Final = (NOT_AVAILABLE, "+4670123***", MASK, "+4917655***", NOT_AVAILABLE, "+37251***")
_STREAM: Final = (
    '{"track":%d,"ssrc":%%d,"pt":8,"codec":"PCMA","clock":8000,"first_seq":1,"first_ts":0,'
    '"first_us":%%d}'
)
RECORDING: Final = (
    '{"tracks":[{"index":0,"label":"1","role":"customer"},{"index":1,"label":"2","role":"agent"}],'
    f'"epochs":[{_STREAM % 0},{_STREAM % 1}],'
    '"holds":[],"segments":0,"finished":false,"sha256":""}'
)

Column = Sequence[str | None]
Columns = dict[str, Column]
Micros = NDArray[np.int64]
Texts = NDArray[np.str_]
Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Cast:
    """Ids (32 hex digits) of what the rows point to. `leaders` maps an agent to a manager."""

    notice: str
    months: int
    zone: ZoneInfo
    lines: dict[str, list[str]]
    agents: dict[str, list[str]]
    leaders: dict[str, str]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of the three tables, by column."""

    calls: Columns
    legs: Columns
    listenings: Columns

    @property
    def rows(self) -> int:
        return sum(len(each["id"]) for each in (self.calls, self.legs, self.listenings))


@dataclass(frozen=True, slots=True)
class _Day:
    """The working hours of a local day in microseconds since the epoch; what is added to the end
    of its calls for their due instant; the day on which that is."""

    from_us: int
    to_us: int
    later_us: int
    destroyed: str
    weight: float


def batches(
    calls: int, cast: Cast, now: datetime, *, first_leg: int, leaf: str, seed: int
) -> Iterator[Batch]:
    """`calls` calls in the order of their begin, all within the notice's time before `now`.

    `first_leg` is the id of the first leg, `leaf` the audit entry that their listenings name.
    """
    rng = np.random.default_rng(seed)
    days = _days(cast, now)
    weights = np.array([day.weight for day in days])
    counts = rng.multinomial(calls, weights / weights.sum())
    chosen = np.repeat(np.arange(len(days)), counts)
    for first in range(0, calls, BATCH):
        some = chosen[first : first + BATCH]
        batch = make(some, days, cast, rng, first_leg=first_leg, leaf=leaf)
        first_leg += len(batch.legs["id"])
        yield batch


def begins(cast: Cast, now: datetime) -> datetime:
    """Before the first call."""
    return datetime.fromtimestamp(_days(cast, now)[0].from_us / 1e6, UTC) - timedelta(days=1)


def _days(cast: Cast, now: datetime) -> list[_Day]:
    """The days with calls, from the one whose calls fall due today up to today."""
    today = now.astimezone(cast.zone).date()
    first = add_months(today, -cast.months) - timedelta(days=1)
    days = (first + timedelta(days=n) for n in range((today - first).days + 1))
    found = [_day(day, cast, now) for day in days]
    return [day for day in found if day.weight > 0]


def _day(day: date, cast: Cast, now: datetime) -> _Day:
    """In working hours no wall time is missing or comes twice: one shift serves the whole day."""
    opens, closes = (datetime.combine(day, time(hour), cast.zone) for hour in HOURS)
    due = due_instant(opens, cast.months, cast.zone)
    later = due - opens.astimezone(UTC)
    begin, end = max(opens, now - later - DUE_ALREADY), min(closes, now - JUST_ENDED)
    weight = WEEKEND.get(day.weekday(), 1.0) * max(0.0, (end - begin).total_seconds())
    return _Day(
        from_us=to_micros(begin),
        to_us=to_micros(end),
        later_us=later // timedelta(microseconds=1),
        destroyed=destruction_day(due, cast.zone).isoformat(),
        weight=weight,
    )


def make(
    chosen: Micros, days: Sequence[_Day], cast: Cast, rng: Random, *, first_leg: int, leaf: str
) -> Batch:
    """One batch: a call for each of `chosen`, which are places in `days`, ascending."""
    size = len(chosen)
    spans = np.array([(day.from_us, day.to_us, day.later_us) for day in days], np.int64)[chosen]
    room = spans[:, 1] - spans[:, 0]
    begin = np.sort(spans[:, 0] + (room * rng.beta(1.4, 1.6, size)).astype(np.int64))
    seconds = np.minimum(rng.lognormal(5.2, 0.9, size), LONGEST_S)
    length = np.minimum((seconds * 1e6).astype(np.int64) + 4_000_000, ENDED_BY_NOW_US)
    # no leg begins or ends at a whole second: texts with and without a fraction differ
    begin = begin // 1_000_000 * 1_000_000 + rng.integers(1, 900_000, size)
    end = begin + length // 1_000_000 * 1_000_000 + 7
    function = rng.choice(FUNCTIONS, size, p=[SHARE_OF_LINES[name] for name in FUNCTIONS])
    ids = _ids(size)
    calls: Columns = {
        "id": ids,
        "state": ["kept"] * size,
        "direction": _directions(function, rng),
        "line_id": _of_function(function, cast.lines, rng),
        "customer": _customers(size, rng),
        "started_at": _seconds(begin),
        "ended_at": _seconds(end),
        "ended_by": ["bye"] * size,
        "recovered": ["0"] * size,
        "notice_id": [cast.notice] * size,
        "due_at": _seconds(end + spans[:, 2]),
        "due_rule": [RULE] * size,
        "destruction_day": [days[place].destroyed for place in chosen.tolist()],
        "object_id": _ids(size),
        "recorder": [MADE_UP] * size,
        "peer": ["test-phone"] * size,
        "recording": _recordings(begin, rng),
        "taken_in_at": _seconds(end + 2_000_000),
    }
    legs, heard = _legs(calls, begin, end, function=function, cast=cast, first=first_leg, rng=rng)
    return Batch(calls, legs, _listenings(legs, heard, cast, leaf, rng))


def _directions(function: Texts, rng: Random) -> list[str]:
    share = np.select([function == name for name in FUNCTIONS], [SHARE_OUT[n] for n in FUNCTIONS])
    outward = rng.random(len(function)) < share
    return ["out" if out else "in" for out in outward.tolist()]


def _of_function(function: Texts, offered: dict[str, list[str]], rng: Random) -> list[str]:
    """One of what is offered for the function of each, the first ones a little more often."""
    found = np.empty(len(function), object)
    for name in FUNCTIONS:
        mine = np.flatnonzero(function == name)
        found[mine] = np.array(offered[name], object)[
            (rng.random(len(mine)) * len(offered[name])).astype(np.int64)
        ]
    return found.tolist()


def _customers(size: int, rng: Random) -> list[str]:
    """Masked as they are made."""
    kinds = rng.integers(0, len(NUMBERS), size).tolist()
    middle = rng.integers(0, 10_000, size).tolist()
    found = [
        f"{NUMBERS[kind]}{digits:04}{MASK}" for kind, digits in zip(kinds, middle, strict=True)
    ]
    for place in np.flatnonzero(rng.random(size) < 0.04).tolist():
        found[place] = UNUSUAL[middle[place] % len(UNUSUAL)]
    return found


def _recordings(begin: Micros, rng: Random) -> list[str]:
    """What a manifest would say of two G.711 streams, and that nothing was sealed of them."""
    ssrcs = rng.integers(1, 1 << 32, (2, len(begin))).tolist()
    return [
        RECORDING % (customer, at, agent, at)
        for customer, agent, at in zip(*ssrcs, begin.tolist(), strict=True)
    ]


def _legs(
    calls: Columns,
    begin: Micros,
    end: Micros,
    *,
    function: Texts,
    cast: Cast,
    first: int,
    rng: Random,
) -> tuple[Columns, Micros]:
    """The legs, and the places of those that somebody listened to."""
    moved = np.flatnonzero(rng.random(len(begin)) < TRANSFERRED)
    order = np.sort(np.concatenate((np.arange(len(begin)), moved)))
    places = order.tolist()
    second = np.concatenate(([False], order[1:] == order[:-1]))
    first_of_two = np.concatenate((second[1:], [False]))
    cut = (begin + (end - begin) * 2 // 5) // 1_000_000 * 1_000_000 + 11
    legs: Columns = {
        "id": list(map(str, range(first, first + len(order)))),
        "call_id": [calls["id"][place] for place in places],
        "ordinal": np.where(second, "2", "1").tolist(),
        "person_id": _of_function(function[order], cast.agents, rng),
        "line_id": [calls["line_id"][place] for place in places],
        **{
            name: [calls[name][place] for place in places]
            for name in ("direction", "customer", "destruction_day")
        },
        "device": [""] * len(order),
        "started_at": _micros(np.where(second, cut[order], begin[order])),
        "ended_at": _micros(np.where(first_of_two, cut[order], end[order])),
    }
    return legs, np.flatnonzero(rng.random(len(order)) < HEARD)


def _listenings(legs: Columns, heard: Micros, cast: Cast, leaf: str, rng: Random) -> Columns:
    """By the agent or by their manager, the day after the call at the latest."""
    places = heard.tolist()
    agents = [str(legs["person_id"][place]) for place in places]
    own = [
        chance < 0.5 or agent not in cast.leaders
        for chance, agent in zip(rng.random(len(places)).tolist(), agents, strict=True)
    ]
    starts = np.array([legs["ended_at"][place] for place in places], "datetime64[us]")
    opened = starts.astype(np.int64) + 90_000_000
    purposes = rng.choice(("verify", "training", "rights"), len(places), p=(0.6, 0.3, 0.1))
    return {
        "id": _ids(len(places)),
        "person_id": [a if o else cast.leaders[a] for a, o in zip(agents, own, strict=True)],
        "leg_id": [legs["id"][place] for place in places],
        "purpose": ["verify" if o else str(p) for o, p in zip(own, purposes, strict=True)],
        "reference": ["" if o else f"2026-{n % 900 + 100}" for n, o in enumerate(own)],
        "rule": ["own_leg" if o else "subordinate_leg" for o in own],
        "session": ["0" * 64] * len(places),
        "opened_at": _seconds(opened),
        "expires_at": _seconds(opened + 600_000_000),
        "audit_leaf": [leaf] * len(places),
        "heard": ["[]"] * len(places),
        "closed_at": _seconds(opened + 600_000_000),
    }


def _ids(count: int) -> list[str]:
    whole = os.urandom(16 * count).hex()
    return [whole[at : at + 32] for at in range(0, 32 * count, 32)]


def _seconds(instants: Micros) -> list[str]:
    return _texts(instants // 1_000_000, "s", 19)


def _micros(instants: Micros) -> list[str]:
    return _texts(instants, "us", 26)


def _texts(instants: Micros, unit: str, width: int) -> list[str]:
    """As both databases read an instant in UTC: 2026-11-27 08:30:00."""
    texts = np.datetime_as_string(instants.astype(f"datetime64[{unit}]")).astype(f"U{width}")
    letters = texts.view("U1").reshape(len(texts), width)
    letters[:, 10] = " "
    found: list[str] = texts.tolist()
    return found
