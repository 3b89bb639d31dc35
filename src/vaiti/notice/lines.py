"""The dated register of the company's lines: what is recorded, in which direction (N-14)."""

import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import Q, QuerySet

from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.models import Function, Line
from vaiti.notice.promised import wording_at
from vaiti.notice.sentences import LANGUAGES

CHANGEABLE = (
    *("label", "function", "inbound", "outbound"),
    *("recorded", "announced", "keeps_hold", "keypad", "labels"),
)
"""What a change may concern; another number is another line."""

_E164 = re.compile(r"\+[1-9][0-9]{3,14}")


class LineError(ValueError):
    """The line cannot be registered; the message says what to change."""


@dataclass(frozen=True, slots=True)
class LineCard:
    """One entry of the register. `number` is E.164; `function` is service, telesales or test.

    `announced`: recorded only from the announcement on; `keeps_hold`: what is heard on hold is
    kept; `keypad`: customers press keys on it. `labels`: the label by language, where it is
    another one (sv, fi or en).
    """

    id: uuid.UUID
    number: str
    label: str
    function: str
    inbound: bool
    outbound: bool
    recorded: bool
    announced: bool = False
    keeps_hold: bool = True
    keypad: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str) -> str:
        """What the line is called in this language."""
        return self.labels.get(language) or self.label

    def takes(self, direction: str) -> bool:
        """Whether calls of `direction` ("in" or "out") on this line are recorded."""
        return self.recorded and {"in": self.inbound, "out": self.outbound}[direction]


class LineOrder(TypedDict):
    """A line as the recorder's orders name it (docs/seams.md)."""

    number: str
    inbound: bool
    outbound: bool
    recorded: bool
    announced: bool
    keeps_hold: bool
    keypad: bool


def line_for(number: str, at: datetime) -> LineCard | None:
    """The entry that stood for `number` (E.164) at `at`."""
    row = _ROW.first(at=at, number=number)
    return None if row is None else LineCard(*row)


def label_of(number: str, at: datetime, language: str) -> str:
    """What the line was called at `at`, in this language; empty where none stood."""
    line = line_for(number, at)
    return line.said(language) if line else ""


def standing(at: datetime) -> list[LineCard]:
    """Every entry that stood at `at`, by number."""
    return [LineCard(*row) for row in _ROWS.rows(at=at)]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and how long it stood; `until` is None while it does."""

    line: LineCard
    since: datetime
    until: datetime | None

    def stood(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


def entries() -> list[Entry]:
    """Every entry there ever was, by number, the oldest first."""
    rows = Line.objects.order_by("number", "valid_from")
    return [Entry(_card(row), row.valid_from, row.valid_to) for row in rows]


def as_orders(now: datetime) -> list[LineOrder]:
    """The lines as the recorder is told of them: recorded are those that the notice names."""
    told = _told_of(now)
    return [
        LineOrder(
            number=line.number,
            inbound=line.inbound,
            outbound=line.outbound,
            recorded=line.recorded and line.function in told,
            announced=line.announced,
            keeps_hold=line.keeps_hold,
            keypad=line.keypad,
        )
        for line in standing(now)
    ]


def entries_of(numbers: Iterable[str]) -> dict[str, list[Entry]]:
    """Every entry that there ever was for each of these numbers, the oldest first."""
    found = dict[str, list[Entry]]()
    for since, until, *card in _ENTRIES.rows(numbers=sorted(numbers)):
        line = LineCard(*card)
        found.setdefault(line.number, []).append(Entry(line, since, until))
    return found


def entry(entry_id: uuid.UUID) -> Entry | None:
    """One entry by its id, whether it stands or not."""
    row = Line.objects.filter(id=entry_id).first()
    return None if row is None else Entry(_card(row), row.valid_from, row.valid_to)


def register_line(
    number: str,
    *,
    label: str,
    function: str,
    inbound: bool = True,
    outbound: bool = True,
    recorded: bool = False,
    announced: bool = False,
    keeps_hold: bool = True,
    keypad: bool = False,
    labels: Mapping[str, str] | None = None,
    by: str,
    now: datetime,
) -> uuid.UUID:
    """Enters `number` from `now` on. Raises LineError, also when an entry stands already."""
    if not _E164.fullmatch(number):
        raise LineError("write the number with a plus and its country code, digits only")
    _check(label, function, labels or {}, ways=inbound or outbound)
    _check_told(function, now, recorded=recorded)
    with transaction.atomic():
        _keep_customers_apart(number, function)
        if Line.objects.filter(number=number).exclude(valid_to__lte=now).exists():
            raise LineError("this number is registered; end its entry first")
        facts: Facts = {
            "number": number,
            "function": function,
            "inbound": inbound,
            "outbound": outbound,
            "recorded": recorded,
            "announced": announced,
            "keeps_hold": keeps_hold,
            "keypad": keypad,
        }
        names = {"label": label, "labels": dict(labels or {})}
        row = Line.objects.create(**facts, **names, valid_from=now)
        log.append(Kind.NOTICE_LINE_LISTED, actor=by, subject=row.id.hex, facts=facts, now=now)
    return row.id


def change_line(wanted: LineCard, *, by: str, now: datetime) -> uuid.UUID:
    """Ends the entry whose id `wanted` has and begins one as `wanted` says, for the same number.

    Calls keep the entry under which they were recorded. Raises LineError, also when that entry
    stands no longer.
    """
    _check(wanted.label, wanted.function, wanted.labels, ways=wanted.inbound or wanted.outbound)
    _check_told(wanted.function, now, recorded=wanted.recorded)
    with transaction.atomic():
        row = _standing(now).select_for_update().filter(id=wanted.id, number=wanted.number).first()
        if row is None:
            raise LineError("the line was changed or ended meanwhile; look at it again")
        was = _card(row)
        differing = [name for name in CHANGEABLE if getattr(was, name) != getattr(wanted, name)]
        if not differing:
            raise LineError("nothing differs from what stands already")
        _keep_customers_apart(was.number, wanted.function)
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        given = {name: getattr(wanted, name) for name in CHANGEABLE}
        made = Line.objects.create(number=was.number, **given, valid_from=now)
        facts: Facts = {
            "number": was.number,
            "before": _told(was, differing),
            "after": _told(wanted, differing),
        }
        log.append(Kind.NOTICE_LINE_CHANGED, actor=by, subject=made.id.hex, facts=facts, now=now)
    return made.id


def end_line(number: str, *, by: str, now: datetime) -> None:
    """Ends the standing entry of `number`: its calls are recorded no longer. Raises LineError."""
    with transaction.atomic():
        row = _standing(now).filter(number=number).first()
        if row is None:
            raise LineError("no entry stands for this number")
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        facts: Facts = {"number": number, "ended": True}
        log.append(Kind.NOTICE_LINE_CHANGED, actor=by, subject=row.id.hex, facts=facts, now=now)


def _check(label: str, function: str, labels: Mapping[str, str], *, ways: bool) -> None:
    if function not in Function.values:
        raise LineError("a line's function is service, telesales or test")
    for text in (label, *labels.values()):
        if not text.strip() or len(text) > 80 or not text.isprintable():
            raise LineError("give the line a label of 1 to 80 characters")
    if not set(labels) <= set(LANGUAGES):
        raise LineError("a line has labels in sv, fi and en, besides the one for all")
    if not ways:
        raise LineError("a line takes calls in, out, or both")


def _told_of(now: datetime) -> frozenset[str]:
    """The functions of lines that callers are told of; a test line has no callers."""
    wording = wording_at(now)
    return frozenset((*wording.promised.lines, "test") if wording else Function.values)


def _check_told(function: str, now: datetime, *, recorded: bool) -> None:
    wording = wording_at(now)
    if recorded and wording and function not in _told_of(now):
        raise LineError(
            f"the notice in force names no {function} line, so none is recorded: "
            f"{wording.saying('lines').quoted()}"
        )


def _keep_customers_apart(number: str, function: str) -> None:
    """Administrators hear the test line: no number of customers becomes one."""
    others = Line.objects.filter(number=number).exclude(function=Function.TEST)
    if function == Function.TEST and others.exists():
        raise LineError("customers have called this number; give the test line one of its own")


def _told(line: LineCard, names: list[str]) -> str:
    """Such as `recorded=no; announced=yes`: short enough for an entry, whatever differs."""
    words = {True: "yes", False: "no"}
    values = ((name, getattr(line, name)) for name in names if name != "labels")
    told = [f"{name}={words.get(value, value)}" for name, value in values]
    if "labels" in names:
        told.append(f"labels={' '.join(sorted(line.labels)) or 'none'}")
    return "; ".join(told)


def _standing(at: datetime) -> QuerySet[Line]:
    return Line.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=at), valid_from__lte=at)


_ROWS = Prepared(
    lambda at: (
        _standing(at).order_by("number").values_list(*(each.name for each in fields(LineCard)))
    ),
    at=datetime,
)

_ENTRIES = Prepared(
    lambda numbers: (
        Line.objects.filter(number__in=numbers)
        .order_by("valid_from", "id")
        .values_list("valid_from", "valid_to", *(each.name for each in fields(LineCard)))
    ),
    numbers=str,
)

_ROW = Prepared(
    lambda at, number: (
        _standing(at)
        .filter(number=number)
        .order_by("id")
        .values_list(*(each.name for each in fields(LineCard)))[:1]
    ),
    at=datetime,
    number=str,
)


def _card(row: Line) -> LineCard:
    return LineCard(**{each.name: getattr(row, each.name) for each in fields(LineCard)})
