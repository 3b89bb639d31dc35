"""The rows of the list of calls, day by day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Final

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from vaiti.people.book import PersonCard
from vaiti.register.calls import LegCard
from vaiti.values.masked import MASK, NOT_AVAILABLE
from vaiti.web import dates, numbers
from vaiti.web.moments import Moments, between
from vaiti.web.row_shapes import Shapes
from vaiti.web.wording import words

ROWS: Final = Shapes("_call_row.html")


@dataclass(frozen=True, slots=True)
class Number:
    """The customer's number in groups without its last three digits; `hidden` when all is."""

    known: str
    hidden: bool


def number_of(stored: str) -> Number:
    shown = numbers.write_masked(stored).removesuffix(numbers.DOTS).strip()
    return Number(shown, hidden=stored != NOT_AVAILABLE and stored == MASK)


@dataclass(frozen=True, slots=True)
class Day:
    label: str
    date: str
    rows: list[str]


@dataclass(frozen=True, slots=True)
class _End:
    """When a call is destroyed, as its row says it."""

    day: str
    until: str
    soon: bool


@dataclass
class Rows:
    """Writes legs as `person` sees them. `heard`: those that somebody else has listened to;
    `silent`: those that the person cannot listen to."""

    person: PersonCard
    heard: Collection[int]
    silent: Collection[int]
    see: Moments
    _ends: dict[date, _End] = field(default_factory=dict)

    def by_day(self, legs: Iterable[LegCard]) -> list[Day]:
        days = groupby(legs, key=lambda leg: self.see.day_of(leg.started_at))
        written = ((day, dates.write_day(day), some) for day, some in days)
        return [
            Day(self.see.day_name(day), date, [self._row(leg, date) for leg in some])
            for day, date, some in written
        ]

    def _row(self, leg: LegCard, day: str) -> str:
        call, end, number = leg.call, self._end(leg.call.due_at), number_of(leg.call.customer)
        said, time = self._said, self.see.time(leg.started_at)
        named = {
            "moment": self.see.joined(day, time),
            "agent": leg.agent or said["unknown"],
        }
        shape = {
            "one_click": leg.person_id == self.person.id
            or (call.test_line and "administrator" in self.person.roles),
            "heard": leg.id in self.heard,
            "broken": call.interrupted,
            "held": call.held,
            "silent": leg.id in self.silent,
            "direction": call.direction,
            "number_is": "known" if number.known else "hidden" if number.hidden else "none",
            "soon": end.soon,
        }
        written = {
            "call": call.id.hex,
            "leg": leg.id,
            "listen": said["listen"] % named,
            "name": said["name"] % named,
            "time": time,
            "length": between(leg.started_at, leg.ended_at),
            "direction_label": said[call.direction],
            "number": number.known,
            "agent": leg.agent or said["nobody"],
            "line": call.line_label,
            "ends": end.day,
            "ends_in": end.until,
        }
        return ROWS.write(shape, written)

    @cached_property
    def _said(self) -> dict[str, str]:
        """What every row says, looked up once."""
        return {
            "unknown": _("unknown agent"),
            "nobody": _("not known yet"),
            "listen": _("Listen to the call of %(moment)s, %(agent)s"),
            "name": _("The call of %(moment)s, %(agent)s"),
            **{code: words.direction(code) for code in words.DIRECTIONS},
        }

    def _end(self, due_at: datetime) -> _End:
        day = self.see.day_of(due_at)
        if day not in self._ends:
            see = self.see
            self._ends[day] = _End(see.day(due_at), see.until(due_at), see.is_soon(due_at))
        return self._ends[day]
