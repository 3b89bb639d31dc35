"""Asking a second person before hearing another's call, where the settings want that.

Asked for one call, purpose and reference; answered by who leads the one who asks, or by a data
protection officer; never by oneself. A yes stands for the time that the settings give, and gives
nothing that the person had no right to: `decide` only stops asking for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access.activity_rules import fit_text
from vaiti.access.decide import Act, Decision, Need
from vaiti.access.errors import MandateError, NotVisible, Refused
from vaiti.access.limits import limits
from vaiti.access.models import Permit
from vaiti.access.permit_rules import MAX_REASON, MOVES, State, Word, may_answer, state_at
from vaiti.access.standing import Reason, decide_on, no_to, standing
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.register import calls

MOST = 100  # requests told at once, the newest
KINDS = {
    Word.YES: Kind.ACCESS_PERMIT_GIVEN,
    Word.NO: Kind.ACCESS_PERMIT_REFUSED,
    Word.BACK: Kind.ACCESS_PERMIT_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class PermitCard:
    """One request. `until` is how long it waits or stands; `by` the name of who answered."""

    id: UUID
    person: str = field(repr=False)
    call: UUID
    purpose: str
    reference: str = field(repr=False)
    asked_at: datetime
    until: datetime
    state: State
    by: str = field(repr=False)
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PermitInbox:
    """`waiting` for this person's answer, the oldest first; `given` by those who may answer, and
    standing; `own` requests, the newest first."""

    waiting: tuple[PermitCard, ...]
    given: tuple[PermitCard, ...]
    own: tuple[PermitCard, ...]


def ask(person_id: UUID, leg_id: int, purpose: str, reference: str, now: datetime) -> UUID:
    """Raises NotVisible, Unprepared, and Refused where more than the yes is missing.

    Raises MandateError where there is nothing to ask for, or nobody to ask.
    """
    with transaction.atomic(durable=True):
        leg, person = calls.leg(leg_id), standing(person_id, now)
        if leg is None:
            raise no_to(person)
        decision = decide_on(person, leg, Act.HEAR, now, Reason(purpose, reference))
        if not decision.rule:
            raise no_to(person)
        call = leg.call.id
        _check_open(decision, person_id, call, (purpose, reference), now)
        if not _approvers(person_id, now):
            raise MandateError("Nobody is here who may answer. Tell an administrator.")
        lasts = now + limits().permits.waits
        what = {"purpose": purpose, "reference": reference}
        row = Permit.objects.create(
            call_id=call, person_id=person_id, asked_at=now, ends_at=lasts, **what
        )
        facts: Facts = {"permit": row.id.hex, **what}
        actor, kind = person_id.hex, Kind.ACCESS_PERMIT_ASKED
        log.append(kind, actor=actor, subject=call.hex, facts=facts, now=now)
    return row.id


def _check_open(
    decision: Decision, person_id: UUID, call: UUID, what: tuple[str, str], now: datetime
) -> None:
    """That nothing but the yes is missing, and that it is not being asked for already."""
    if decision.allowed:
        raise MandateError("You need no approval for this. Press Listen.")
    if decision.needs != (Need.APPROVAL,):
        raise Refused(decision.rule, decision.needs)
    known = Permit.objects.select_for_update().filter(
        call_id=call, person_id=person_id, purpose=what[0], reference=what[1]
    )
    if known.filter(state=State.WAITING, ends_at__gt=now).exists():
        raise MandateError("You have asked already. Wait for the answer.")
    known.filter(state=State.WAITING).delete()  # what nobody answered in time


def waiting(now: datetime) -> list[tuple[UUID, list[UUID]]]:
    """Each request that can still be answered, and who may answer it; for `waiting`."""
    live = Permit.objects.filter(state=State.WAITING, ends_at__gt=now, call__due_at__gt=now)
    rows = live.order_by("asked_at", "id").values_list("id", "person_id")[:MOST]
    return [(row, _approvers(asker, now)) for row, asker in rows]


def _approvers(asker: UUID, now: datetime) -> list[UUID]:
    return [one.id for one in book.persons(now) if _answers(one.id, one.roles, asker, now)]


def _answers(person_id: UUID, roles: frozenset[str], asker: UUID, now: datetime) -> bool:
    """A stand-in of the one who leads is among those who lead."""
    return may_answer(
        limits().permits,
        roles,
        oneself=person_id == asker,
        leads=asker in book.subordinates(person_id, now),
        led=bool(book.leaders(asker, now)),
    )


def answer(approver_id: UUID, permit_id: UUID, word: str, reason: str, now: datetime) -> None:
    """`word` is yes, no, or back, for a yes taken back: whoever listens by it is cut off.

    Raises NotVisible for whoever may not answer, and MandateError with what to change.
    """
    with transaction.atomic(durable=True):
        rows = Permit.objects.select_for_update(of=("self",)).select_related("call")
        row = rows.filter(id=permit_id, call__due_at__gt=now).first()
        roles = standing(approver_id, now).roles
        if row is None or not _answers(approver_id, roles, row.person_id, now):
            raise NotVisible
        said, state = Word(word), state_at(State(row.state), row.ends_at, now)
        if (state, said) not in MOVES or said is Word.TIME:
            raise MandateError("This request cannot be answered so any more. Look at it again.")
        if (said is Word.NO or reason) and not fit_text(reason, MAX_REASON):
            raise MandateError("Say why in 1 to 200 characters, without a number.")
        _move(row, said, reason, approver_id, now)


def _move(row: Permit, said: Word, reason: str, approver_id: UUID, now: datetime) -> None:
    row.state = MOVES[State(row.state), said].value
    row.answered_by_id, row.answered_at, row.reason = approver_id, now, reason or row.reason
    row.ends_at = min(now + limits().permits.lasts, row.call.due_at) if said is Word.YES else now
    row.save(update_fields=["state", "answered_by", "answered_at", "reason", "ends_at"])
    facts: Facts = {
        "permit": row.id.hex,
        "person": row.person_id.hex,
        "purpose": row.purpose,
        "reference": row.reference,
        "answer": said.value,
    }
    actor, subject = approver_id.hex, row.call_id.hex
    log.append(KINDS[said], actor=actor, subject=subject, facts=facts, now=now)


def inbox(person_id: UUID, now: datetime) -> PermitInbox:
    """Who asked for what; the look is an entry. Raises NotVisible for a leaver."""
    with transaction.atomic():
        person = standing(person_id, now)
        if not person.here:
            raise NotVisible
        live = Permit.objects.filter(ends_at__gt=now, call__due_at__gt=now)
        rows = _open(live)
        asked_by = {one.person_id for one in rows}
        fit = {one for one in asked_by if _answers(person_id, person.roles, one, now)}
        mine = [one for one in rows if one.person_id in fit]
        found = PermitInbox(
            waiting=_cards((one for one in mine if one.state == State.WAITING), now),
            given=_cards((one for one in mine if one.state == State.GIVEN), now),
            own=of_person(person_id, None, now),
        )
        facts: Facts = {"waiting": len(found.waiting), "own": len(found.own)}
        log.append(Kind.ACCESS_REQUESTS_LISTED, actor=person_id.hex, facts=facts, now=now)
    return found


def _open(live: QuerySet[Permit]) -> list[Permit]:
    rows = live.filter(state__in=(State.WAITING, State.GIVEN)).order_by("asked_at", "id")
    return list(rows[: MOST * 10])


def of_person(person_id: UUID, call_id: UUID | None, now: datetime) -> tuple[PermitCard, ...]:
    """The person's own requests, of one call or of all, the newest first."""
    rows = Permit.objects.filter(person_id=person_id, call__due_at__gt=now)
    if call_id is not None:
        rows = rows.filter(call_id=call_id)
    return _cards(rows.order_by("-asked_at", "id")[:MOST], now)


def _cards(rows: Iterable[Permit], now: datetime) -> tuple[PermitCard, ...]:
    found = list(rows)
    people = {row.person_id for row in found}
    names = book.names(people | {row.answered_by_id for row in found if row.answered_by_id})
    return tuple(
        PermitCard(
            id=row.id,
            person=names[row.person_id],
            call=row.call_id,
            purpose=row.purpose,
            reference=row.reference,
            asked_at=row.asked_at,
            until=row.ends_at,
            state=state_at(State(row.state), row.ends_at, now),
            by=names[row.answered_by_id] if row.answered_by_id else "",
            reason=row.reason,
        )
        for row in found
    )
