"""The book read: pages of legs by keyset, one call, and what playback needs of it.

Every query takes a `Scope` and `now`: nothing outside the scope, nothing whose due instant has
come, nothing marked for destruction is ever returned (N-19: the read path refuses by comparison).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from vaiti.asking.prepared import Prepared, Row
from vaiti.notice.models import Function
from vaiti.register import stops
from vaiti.register.admission import MADE_UP
from vaiti.register.filters import Cursor, Filters
from vaiti.register.marks import interrupted
from vaiti.register.models import SEEN, Call, Leg, State
from vaiti.register.strands import Scope, Strands, kept, reach
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId

PAGE = 40  # in rows
MAX_COUNT = 1000  # rows are counted up to this; beyond, there are "more than" so many

READ = (
    *("id", "ordinal", "person_id", "person__name", "started_at", "ended_at"),
    *("call_id", "call__direction"),
    *("call__line__number", "call__line__label", "call__line__function", "call__customer"),
    *("call__recovered", "call__ended_by", "call__notice_id", "call__notice__zone", "call__due_at"),
    *("call__destruction_day", "call__state", "call__recorder", "call__narrow_at"),
)


@dataclass(frozen=True, slots=True)
class CallCard:
    """What is the same for every leg of a call. `direction` is in or out.

    There is no `sound` of a call that a demo made up to fill its register; one that somebody
    objected to is not `for_training`; of one that is `silencing` a passage is just being silenced.
    `stopped` are the purposes to which the person recorded has objected.
    One that is held is seen by the hold's people only from `narrow_at` on.
    """

    id: UUID
    direction: str
    line_number: str
    line_label: str
    test_line: bool
    customer: str
    recovered: bool
    ended_by: str
    notice: str
    zone: str
    due_at: datetime
    destruction_day: date
    kept: bool
    silencing: bool
    sound: bool
    for_training: bool
    narrow_at: datetime | None = None
    stopped: frozenset[str] = frozenset()

    @property
    def held(self) -> bool:
        return self.narrow_at is not None

    def narrowed(self, now: datetime) -> bool:
        """Whether only a hold's people see it."""
        return self.narrow_at is not None and self.narrow_at <= now

    def readable(self, now: datetime) -> bool:
        """Whether it is kept and its due instant is to come."""
        return self.kept and now < self.due_at

    def next_end(self, now: datetime) -> datetime:
        """When reading it ends next: at its due instant, or where a hold narrows it."""
        narrow = self.narrow_at
        return self.due_at if narrow is None or narrow <= now else min(self.due_at, narrow)

    @property
    def interrupted(self) -> bool:
        """Whether the recording may lack the call's end."""
        return interrupted(self.recovered, self.ended_by)


@dataclass(frozen=True, slots=True)
class LegCard:
    """One agent's part of a call; the stretch `from_us` to `to_us` is theirs and nobody else's."""

    id: int
    ordinal: int
    person_id: UUID | None
    agent: str = field(repr=False)
    from_us: int
    to_us: int
    started_at: datetime
    ended_at: datetime
    call: CallCard

    @property
    def length_s(self) -> int:
        """Whole seconds, always end minus start (N-13)."""
        return int((self.ended_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class LegPage:
    """`count` stops at MAX_COUNT, and `more` says that there are others beyond it."""

    rows: tuple[LegCard, ...]
    older: Cursor | None
    newer: Cursor | None
    count: int
    more: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """Where a call's sound lies, and the technical part of its manifest."""

    object_id: ObjectId
    recording: dict[str, Any] = field(repr=False)


def page(
    scope: Scope, filters: Filters, cursor: Cursor | None, now: datetime, size: int = PAGE
) -> LegPage:
    """The legs of `scope` that pass `filters`, newest first, `size` at a time."""
    strands = reach(scope, filters, now)
    # one row more than the page shows whether there is another page
    found, counted = _readable(strands, scope, cursor, size + 1)
    further, found = len(found) > size, found[:size]
    backwards = cursor is not None and cursor.newer
    rows = found[::-1] if backwards else found
    has_older, has_newer = (bool(rows), further) if backwards else (further, cursor is not None)
    whole = cursor is None and not further
    count = len(rows) if whole else strands.count(MAX_COUNT + 1, counted)
    return LegPage(
        rows=tuple(rows),
        older=_cursor(rows[-1], False) if rows and has_older else None,
        newer=_cursor(rows[0], True) if rows and has_newer else None,
        count=min(count, MAX_COUNT),
        more=count > MAX_COUNT,
    )


def _readable(
    strands: Strands, scope: Scope, cursor: Cursor | None, most: int
) -> tuple[list[LegCard], int | None]:
    """The legs next to the cursor, and what finding them told of how many there are.

    That all may be read is nearly always so: it is asked of those found first, and of each one on
    the way only where some of them may not.
    """
    if cursor is None:
        found, counted = strands.newest(most, MAX_COUNT + 1)
    else:
        found, counted = strands.beside(cursor, most), None
    cards = _in_order(found, scope, strands.now)
    if len(cards) < len(found):
        cards = _in_order(strands.beside(cursor, most, looked_at=True), scope, strands.now)
    return cards, counted


def _in_order(ids: list[int], scope: Scope, now: datetime) -> list[LegCard]:
    if scope.held:
        legs = Leg.objects.filter(kept(now, scope.held), id__in=ids)
        rows = list(legs.values_list(*READ))
    else:
        rows = _KEPT.rows(ids=ids, now=now)
    found = {card.id: card for card in _cards(rows)}
    return [found[leg_id] for leg_id in ids if leg_id in found]


def _cursor(row: LegCard, newer: bool) -> Cursor:
    return Cursor(row.from_us, row.id, newer)


def legs(call_id: UUID) -> tuple[LegCard, ...]:
    """Every leg of one call in order, whoever may see it; access decides on them one by one."""
    return tuple(_cards(_OF_CALL.rows(call=call_id)))


def legs_of(call_ids: Iterable[UUID], now: datetime, *, held: bool = False) -> tuple[LegCard, ...]:
    """Every leg of these calls that may be read at `now`, the newest first. With `held` also of
    those that a hold has narrowed: for the case that the hold is for."""
    ids = set(call_ids)
    legs = Leg.objects.filter(kept(now, ids if held else ()), call_id__in=ids)
    return tuple(_cards(list(legs.order_by("-started_at", "-id").values_list(*READ))))


def leg(leg_id: int) -> LegCard | None:
    """One leg, whoever may see it."""
    return next(iter(_cards(_ONE.rows(leg=leg_id))), None)


_KEPT = Prepared(
    lambda ids, now: Leg.objects.filter(kept(now), id__in=ids).values_list(*READ),
    ids=int,
    now=datetime,
)
_OF_CALL = Prepared(
    lambda call: Leg.objects.filter(call_id=call).order_by("ordinal").values_list(*READ), call=UUID
)
_ONE = Prepared(lambda leg: Leg.objects.filter(id=leg).values_list(*READ), leg=int)


def last_taken_in() -> datetime | None:
    """When the newest call in the book entered it."""
    newest = Call.objects.order_by("-started_at", "-id").values_list("taken_in_at", flat=True)
    return newest.first()


NEWEST = 2_000
"""So many calls are looked at for when each peer sent its last: there is no index of peers."""


@dataclass(frozen=True, slots=True)
class LastCalls:
    """When each peer's last call began, of the newest; `all` where those are all there are."""

    at: dict[str, datetime]
    all: bool


def last_by_peer() -> LastCalls:
    newest = Call.objects.order_by("-started_at", "-id").values_list("peer", "started_at")
    rows = list(newest[:NEWEST])
    return LastCalls(dict(reversed(rows)), len(rows) < NEWEST)


def sealed(call_id: UUID) -> Sealed:
    """Raises Call.DoesNotExist for an unknown call."""
    row = Call.objects.only("object_id", "recording").get(id=call_id)
    return Sealed(ObjectId(row.object_id.hex), row.recording)


def _cards(rows: list[Row]) -> list[LegCard]:
    """Of what stands on cards and no more: dozens of whole rows of four tables take far longer."""
    found = [dict(zip(READ, row, strict=True)) for row in rows]
    stopped = stops.among({row["call_id"] for row in found})
    return [_card(row, stopped.get(row["call_id"], frozenset())) for row in found]


def _card(row: dict[str, Any], stopped: frozenset[str]) -> LegCard:
    return LegCard(
        id=row["id"],
        ordinal=row["ordinal"],
        person_id=row["person_id"],
        agent=row["person__name"] or "",
        from_us=to_micros(row["started_at"]),
        to_us=to_micros(row["ended_at"]),
        started_at=row["started_at"].replace(microsecond=0),
        ended_at=row["ended_at"].replace(microsecond=0),
        call=_call(row, stopped),
    )


def _call(row: dict[str, Any], stopped: frozenset[str]) -> CallCard:
    return CallCard(
        id=row["call_id"],
        direction=row["call__direction"],
        line_number=row["call__line__number"],
        line_label=row["call__line__label"],
        test_line=row["call__line__function"] == Function.TEST,
        customer=row["call__customer"],
        recovered=row["call__recovered"],
        ended_by=row["call__ended_by"],
        notice=row["call__notice_id"],
        zone=row["call__notice__zone"],
        due_at=row["call__due_at"],
        destruction_day=row["call__destruction_day"],
        kept=row["call__state"] in SEEN,
        silencing=row["call__state"] in (State.SILENCING, State.JOINING),
        sound=row["call__recorder"] != MADE_UP,
        for_training=stops.TRAINING not in stopped,
        narrow_at=row["call__narrow_at"],
        stopped=stopped,
    )
