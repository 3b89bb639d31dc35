"""The search form over the calls: what was typed, what of it holds, and its address.

The form is sent with POST and answered with a redirect to the address of what was found, so that
a whole number that somebody typed stands in no address, history or log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.register.filters import Cursor, FilterError, Filters, parse_cursor
from vaiti.web import dates, numbers
from vaiti.web.moments import Moments
from vaiti.web.wording import words

KEPT = ("from", "to", "direction", "length", "agent", "line", "number", "destroyed", "held")
LENGTHS = {
    "short": (None, 59, gettext_noop("under 1 minute")),
    "middle": (60, 299, gettext_noop("1 to 5 minutes")),
    "long": (300, 899, gettext_noop("5 to 15 minutes")),
    "longest": (900, None, gettext_noop("15 minutes or more")),
}
"""The least and the most seconds of each choice, both included."""
MAX_FIELD = 64  # characters of any field


@dataclass(slots=True)
class Field:
    """One text field: what stands in it, an example, and what is wrong with it."""

    label: str
    text: str = ""
    example: str = ""
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool


@dataclass(slots=True)
class Search:
    """`filters` is None when a field is wrong; `given` is what the address carries."""

    begins: Field
    ends: Field
    number: Field
    destroyed: Field
    given: dict[str, str]
    filters: Filters | None = None
    agents: list[Choice] = field(default_factory=list)
    lines: list[Choice] = field(default_factory=list)
    directions: list[Choice] = field(default_factory=list)
    lengths: list[Choice] = field(default_factory=list)

    @property
    def used(self) -> bool:
        return bool(self.given)

    @property
    def wrong(self) -> bool:
        return self.filters is None

    def address(self, cursor: Cursor | None = None) -> str:
        query = dict(self.given)
        if cursor is not None:
            query["at"] = str(cursor)
        return "/calls/" + (f"?{urlencode(query)}" if query else "")

    def offer(
        self, agents: tuple[tuple[UUID, str], ...], lines: tuple[tuple[str, str], ...]
    ) -> None:
        """What may be chosen; agents only where there is more than one."""
        chosen = self.given
        self.directions = [
            Choice(code, words.direction(code), chosen.get("direction") == code)
            for code in words.DIRECTIONS
        ]
        self.lengths = [
            Choice(code, _(label), chosen.get("length") == code)
            for code, (_least, _most, label) in LENGTHS.items()
        ]
        self.lines = [
            Choice(number, label, chosen.get("line") == number) for number, label in lines
        ]
        if len(agents) > 1:
            self.agents = [
                Choice(one.hex, name, chosen.get("agent") == one.hex) for one, name in agents
            ]


def read(typed: Mapping[str, str], see: Moments, region: str) -> Search:
    """Reads the fields. The customer's number loses its last digits before anything else."""
    given = {name: typed.get(name, "").strip()[:MAX_FIELD] for name in KEPT if name != "number"}
    number = Field(_("Customer’s number"))
    prefix = _read_number(typed.get("number", ""), number, region)
    search = Search(
        begins=Field(_("From and including"), given["from"], _example(see, 30)),
        ends=Field(_("To and including"), given["to"], _example(see, 0)),
        number=number,
        destroyed=Field(_("Destruction date"), given["destroyed"], see.example(30)),
        given={name: value for name, value in given.items() if value},
    )
    if prefix:
        search.given["number"] = prefix.masked
    search.filters = _filters(search, prefix, see)
    return search


def _example(see: Moments, days: int) -> str:
    return dates.write_day(see.today - timedelta(days=days))


def _read_number(typed: str, field: Field, region: str) -> numbers.NumberBegins | None:
    try:
        prefix = numbers.without_last_digits(typed, region)
    except numbers.NotANumber:
        field.wrong = _("Type at least the first seven digits of the number.")
        return None
    field.text = numbers.write_masked(prefix.masked) if prefix else ""
    return prefix


def _filters(search: Search, prefix: numbers.NumberBegins | None, see: Moments) -> Filters | None:
    first, last = _read_day(search.begins, see), _read_day(search.ends, see)
    destroyed = _read_day(search.destroyed, see, ahead=True)
    agent = _read_agent(search.given)
    days = (search.begins, search.ends, search.destroyed)
    if any(day.wrong for day in days) or search.number.wrong:
        return None
    values: dict[str, Any] = {"number": prefix.prefix if prefix else ""}
    values |= {"from_day": first, "to_day": last, "agent": agent}
    values |= {"direction": search.given.get("direction", "")}
    values |= {"line_number": search.given.get("line", "")}
    shortest, longest = _read_length(search.given)
    values |= {"shortest_s": shortest, "longest_s": longest, "destroyed_on": destroyed}
    values |= {"held": _read_held(search.given)}
    try:
        return Filters(see.zone, **values)
    except FilterError:
        if first and last and first > last:
            search.ends.wrong = _("The last day is before the first one.")
        return None


def _read_day(field: Field, see: Moments, *, ahead: bool = False) -> date | None:
    try:
        day = dates.parse_day(field.text, see.today, ahead=ahead)
    except dates.NotADay:
        field.wrong = _("Write a day like %(example)s.") % {"example": field.example}
        return None
    if day:
        field.text = dates.write_day(day)
    return day


def _read_length(given: dict[str, str]) -> tuple[int | None, int | None]:
    """What is no choice of ours is no filter."""
    if given.get("length", "") not in LENGTHS:
        given.pop("length", None)
        return None, None
    least, most, _label = LENGTHS[given["length"]]
    return least, most


def _read_held(given: dict[str, str]) -> bool:
    if given.get("held") != "yes":
        given.pop("held", None)
    return "held" in given


def _read_agent(given: dict[str, str]) -> UUID | None:
    """What is no id is no filter: a choice comes from a page of ours or from nowhere."""
    try:
        return UUID(hex=given["agent"])
    except (KeyError, ValueError):
        given.pop("agent", None)
        return None


def read_cursor(text: str) -> Cursor | None:
    """Raises FilterError for what no page gave out."""
    return parse_cursor(text) if text else None
