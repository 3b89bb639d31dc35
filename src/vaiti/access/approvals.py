"""A second person's word before anybody hears a call for security (N-07). Never one's own.

Asked for within an incident that names the person and the call; answered by a data protection
officer or a security lead; a yes stands for a day. The one who asked sees every answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access.decide import Act, Relation
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.models import Approval, Mandate
from vaiti.access.standing import Standing, decide_on, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.register import calls

APPROVERS = holders(Besides.APPROVALS)
WAITS = timedelta(days=3)
LASTS = timedelta(hours=24)
MOST = 100  # requests told at once, the newest
ANSWERS = {"yes": Kind.ACCESS_APPROVAL_GIVEN, "back": Kind.ACCESS_APPROVAL_WITHDRAWN}


class State(StrEnum):
    WAITING = "waiting"
    GIVEN = "given"
    REFUSED = "refused"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class ApprovalCard:
    """One request. `until` is how long it waits or stands; `by` the name of who answered."""

    id: UUID
    person_id: UUID
    person: str = field(repr=False)
    incident: UUID
    reference: str
    call: UUID
    asked_at: datetime
    until: datetime
    state: State
    by: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Inbox:
    """`waiting` for this person's answer, the oldest first; `own` requests, the newest first."""

    waiting: tuple[ApprovalCard, ...]
    own: tuple[ApprovalCard, ...]
    answers: bool


def ask(person_id: UUID, mandate_id: UUID, call_id: UUID, now: datetime) -> UUID:
    """Raises NotVisible unless the incident names both and the person may see the call.

    Raises MandateError where there is nothing to ask for.
    """
    with transaction.atomic(durable=True):
        row = Mandate.objects.select_for_update().filter(id=mandate_id).first()
        person = standing(person_id, now)
        if row is None or not _is_named(person, row, call_id, now):
            raise NotVisible
        known = Approval.objects.filter(mandate=row, call_id=call_id, person_id=person_id)
        if known.filter(decided_at__isnull=True, ends_at__gt=now).exists():
            raise MandateError("You have asked already. Wait for the answer.")
        if known.filter(allowed=True, ends_at__gt=now).exists():
            raise MandateError("You have the approval already.")
        known.filter(decided_at__isnull=True).delete()  # what nobody answered in time
        asked = Approval.objects.create(
            mandate=row, call_id=call_id, person_id=person_id, asked_at=now, ends_at=now + WAITS
        )
        facts: Facts = {"reference": row.reference, "approval": asked.id.hex}
        actor, subject = person_id.hex, call_id.hex
        log.append(Kind.ACCESS_APPROVAL_ASKED, actor=actor, subject=subject, facts=facts, now=now)
    return asked.id


def _is_named(person: Standing, row: Mandate, call_id: UUID, now: datetime) -> bool:
    named = person.named.get(call_id, frozenset())
    return any(
        one.relation is Relation.INCIDENT and one.reference == row.reference for one in named
    ) and any(decide_on(person, leg, Act.SEE, now).allowed for leg in calls.legs(call_id))


def answer(approver_id: UUID, approval_id: UUID, *, allow: bool, now: datetime) -> None:
    """Raises NotVisible for whoever may not answer, and MandateError for one's own request.

    Both that and an answer that comes too late change nothing; the former is in the log.
    """
    with transaction.atomic(durable=True):
        row = _waiting(now).select_for_update(of=("self",)).filter(id=approval_id).first()
        if row is None or not standing(approver_id, now).roles & APPROVERS:
            raise NotVisible
        if row.person_id != approver_id:
            _decide(row, approver_id, allow, now)
            return
        _log_answer(row, approver_id, "oneself", now)
    raise MandateError("A second person answers, and never the one who asked.")


def withdraw(person_id: UUID, approval_id: UUID, now: datetime) -> None:
    """A second look takes back an approval that stands: whoever listens by it is cut off.

    Raises NotVisible for whoever may not answer, and MandateError when it has ended.
    """
    with transaction.atomic(durable=True):
        rows = Approval.objects.select_for_update(of=("self",)).select_related("mandate")
        row = rows.filter(id=approval_id).first()
        if row is None or not standing(person_id, now).roles & APPROVERS:
            raise NotVisible
        if row.allowed and row.ends_at > now:
            row.ends_at = now
            row.save(update_fields=["ends_at"])
            _log_answer(row, person_id, "back", now)
            return
    raise MandateError("This approval does not stand any more.")


def _decide(row: Approval, approver_id: UUID, allow: bool, now: datetime) -> None:
    row.allowed, row.decided_by_id, row.decided_at = allow, approver_id, now
    if allow:
        row.ends_at = min(now + LASTS, row.mandate.ends_at)
    row.save(update_fields=["allowed", "decided_by", "decided_at", "ends_at"])
    _log_answer(row, approver_id, "yes" if allow else "no", now)


def _log_answer(row: Approval, approver_id: UUID, decision: str, now: datetime) -> None:
    facts: Facts = {
        "reference": row.mandate.reference,
        "approval": row.id.hex,
        "person": row.person_id.hex,
        "answer": decision,
    }
    kind = ANSWERS.get(decision, Kind.ACCESS_APPROVAL_REFUSED)
    log.append(kind, actor=approver_id.hex, subject=row.call_id.hex, facts=facts, now=now)


def inbox(person_id: UUID, now: datetime) -> Inbox:
    """Who asked for what; the look is an entry. Raises NotVisible for a leaver."""
    with transaction.atomic():
        found = own_inbox(person_id, now)
        facts: Facts = {"waiting": len(found.waiting), "own": len(found.own)}
        log.append(Kind.ACCESS_REQUESTS_LISTED, actor=person_id.hex, facts=facts, now=now)
    return found


def own_inbox(person_id: UUID, now: datetime) -> Inbox:
    """The same for other verbs, which write their own entry."""
    person = standing(person_id, now)
    if not person.here:
        raise NotVisible
    answers = bool(person.roles & APPROVERS)
    waiting = _waiting(now).exclude(person_id=person_id) if answers else Approval.objects.none()
    own = Approval.objects.filter(person_id=person_id).select_related("mandate")
    return Inbox(
        waiting=_cards(waiting.order_by("asked_at", "id")[:MOST], now),
        own=_cards(own.order_by("-asked_at", "id")[:MOST], now),
        answers=answers,
    )


def waiting(now: datetime) -> list[tuple[UUID, UUID]]:
    """Each request that can still be answered, and who asked; for `waiting`."""
    return list(_waiting(now).order_by("asked_at", "id").values_list("id", "person_id")[:MOST])


def _waiting(now: datetime) -> QuerySet[Approval]:
    """Requests that can still be answered: the incident is open and the call is there."""
    rows = Approval.objects.filter(
        decided_at__isnull=True,
        ends_at__gt=now,
        mandate__closed_at__isnull=True,
        mandate__ends_at__gt=now,
        call__due_at__gt=now,
    )
    return rows.select_related("mandate")


def _cards(rows: Iterable[Approval], now: datetime) -> tuple[ApprovalCard, ...]:
    found = list(rows)
    people = {row.person_id for row in found}
    names = book.names(people | {row.decided_by_id for row in found if row.decided_by_id})
    return tuple(_card(row, names, now) for row in found)


def _card(row: Approval, names: dict[UUID, str], now: datetime) -> ApprovalCard:
    return ApprovalCard(
        id=row.id,
        person_id=row.person_id,
        person=names[row.person_id],
        incident=row.mandate_id,
        reference=row.mandate.reference,
        call=row.call_id,
        asked_at=row.asked_at,
        until=row.ends_at,
        state=_state(row, now),
        by=names[row.decided_by_id] if row.decided_by_id else "",
    )


def _state(row: Approval, now: datetime) -> State:
    if row.allowed is False:
        return State.REFUSED
    mandate = row.mandate
    ended = mandate.ends_at <= now or (mandate.closed_at is not None and mandate.closed_at <= now)
    if row.ends_at <= now or ended:
        return State.OVER
    return State.GIVEN if row.allowed else State.WAITING
