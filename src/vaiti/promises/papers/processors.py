"""The register of processors (GDPR Article 28), and drills of what happens when one is left."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.promises.models import ExitDrill, Processor

POINTS = ("a", "b", "c", "d", "e", "f", "g", "h")
"""What Article 28(3) wants of a contract."""
MAX_NAME, MAX_TEXT = 120, 200  # characters
ALARM = "processor_uses_another"
"""An event: somebody has to look at whether we object (Article 28(2))."""
_BETWEEN = re.compile(r"[,;\n]")


class ProcessorRefused(ValueError):
    """It cannot be filed so; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`points` are those of Article 28(3) that the contract has; `further` whom they use."""

    name: str
    country: str
    does: str
    contract: str
    contract_on: date
    points: Collection[str]
    further: str = ""


@dataclass(frozen=True, slots=True)
class Filed:
    """A processor as it stands; `lacking` are the points that its contract does not have."""

    id: UUID
    name: str
    country: str
    does: str
    contract: str
    contract_on: date
    lacking: tuple[str, ...]
    further: str
    at: datetime
    drilled_at: datetime | None
    looked_at: int
    readable: int


def file(draft: Draft, *, by: UUID, allowed: Collection[str], now: datetime) -> UUID:
    """Takes the place of what stood for that name. Raises ProcessorRefused.

    `allowed` are the countries that the notice in force names. Whom a processor did not use before
    is an alarm.
    """
    _check(draft, allowed, now)
    with transaction.atomic():
        added = _added(draft)
        row = Processor.objects.create(
            name=draft.name,
            country=draft.country,
            does=draft.does,
            contract=draft.contract,
            contract_on=draft.contract_on,
            points=[one for one in POINTS if one in draft.points],
            further=draft.further,
            person_id=by,
            at=now,
        )
        facts: Facts = {
            "name": draft.name,
            "country": draft.country,
            "contract": draft.contract,
            "count": len(row.points),
            **({"added": added} if added else {}),
        }
        if added:
            alarms.raise_alarm(ALARM, draft.name, added, now, event=True)
        kind, subject = Kind.PROMISES_PROCESSOR_FILED, row.id.hex
        log.append(kind, actor=by.hex, subject=subject, facts=facts, now=now)
    return row.id


def _added(draft: Draft) -> str:
    """Whom it uses itself and did not when it was filed before; nothing at its first filing."""
    before = Processor.objects.filter(name=draft.name).order_by("-at", "-id").first()
    if before is None or before.ended_at:
        return ""
    known = {one.casefold() for one in _named(before.further)}
    new = [one for one in _named(draft.further) if one.casefold() not in known]
    return ", ".join(new)[:MAX_TEXT]


def _named(text: str) -> list[str]:
    return [one.strip(" .") for one in _BETWEEN.split(text) if one.strip(" .")]


def _check(draft: Draft, allowed: Collection[str], now: datetime) -> None:
    texts = ((draft.name, MAX_NAME), (draft.does, MAX_TEXT), (draft.contract, MAX_TEXT))
    for text, most in texts:
        if not text.strip() or len(text) > most or not text.isprintable():
            raise ProcessorRefused("Write name, task and contract, each in one line.")
    if draft.country not in allowed:
        raise ProcessorRefused("The notice in force names no such country: data may not go there.")
    if draft.contract_on > now.date():
        raise ProcessorRefused("The contract is of a day to come: nothing is handed over before.")
    if len(draft.further) > 10 * MAX_TEXT:
        raise ProcessorRefused("Name the further processors in at most 2,000 characters.")


def end(name: str, *, by: UUID, now: datetime) -> None:
    """Nothing more is handed to them. Raises ProcessorRefused where nobody of the name stands."""
    with transaction.atomic():
        rows = Processor.objects.filter(name=name, ended_at__isnull=True)
        if not rows.update(ended_at=now):
            raise ProcessorRefused("No processor of this name stands.")
        facts: Facts = {"name": name}
        log.append(Kind.PROMISES_PROCESSOR_ENDED, actor=by.hex, facts=facts, now=now)


def standing() -> list[Filed]:
    """By name, the newest of each."""
    newest = {row.name: row for row in Processor.objects.order_by("at", "id")}
    drills = {row.processor: row for row in ExitDrill.objects.order_by("at", "id")}
    return [
        _filed(row, drills.get(name)) for name, row in sorted(newest.items()) if not row.ended_at
    ]


def _filed(row: Processor, drill: ExitDrill | None) -> Filed:
    return Filed(
        id=row.id,
        name=row.name,
        country=row.country,
        does=row.does,
        contract=row.contract,
        contract_on=row.contract_on,
        lacking=tuple(one for one in POINTS if one not in row.points),
        further=row.further,
        at=row.at,
        drilled_at=drill.at if drill else None,
        looked_at=drill.looked_at if drill else 0,
        readable=drill.wrong if drill else 0,
    )


def note_drill(
    processor: str, place: str, *, looked_at: int, wrong: int, by: UUID | None, now: datetime
) -> None:
    """Puts on record what somebody saw who read all that a processor has, without our keys."""
    with transaction.atomic():
        row = ExitDrill.objects.create(
            processor=processor,
            place=place,
            looked_at=looked_at,
            wrong=wrong,
            person_id=by,
            at=now,
        )
        facts: Facts = {
            "name": processor,
            "place": place,
            "checked": looked_at,
            "strange": wrong,
        }
        actor = by.hex if by else "system:command-line"
        kind, subject = Kind.PROMISES_EXIT_DRILLED, row.id.hex
        log.append(kind, actor=actor, subject=subject, facts=facts, now=now)
