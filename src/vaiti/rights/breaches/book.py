"""The register of breaches of personal data: noted, traced, judged, notified, closed.

The data protection officer and the security lead note and trace; the officer alone judges, says
who was told, and closes. Each act is one entry; what they wrote is not in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.references import fit_reference
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Fact, Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.retention.rows import scrub
from vaiti.rights import letters
from vaiti.rights.breaches import rules
from vaiti.rights.breaches.models import Breach, BreachCall
from vaiti.rights.breaches.rules import BreachRules, Judged, Risk, Stage, State
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import OFFICER
from vaiti.rights.numbering import BREACH, check_words, number_of, numbered
from vaiti.values.clock import to_micros

KEEPERS = holders(Besides.BREACHES)
WAITS, OVERDUE = "rights:breach_waits", "rights:breach_overdue"


@dataclass(frozen=True, slots=True)
class Noted:
    """What is known when somebody first says it; `begins` and `ends` as far as they are."""

    lost: tuple[str, ...]
    aware_at: datetime
    begins: datetime | None = None
    ends: datetime | None = None
    what: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Assessment:
    risk: str
    consequences: str = field(default="", repr=False)
    measures: str = field(default="", repr=False)
    why: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """That the authority was told at `at`; `number` is its own for it; late, it says why."""

    at: datetime
    number: str = ""
    late_why: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Telling:
    """That the persons were told at `at` and how, or on which ground they were not."""

    at: datetime | None
    how: str = ""
    untold: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A breach as of an instant; `calls` is how many it touched. `lacks`: before it can close."""

    id: UUID
    number: str
    row: Breach
    due_at: datetime
    waits: bool
    overdue: bool
    calls: int
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody who may look; `officer` may judge and close."""

    person_id: UUID
    officer: bool


def require_desk(person_id: UUID, now: datetime) -> Desk:
    """No course stops who reports a breach: the clock does not wait. Raises NotVisible."""
    person = standing(person_id, now)
    if not person.here or not person.roles & KEEPERS:
        raise NotVisible
    return Desk(person_id, OFFICER in person.roles)


def require_officer(person_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    if not require_desk(person_id, now).officer:
        raise NotVisible


def listed(person_id: UUID, now: datetime, taken_as: str = "") -> tuple[list[Card], Desk]:
    """All of them, what waits for the authority first, then the newest. The look is an entry, and
    `taken_as` which file of them leaves."""
    with transaction.atomic(durable=True):
        desk = require_desk(person_id, now)
        found = [_card(row, now) for row in Breach.objects.order_by("-noted_at", "id")]
        told = {"how": taken_as} if taken_as else {}
        facts: Facts = {"rows": len(found), **told}
        log.append(Kind.RIGHTS_BREACHES_LISTED, actor=person_id.hex, facts=facts, now=now)
    return sorted(found, key=lambda one: not one.waits), desk


def seen(person_id: UUID, breach_id: UUID, now: datetime) -> tuple[Card, Desk]:
    """The look is an entry. Raises NotVisible."""
    with transaction.atomic(durable=True):
        desk = require_desk(person_id, now)
        row = Breach.objects.filter(id=breach_id).first()
        if row is None:
            raise NotVisible
        _log(Kind.RIGHTS_BREACH_SEEN, row, person_id, now)
    return _card(row, now), desk


def note(person_id: UUID, noted: Noted, book: BreachRules, today: date, now: datetime) -> UUID:
    """From now on the clock is seen to run. Raises NotVisible and CaseRefused."""
    require_desk(person_id, now)
    rules.check_noted(noted.lost, noted.aware_at, (noted.begins, noted.ends), now)
    what = check_words(noted.what, 10, "what")
    with transaction.atomic():
        row = numbered(
            Breach,
            now,
            state=State.OPEN,
            lost=list(noted.lost),
            what=what,
            began_at=noted.begins,
            ended_at=noted.ends,
            aware_at=noted.aware_at,
            hours=book.hours_on(today),
            noted_by=person_id.hex,
            noted_at=now,
        )
        lost, due = " ".join(noted.lost), to_micros(_due(row))
        _log(Kind.RIGHTS_BREACH_NOTED, row, person_id, now, kind=lost, due_us=due)
    return row.id


def assess(person_id: UUID, breach_id: UUID, made: Assessment, now: datetime) -> None:
    """How likely a risk is, what may follow and what was done. Raises NotVisible, CaseRefused."""
    require_officer(person_id, now)
    if made.risk not in set(Risk):
        raise CaseRefused("risk")
    with _changed(breach_id) as row:
        rules.check_move(row.state, State.ASSESSED)
        row.state, row.risk = State.ASSESSED, made.risk
        row.why = check_words(made.why, 15, "why")
        row.consequences = check_words(made.consequences, 0, "words")
        row.measures = check_words(made.measures, 0, "words")
        row.assessed_by, row.assessed_at = person_id.hex, now
        _log(Kind.RIGHTS_BREACH_ASSESSED, row, person_id, now, risk=row.risk)
        _quieten(row, now)


def notified(person_id: UUID, breach_id: UUID, said: Notification, now: datetime) -> None:
    """Said again, the authority was told more (Art. 33(4)). Raises as `assess`."""
    require_officer(person_id, now)
    with _changed(breach_id) as row:
        if row.state == State.CLOSED:
            raise CaseRefused("state")
        late, at = check_words(said.late_why, 0, "words"), said.at
        if said.number and not fit_reference(said.number):
            raise CaseRefused("reference")
        more = row.notified_at is not None
        if row.notified_at is not None:
            rules.check_notified(at, row.notified_at, now, "", now)
            row.supplemented_at = at
        else:
            rules.check_notified(at, row.aware_at, _due(row), late, now)
            row.notified_at, row.late_why = at, late if at > _due(row) else ""
        row.notified_number = said.number or row.notified_number
        _log(Kind.RIGHTS_BREACH_NOTIFIED, row, person_id, now, at_us=to_micros(at), first=not more)
        _quieten(row, now)


def told(person_id: UUID, breach_id: UUID, said: Telling, now: datetime) -> None:
    """Raises as `assess`."""
    require_officer(person_id, now)
    with _changed(breach_id) as row:
        if row.state == State.CLOSED:
            raise CaseRefused("state")
        rules.check_told(said.at, said.how, said.untold, (row.aware_at, now))
        row.told_at, row.told_how = said.at, said.how if said.at else ""
        row.untold = "" if said.at else said.untold
        _log(Kind.RIGHTS_BREACH_TOLD, row, person_id, now, how=row.told_how, ground=row.untold)


def close(person_id: UUID, breach_id: UUID, now: datetime) -> None:
    """It stays on record, notified or not, with its reasons (Art. 33(5)). Raises as `assess`."""
    require_officer(person_id, now)
    with _changed(breach_id) as row:
        if missing := rules.lacks(_judged(row)):
            raise CaseRefused(f"lacks_{missing[0]}")
        rules.check_move(row.state, State.CLOSED)
        row.state, row.closed_by, row.closed_at = State.CLOSED, person_id.hex, now
        _log(Kind.RIGHTS_BREACH_CLOSED, row, person_id, now, risk=row.risk)
        _quieten(row, now)


def reopen(person_id: UUID, breach_id: UUID, now: datetime) -> None:
    """More has become known: it is judged anew. Raises as `assess`."""
    require_officer(person_id, now)
    with _changed(breach_id) as row:
        rules.check_move(row.state, State.OPEN)
        row.state, row.risk, row.closed_by, row.closed_at = State.OPEN, "", "", None
        _log(Kind.RIGHTS_BREACH_REOPENED, row, person_id, now)


def open_card(person_id: UUID, breach_id: UUID, now: datetime) -> Card | None:
    """For letters; None where it is none, and NotVisible for whoever may not write them."""
    row = Breach.objects.filter(id=breach_id).first()
    if row is None:
        return None
    require_officer(person_id, now)
    return _card(row, now)


def watch(book: BreachRules, now: datetime) -> None:
    """For the worker: an alarm for each stage of the clock, once; what is overdue stands until the
    authority was told. Closed ones are forgotten after their own time."""
    late = set()
    for row in Breach.objects.exclude(state=State.CLOSED).order_by("aware_at", "id"):
        if not rules.waits(row.state, row.risk, notified=row.notified_at is not None):
            continue
        for stage in rules.stages(row.aware_at, row.hours, now):
            with transaction.atomic():
                _raise(row, stage, now)
            if stage is Stage.OVERDUE:
                late.add(row.id.hex)
    with transaction.atomic():
        for one in alarms.standing():
            if one.kind == OVERDUE and one.key not in late:
                alarms.clear(OVERDUE, one.key, now)
    _forget(book, now)


def _raise(row: Breach, stage: Stage, now: datetime) -> None:
    detail = f"number={number_of(BREACH, row.year, row.serial)} stage={stage}"
    if stage is Stage.OVERDUE:
        alarms.raise_alarm(OVERDUE, row.id.hex, detail, now)
    elif not alarms.known(WAITS, _key(row, stage), row.noted_at):
        alarms.raise_alarm(WAITS, _key(row, stage), detail, now, event=True)


def _key(row: Breach, stage: Stage) -> str:
    return f"{row.id.hex}:{stage}"


def _quieten(row: Breach, now: datetime) -> None:
    """What no longer waits has no alarm."""
    if not rules.waits(row.state, row.risk, notified=row.notified_at is not None):
        keys = [row.id.hex, *(_key(row, stage) for stage in Stage)]
        alarms.clear_all((WAITS, OVERDUE), keys, now)


def _forget(book: BreachRules, now: datetime) -> None:
    old = list(Breach.objects.filter(state=State.CLOSED, closed_at__lte=now - book.keep))
    for row in old:
        with transaction.atomic():
            letters.forget(number_of(BREACH, row.year, row.serial))
            _log(Kind.RIGHTS_BREACH_FORGOTTEN, row, None, now)
            row.delete()
    if old:
        scrub(("rights_breach", "rights_breachcall", "rights_letter"))


@contextmanager
def _changed(breach_id: UUID) -> Iterator[Breach]:
    """The row, locked, and saved when nothing was refused. Raises NotVisible."""
    with transaction.atomic(durable=True):
        row = Breach.objects.select_for_update().filter(id=breach_id).first()
        if row is None:
            raise NotVisible
        yield row
        row.save()


def _due(row: Breach) -> datetime:
    return rules.due_at(row.aware_at, row.hours)


def _judged(row: Breach) -> Judged:
    return Judged(row.risk, row.notified_at is not None, row.told_at is not None, row.untold)


def _card(row: Breach, now: datetime) -> Card:
    runs = rules.waits(row.state, row.risk, notified=row.notified_at is not None)
    return Card(
        id=row.id,
        number=number_of(BREACH, row.year, row.serial),
        row=row,
        due_at=_due(row),
        waits=runs,
        overdue=runs and now >= _due(row),
        calls=BreachCall.objects.filter(breach=row).count(),
        lacks=rules.lacks(_judged(row)),
    )


def _log(what: Kind, row: Breach, by: UUID | None, now: datetime, **facts: Fact) -> None:
    actor = by.hex if by else "system:rights"
    told = {"number": number_of(BREACH, row.year, row.serial), **facts}
    log.append(what, actor=actor, subject=row.id.hex, facts=told, now=now)
