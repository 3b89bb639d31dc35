"""Evidence from elsewhere: a course passed in another system, an undertaking signed on paper.

A table in CSV, read row by row. All its errors are told at once, by row and without repeating what
stands there; one error, and nothing of the file is entered.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.people import secrecy, training
from vaiti.people.course_text import SECTIONS
from vaiti.people.dated import standing
from vaiti.people.expiry import Term
from vaiti.people.models import Person, SectionPass

TRAINING_COLUMNS = ("login", "course", "section", "passed on", "source")
UNDERTAKING_COLUMNS = ("login", "version", "signed on", "source")
OPTIONAL = frozenset({"version"})
MAX_ROWS = 20_000
MAX_FIELD = {"course": 40, "source": 80, "version": 32}  # characters

Row = Mapping[str, str]


class EvidenceError(ValueError):
    """One row, or the file; the sentence says what to change."""


class EvidenceRefused(Exception):
    """Nothing was entered. `problems` has a sentence for each row that is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(f"{len(problems)} rows cannot be entered")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rows were new, and how many were known already."""

    added: int
    known: int


def import_training(text: str, term: Term, *, by: str, now: datetime) -> Imported:
    """Columns: login, course, section, passed on, source; version if one likes.

    Raises EvidenceRefused.
    """

    def enter(row: Row, people: Mapping[str, UUID]) -> bool:
        return _enter_pass(row, people, term, by, now)

    return _import(text, TRAINING_COLUMNS, enter, now)


def import_undertakings(text: str, term: Term, *, by: str, now: datetime) -> Imported:
    """Columns: login, version, signed on, source. Raises EvidenceRefused."""

    def enter(row: Row, people: Mapping[str, UUID]) -> bool:
        person, day = _person(row, people), _day(row.get("signed on", ""), term, now)
        try:
            return secrecy.enter(
                person, _text(row, "version"), day, by=by, now=now, source=_text(row, "source")
            )
        except (secrecy.SecrecyError, training.TrainingError) as error:
            raise EvidenceError(str(error)) from error

    return _import(text, UNDERTAKING_COLUMNS, enter, now)


def _import(
    text: str,
    columns: Sequence[str],
    enter: Callable[[Row, Mapping[str, UUID]], bool],
    now: datetime,
) -> Imported:
    try:
        rows = _rows(text, columns)
    except EvidenceError as error:
        raise EvidenceRefused([str(error)]) from error
    here = Person.objects.filter(standing(now, "active"))
    people = dict(here.values_list("login", "id"))
    added, problems = 0, []
    with transaction.atomic():
        for number, row in rows:
            try:
                added += enter(row, people)
            except EvidenceError as error:
                problems.append(f"row {number}: {error}")
        if problems:
            raise EvidenceRefused(problems)
    return Imported(added, len(rows) - added)


def _rows(text: str, columns: Sequence[str]) -> list[tuple[int, Row]]:
    """The rows with their line numbers; the first line names the columns."""
    head = text.lstrip("\ufeff").split("\n", 1)[0]
    source = io.StringIO(text.lstrip("\ufeff"), newline="")
    reader = csv.reader(source, delimiter=";" if ";" in head else ",", strict=True)
    try:
        lines = [(reader.line_num, line) for line in reader if any(line)]
    except csv.Error as error:
        raise EvidenceError("this is not a table in CSV; save it as CSV, UTF-8") from error
    names = [name.strip().lower().replace("_", " ") for name in lines[0][1]] if lines else []
    unknown = set(names) - {*columns, *OPTIONAL}
    if set(columns) - set(names) or unknown or len(set(names)) != len(names):
        raise EvidenceError(f"the first line names these columns: {', '.join(columns)}")
    if not 1 < len(lines) <= MAX_ROWS + 1:
        raise EvidenceError(f"a file has from 1 to {MAX_ROWS} rows below its first line")
    return [
        (number, dict(zip(names, (one.strip() for one in line), strict=False)))
        for number, line in lines[1:]
    ]


def _enter_pass(row: Row, people: Mapping[str, UUID], term: Term, by: str, now: datetime) -> bool:
    person_id, day = _person(row, people), _day(row.get("passed on", ""), term, now)
    section, version = row.get("section", ""), _text(row, "version", empty=True)
    if section not in SECTIONS:
        raise EvidenceError(f"the section is {' or '.join(SECTIONS)}")
    course, source = _text(row, "course"), _text(row, "source")
    ends = [term.end_of(day), training.cap(section, version, day, term)]
    valid_to = min(end for end in ends if end is not None)
    if valid_to <= now:
        raise EvidenceError("this has expired already; the course must be passed again")
    person = training.present(person_id, now)
    same = {"person": person, "section": section, "course": course, "version": version}
    if SectionPass.objects.filter(**same, passed_on=day, valid_to__gt=now).exists():
        return False
    passed = SectionPass(**same, source=source, passed_on=day)
    training.enter_pass(passed, valid_to, by=by, now=now)
    training.make_record(person, now)
    return True


def _person(row: Row, people: Mapping[str, UUID]) -> UUID:
    found = people.get(row.get("login", "").casefold())
    if found is None:
        raise EvidenceError("nobody here has this login")
    return found


def _day(text: str, term: Term, now: datetime) -> date:
    """2026-11-23, or as Finns write it, 23.11.2026."""
    try:
        if "." in text:
            day, month, year = (int(part) for part in text.split("."))
            found = date(year, month, day)
        else:
            found = date.fromisoformat(text)
    except ValueError as error:
        raise EvidenceError("the day is written 2026-11-23 or 23.11.2026") from error
    if found > term.day_of(now):
        raise EvidenceError("the day is in the future")
    return found


def _text(row: Row, key: str, *, empty: bool = False) -> str:
    value, most = row.get(key, ""), MAX_FIELD[key]
    if not (value or empty) or len(value) > most or not (value.isprintable() or not value):
        raise EvidenceError(f"the {key} has 1 to {most} printable characters")
    return value
