"""Times for listening at the office: several are offered, the person takes one or none (N-43).

A time that was declined closes nothing: others are offered. Once one is taken the others are free.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights import typed
from vaiti.rights.asking import Right, State
from vaiti.rights.case_models import Case, Decision
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, note, open_case
from vaiti.rights.intake import number_of
from vaiti.rights.messages import ACTOR
from vaiti.rights.person_models import Slot
from vaiti.rights.policy import CaseRules

OFFERED, ACCEPTED, DECLINED, WITHDRAWN = "offered", "accepted", "declined", "withdrawn"
LEAST, MOST = 2, 6  # times that stand offered at once
LENGTHS = (30, 60, 90)  # minutes
AHEAD = timedelta(days=92)
MOST_NEEDS = 300
MOST_VISITS = 50


@dataclass(frozen=True, slots=True)
class Offer:
    place: str
    begins_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class SlotCard:
    """`open`: it may be answered at this instant."""

    id: UUID
    place: str
    begins_at: datetime
    minutes: int
    state: str
    open: bool
    needs: str = field(repr=False)


def offer(
    person_id: UUID, case_id: UUID, offers: Sequence[Offer], rules: CaseRules, now: datetime
) -> None:
    """With what stands already they are at least two. Raises as handling does."""
    _check(offers, rules, now)
    with open_case(person_id, case_id, now) as row:
        require_granted(row)
        standing = Slot.objects.filter(case=row, state=OFFERED, begins_at__gt=now)
        taken = set(standing.values_list("begins_at", flat=True))
        if not LEAST <= len(taken | {one.begins_at for one in offers}) <= MOST:
            raise CaseRefused("few_slots")
        by = {"state": OFFERED, "offered_by": person_id.hex, "offered_at": now}
        new = [
            Slot(case=row, place=one.place, begins_at=one.begins_at, minutes=one.minutes, **by)
            for one in offers
            if one.begins_at not in taken
        ]
        if any(_full(one) for one in new):
            raise CaseRefused("slot_full")
        Slot.objects.bulk_create(new)
        note(Kind.RIGHTS_SLOTS_OFFERED, row, person_id, now, slots=len(new))


def _check(offers: Sequence[Offer], rules: CaseRules, now: datetime) -> None:
    if not offers or len({one.begins_at for one in offers}) != len(offers):
        raise CaseRefused("few_slots")
    for one in offers:
        if not now < one.begins_at <= now + AHEAD:
            raise CaseRefused("slot_when")
        if one.minutes not in LENGTHS or rules.premises_of(one.place) is None:
            raise CaseRefused("slot_where")


def require_granted(row: Case) -> None:
    """Listening was asked and granted, at least in part. Raises CaseRefused."""
    granted = Decision.objects.filter(case=row, right=Right.LISTENING).exclude(outcome="refused")
    if row.state != State.DECIDED or not granted.exists():
        raise CaseRefused("not_granted")


def answer(
    case_id: UUID, slot_id: UUID, *, accept: bool, needs: str, by: UUID | None, now: datetime
) -> None:
    """The person's own answer, or what a handler was told by telephone. One that was taken may be
    declined later; it closes nothing. Raises CaseRefused."""
    needs = typed.without_numbers(needs.strip())
    if len(needs) > MOST_NEEDS:
        raise CaseRefused("needs")
    if by is not None:
        with open_case(by, case_id, now) as row:
            _answer(row, slot_id, needs if accept else None, by.hex, now)
        return
    with transaction.atomic():
        _answer(locked(case_id), slot_id, needs if accept else None, ACTOR, now)


def _answer(row: Case, slot_id: UUID, needs: str | None, by: str, now: datetime) -> None:
    """Taken with what is needed to come; or declined, without `needs`."""
    accept = needs is not None
    may = (OFFERED,) if accept else (OFFERED, ACCEPTED)
    slot = Slot.objects.filter(id=slot_id, case=row, state__in=may, begins_at__gt=now).first()
    if slot is None or (accept and _full(slot)):
        raise CaseRefused("slot_gone")
    slot.state, slot.needs = ACCEPTED if accept else DECLINED, needs or ""
    slot.answered_by, slot.answered_at = by, now
    slot.save(update_fields=["state", "needs", "answered_by", "answered_at"])
    if accept:
        others = Slot.objects.filter(case=row, state__in=(OFFERED, ACCEPTED)).exclude(id=slot.id)
        others.update(state=WITHDRAWN, needs="")
    facts: Facts = {"answer": slot.state, "place": slot.place, "needs": bool(needs)}
    log.append(Kind.RIGHTS_SLOT_ANSWERED, actor=by, subject=row.id.hex, facts=facts, now=now)


def _full(mine: Slot) -> bool:
    """Whether somebody else comes to the same place at that time.

    All times of the place are locked, so that of two who answer at once one comes too late.
    """
    near = timedelta(minutes=max(LENGTHS))
    around = (mine.begins_at - near, mine.begins_at + near)
    rows = Slot.objects.select_for_update().filter(place=mine.place, begins_at__range=around)
    return any(
        one.state == ACCEPTED and one.case_id != mine.case_id and _overlap(one, mine)
        for one in rows.order_by("id")
    )


def _overlap(one: Slot, other: Slot) -> bool:
    first, second = sorted((one, other), key=lambda slot: slot.begins_at)
    return second.begins_at < first.begins_at + timedelta(minutes=first.minutes)


def of_case(case_id: UUID, now: datetime) -> list[SlotCard]:
    """All but what was withdrawn, the earliest first."""
    rows = Slot.objects.filter(case_id=case_id).exclude(state=WITHDRAWN).order_by("begins_at", "id")
    return [card_of(one, now) for one in rows]


def taken(case_id: UUID, now: datetime) -> SlotCard | None:
    """The time that the person has taken, until a day after it."""
    found = (one for one in of_case(case_id, now) if one.state == ACCEPTED)
    return next((one for one in found if one.begins_at > now - timedelta(days=1)), None)


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody comes to listen. `case` and `number` are their request's."""

    case: UUID
    number: str
    slot: SlotCard


def visits(now: datetime) -> list[Visit]:
    """Of whom somebody must be ready for: today's first, at most MOST_VISITS."""
    rows = Slot.objects.filter(state=ACCEPTED, begins_at__gt=now - timedelta(hours=12))
    some = rows.exclude(case__state=State.CLOSED).select_related("case")
    return [
        Visit(one.case.id, number_of(one.case.year, one.case.serial), card_of(one, now))
        for one in some.order_by("begins_at", "id")[:MOST_VISITS]
    ]


def card_of(one: Slot, now: datetime) -> SlotCard:
    free = one.state == OFFERED and one.begins_at > now
    return SlotCard(one.id, one.place, one.begins_at, one.minutes, one.state, free, one.needs)


def forget_needs(case_id: UUID) -> None:
    """What somebody needed to come and hear is nobody's business once they have been there."""
    Slot.objects.filter(case_id=case_id).update(needs="")
