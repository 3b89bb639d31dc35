"""Show me the case to this listening: a random sample whose reference its listener shows.

Drawn by chance among listenings to others' calls, so many a week; answered within five working
days; looked at by the officer. A row dies with the call.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from vaiti.access.activity_rules import fit_text
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.models import Listening, SpotCheck
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book

ALARM = "access:spot_check_overdue"
ACTOR = "system:access"
WEEK = timedelta(days=7)
WORKING_DAYS = 5
MAX_SHOWN = 200
ANSWERERS = holders(Besides.ALERTS)


@dataclass(frozen=True, slots=True)
class CheckCard:
    """A listening whose case is to be shown. `shown` says where; `decision` what came of it."""

    id: UUID
    person_id: UUID
    person: str = field(repr=False)
    call: UUID
    opened_at: datetime
    purpose: str
    reference: str
    due_at: datetime
    shown: str = field(repr=False)
    decision: str


def working_days_after(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same hour, so many days from Monday to Friday later. Pure."""
    local = at.astimezone(zone)
    while days:
        local += timedelta(days=1)
        days -= local.weekday() < 5
    return local.astimezone(at.tzinfo)


def draw(number: int, zone: ZoneInfo, rng: Random, now: datetime) -> int:
    """Once a week, among the listenings of that week to others' calls. Says how many were drawn."""
    lately = Listening.objects.filter(opened_at__gt=now - WEEK, opened_at__lte=now)
    if not number or SpotCheck.objects.filter(asked_at__gt=now - WEEK).exists():
        return 0
    ids = list(lately.exclude(rule="own_leg").order_by("id").values_list("id", flat=True))
    due = working_days_after(now, WORKING_DAYS, zone)
    with transaction.atomic():
        for one in rng.sample(ids, min(number, len(ids))):
            made = SpotCheck.objects.create(listening_id=one, asked_at=now, due_at=due)
            row = SpotCheck.objects.select_related("listening").get(id=made.id)
            _log(Kind.ACCESS_SPOT_CHECK_ASKED, row, ACTOR, now)
    return min(number, len(ids))


def late(now: datetime) -> dict[str, str]:
    """What was not shown in time: the id in hex, and what to say of it."""
    rows = _waiting().filter(_readable(now), due_at__lte=now).values_list("id", flat=True)
    return {one.hex: "the case of a listening was not shown" for one in rows}


def mine(person_id: UUID, now: datetime) -> tuple[CheckCard, ...]:
    """What the person is to show, the most urgent first. Raises NotVisible for a leaver."""
    if not standing(person_id, now).here:
        raise NotVisible
    return _cards(_waiting().filter(listening__person_id=person_id).order_by("due_at", "id"))


def show(person_id: UUID, check_id: UUID, where: str, now: datetime) -> None:
    """The listener says where the case is found. Raises NotVisible, and MandateError."""
    if not any(one.id == check_id for one in mine(person_id, now)):
        raise NotVisible
    if not fit_text(where, MAX_SHOWN):
        raise MandateError("Say in 1 to 200 characters where it is found, without a number.")
    with transaction.atomic():
        row = _row(check_id)
        row.shown, row.shown_at = where, now
        row.save(update_fields=["shown", "shown_at"])
        _log(Kind.ACCESS_SPOT_CHECK_SHOWN, row, person_id.hex, now)


def to_look_at(person_id: UUID, now: datetime) -> tuple[CheckCard, ...]:
    """What the officer has not decided on, the oldest first; never their own. NotVisible."""
    if not standing(person_id, now).roles & ANSWERERS:
        raise NotVisible
    rows = SpotCheck.objects.filter(decision="").exclude(listening__person_id=person_id)
    return _cards(rows.filter(_readable(now)).order_by("asked_at", "id"))


def decide(person_id: UUID, check_id: UUID, decision: str, now: datetime) -> None:
    """Seen, or followed up. Raises NotVisible, and MandateError."""
    if not any(one.id == check_id for one in to_look_at(person_id, now)):
        raise NotVisible
    if decision not in ("seen", "follow_up"):
        raise MandateError("Say whether it is explained or followed up.")
    with transaction.atomic():
        row = _row(check_id)
        row.decision, row.decided_by_id, row.decided_at = decision, person_id, now
        row.save(update_fields=["decision", "decided_by", "decided_at"])
        _log(Kind.ACCESS_SPOT_CHECK_DECIDED, row, person_id.hex, now)


def _waiting() -> QuerySet[SpotCheck]:
    return SpotCheck.objects.filter(shown="", decision="")


def _readable(now: datetime) -> Q:
    return Q(listening__leg__call__due_at__gt=now)


def _row(check_id: UUID) -> SpotCheck:
    return SpotCheck.objects.select_related("listening").get(id=check_id)


def _cards(rows: QuerySet[SpotCheck]) -> tuple[CheckCard, ...]:
    found = list(rows.select_related("listening__leg"))
    names = book.names(row.listening.person_id for row in found)
    return tuple(
        CheckCard(
            row.id,
            row.listening.person_id,
            names.get(row.listening.person_id, "–"),
            row.listening.leg.call_id,
            row.listening.opened_at,
            row.listening.purpose,
            row.listening.reference,
            row.due_at,
            row.shown,
            row.decision,
        )
        for row in found
    )


def _log(kind: Kind, row: SpotCheck, actor: str, now: datetime) -> None:
    facts: Facts = {
        "check": row.id.hex,
        "person": row.listening.person_id.hex,
        "decision": row.decision,
    }
    log.append(kind, actor=actor, subject=row.id.hex, facts=facts, now=now)
