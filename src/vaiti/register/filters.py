"""What a list of calls may be narrowed by: a closed set, each part of it checked."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q

from vaiti.register.models import Direction
from vaiti.values.clock import from_micros

_CURSOR = re.compile(r"([no])([0-9]{1,17})\.([0-9]{1,18})")
_UNSEARCHED = "customer_as_it_is"
_NUMBER = re.compile(r"(?:\+|00)[1-9][0-9]{0,14}|[0-9]{1,15}")


class FilterError(ValueError):
    """What was asked for cannot be searched; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the next page holds what is older, or newer, than the row named."""

    at_us: int
    leg_id: int
    newer: bool

    @property
    def at(self) -> datetime:
        return from_micros(self.at_us)

    def __str__(self) -> str:
        return f"{'n' if self.newer else 'o'}{self.at_us}.{self.leg_id}"


def parse_cursor(text: str) -> Cursor:
    """Reads what `str(cursor)` wrote. Raises FilterError."""
    match = _CURSOR.fullmatch(text)
    if match is None:
        raise FilterError("this place in the list is not known; begin at the newest call")
    return Cursor(int(match[2]), int(match[3]), match[1] == "n")


@dataclass(frozen=True, slots=True)
class Filters:
    """Dates are local in `zone` and both included; lengths are in seconds.

    `number` is the beginning of the customer's number with its country code, typed without the
    last three digits; it is never logged. `destroyed_on` is the day on which a call will be. `held`
    leaves those alone that a hold keeps.
    """

    zone: ZoneInfo
    from_day: date | None = None
    to_day: date | None = None
    agent: UUID | None = None
    direction: str = ""
    line_number: str = ""
    number: str = field(default="", repr=False)
    shortest_s: int | None = None
    longest_s: int | None = None
    destroyed_on: date | None = None
    held: bool = False

    def __post_init__(self) -> None:
        if self.from_day and self.to_day and self.from_day > self.to_day:
            raise FilterError("the first day is after the last one")
        if self.direction and self.direction not in Direction.values:
            raise FilterError("the direction is in or out")
        lengths = [one for one in (self.shortest_s, self.longest_s) if one is not None]
        if any(not 0 <= one <= 86_400 for one in lengths) or lengths != sorted(lengths):
            raise FilterError("lengths are between nothing and a day, the shorter first")
        if self.number:
            stored_prefix(self.number)

    def names(self) -> str:
        """Which filters are set, for the log: their names, never their values."""
        parts = {
            "from": self.from_day,
            "to": self.to_day,
            "agent": self.agent,
            "direction": self.direction,
            "line": self.line_number,
            "number": self.number,
            "shortest": self.shortest_s,
            "longest": self.longest_s,
            "destroyed": self.destroyed_on,
            "held": self.held or None,
        }
        return " ".join(name for name, value in parts.items() if value not in (None, ""))

    def condition(self) -> Q:
        """The condition on legs, but for agent and line: by an index of legs alone."""
        condition = Q(**self.asked())
        return condition & self.customers(_UNSEARCHED) if self.number else condition

    def asked(self) -> dict[str, Any]:
        """Lookups of legs with their values: all of the condition but the number."""
        asked = self._when() | self._how_long()
        if self.direction:
            asked["direction"] = self.direction
        if self.destroyed_on is not None:
            asked["destruction_day"] = self.destroyed_on
        return asked

    def customers(self, column: str = "customer") -> Q:
        """That the customer's number begins so, of calls and of legs; where one is asked for.

        The other column that may be asked for is the same one, out of the planner's sight: numbers
        that many have are looked for among somebody's legs, not the other way round.
        """
        begins = stored_prefix(self.number)
        if connection.vendor == "postgresql":
            return Q((f"{column}__startswith", begins))
        # SQLite compares bytes, and searches its index for this and not for LIKE
        behind = begins[:-1] + chr(ord(begins[-1]) + 1)
        return Q((f"{column}__gte", begins), (f"{column}__lt", behind))

    def _when(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if self.from_day is not None:
            asked["started_at__gte"] = _midnight(self.from_day, self.zone)
        if self.to_day is not None and self.to_day < date.max:
            asked["started_at__lt"] = _midnight(self.to_day + timedelta(days=1), self.zone)
        return asked

    def _how_long(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if self.shortest_s is not None:
            asked["length_s__gte"] = self.shortest_s
        if self.longest_s is not None:
            asked["length_s__lte"] = self.longest_s
        return asked


def stored_prefix(typed: str) -> str:
    """The beginning of a number as the book would have it. Raises FilterError."""
    plain = re.sub(r"[\s()./-]", "", typed)
    if not _NUMBER.fullmatch(plain):
        raise FilterError("write the beginning of the number in digits, without the last three")
    if re.match("00[1-9]", plain):
        plain = "+" + plain[2:]
    if plain.startswith("0"):
        raise FilterError("begin the number with its country code, such as +358")
    # short codes stand in the book as they are dialled, everything longer with its plus
    return plain if plain.startswith("+") or len(plain) < 5 else "+" + plain


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)
