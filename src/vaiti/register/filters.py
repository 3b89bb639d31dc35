"""What a list of calls may be narrowed by: a closed set, each part of it checked."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func, IntegerField, Q
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.db.models.sql.compiler import SQLCompiler

from vaiti.register.models import Direction
from vaiti.values.clock import from_micros

_CURSOR = re.compile(r"([no])([0-9]{1,17})\.([0-9]{1,18})")
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
    last three digits; it is never logged.
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
        }
        return " ".join(name for name, value in parts.items() if value not in (None, ""))

    def condition(self) -> Q:
        """The condition on legs, but for agent, line and number: by the leg's index alone."""
        condition = self._when() & self._how_long()
        return condition & Q(direction=self.direction) if self.direction else condition

    def customers(self, call: str = "") -> Q:
        """The condition on calls whose customer's number begins so; only where one is asked for.

        `call` is what leads from the rows to their call, such as `call__`.
        """
        begins = stored_prefix(self.number)
        column = f"{call}customer"
        if connection.vendor == "postgresql":
            return Q(**{f"{column}__startswith": begins})
        # SQLite compares bytes, and searches its index for this and not for LIKE
        behind = begins[:-1] + chr(ord(begins[-1]) + 1)
        return Q(**{f"{column}__gte": begins, f"{column}__lt": behind})

    def _when(self) -> Q:
        condition = Q()
        if self.from_day is not None:
            condition &= Q(started_at__gte=_midnight(self.from_day, self.zone))
        if self.to_day is not None and self.to_day < date.max:
            end = _midnight(self.to_day + timedelta(days=1), self.zone)
            condition &= Q(started_at__lt=end)
        return condition

    def _how_long(self) -> Q:
        condition = Q()
        length = Second(F("ended_at")) - Second(F("started_at"))
        if self.shortest_s is not None:
            condition &= Q(GreaterThanOrEqual(length, self.shortest_s))
        if self.longest_s is not None:
            condition &= Q(LessThanOrEqual(length, self.longest_s))
        return condition


class Second(Func):
    """The whole second of an instant, counted since the epoch: what a length is made of (N-13).

    Django's own subtraction of instants calls Python for each row on SQLite.
    """

    template = "FLOOR(EXTRACT(EPOCH FROM %(expressions)s))"
    output_field = IntegerField()

    def as_sqlite(
        self,
        compiler: SQLCompiler,
        connection: BaseDatabaseWrapper,
        **extra_context: Any,  # noqa: ANN401
    ) -> tuple[str, tuple[str | int, ...]]:
        template = "CAST(strftime('%%%%s', %(expressions)s) AS INTEGER)"
        sql, given = self.as_sql(compiler, connection, template=template)
        return sql, tuple(given)


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
