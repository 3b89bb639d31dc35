"""A person's history: what the log holds about them, told in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from vaiti.audit.reading import LogEntry
from vaiti.people import book
from vaiti.values.clock import from_micros
from vaiti.web import dates
from vaiti.web.moments import Moments
from vaiti.web.wording import fact_words, words

INSTANTS = frozenset({"before", "after"})
"""Facts that, where they are large whole numbers, are microseconds; a small one is a count."""

EARLIEST = 10**15  # microseconds: the year 2001; no count comes near it


@dataclass(frozen=True, slots=True)
class Told:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    at: str
    act: str
    who: str
    facts: list[Told]


def lines(entries: Iterable[LogEntry], see: Moments) -> list[Line]:
    shown = list(entries)
    names = names_in(shown)
    return [
        Line(
            see.day_and_time(entry.at),
            words.act(entry.kind),
            names.get(entry.actor) or words.doer(entry.actor),
            told(entry, names, see),
        )
        for entry in shown
    ]


def names_in(entries: Iterable[LogEntry]) -> dict[str, str]:
    """Of the people whom these entries name, and of all teams, by the ids that stand there."""
    found = {one for entry in entries for one in _people_in(entry)}
    return {one.hex: name for one, name in (book.names(found) | book.team_names()).items()}


def told(entry: LogEntry, names: dict[str, str], see: Moments) -> list[Told]:
    """The facts of an entry in the reader's language; what says nothing is left out."""
    return [
        Told(words.fact(name), _value(name, value, names, see))
        for name, value in sorted(entry.facts.items())
        if value not in ("", None)
    ]


def person_of(text: str) -> UUID | None:
    """The person that an actor or a fact names; None for a machine and for everything else."""
    try:
        return UUID(hex=text) if len(text) == 32 else None
    except ValueError:
        return None


def _people_in(entry: LogEntry) -> list[UUID]:
    texts = [entry.actor, *(one for one in entry.facts.values() if isinstance(one, str))]
    return [found for text in texts if (found := person_of(text)) is not None]


def _value(name: str, value: Any, names: dict[str, str], see: Moments) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        is_instant = name.endswith("_us") or (name in INSTANTS and value > EARLIEST)
        is_instant = is_instant and value > 0
        return see.day_and_time(from_micros(value)) if is_instant else str(value)
    if name == "page":
        return fact_words.page(value)
    return names.get(value) or _day(value, see) or words.fact_value(name, value)


def _day(value: str, see: Moments) -> str:
    """A day or an instant as it is written here; nothing for any other text."""
    try:
        if len(value) == len("2026-11-23"):
            return dates.write_day(date.fromisoformat(value))
        at = datetime.fromisoformat(value) if "T" in value else None
    except ValueError:
        return ""
    return see.day_and_time(at) if at is not None and at.tzinfo else ""
