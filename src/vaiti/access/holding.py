"""Who may hold calls, and what of holds they may look at. The refusals are entries too.

A hold may be placed on calls that the person sees now, and on no others: it gives nobody a call
that they could not have. A claim of the controller's own is the officer's to place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.decide import Act
from vaiti.access.errors import NotVisible
from vaiti.access.references import fit_reference
from vaiti.access.standing import Standing, decide_on, no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.register import calls, holds
from vaiti.register.hold_rules import Draft, HoldKind, HoldRefused, Keeping, Placing
from vaiti.register.holds import Held, HoldCard

HOLDERS = holders(Besides.HOLDS)
OFFICER = "dpo"


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold with its calls, for somebody who looks after it."""

    card: HoldCard
    calls: tuple[Held, ...]


def may_hold(person_id: UUID, now: datetime) -> bool:
    return bool(standing(person_id, now).roles & HOLDERS)


def require_holder(person_id: UUID, now: datetime) -> None:
    """Raises NotVisible."""
    if not may_hold(person_id, now):
        raise NotVisible


def may_place(person_id: UUID, draft: Draft, wanted: Sequence[UUID], now: datetime) -> Placing:
    """Raises NotVisible, Unprepared, and HoldRefused with what to change."""
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        unseen = [call for call in wanted if not sees(person, call, now)]
        if person.roles & HOLDERS and not unseen:
            _check(person, draft, now)
            return Placing(person_id.hex, draft, tuple(wanted))
        facts: Facts = {"door": "hold", "exists": False, "needs": " ".join(person.lacks)}
        subject = unseen[0].hex if unseen else ""
        kind = Kind.ACCESS_CALL_REFUSED
        log.append(kind, actor=person_id.hex, subject=subject, facts=facts, now=now)
    if person.roles & HOLDERS and not person.lacks:
        raise HoldRefused("gone")
    raise no_to(person)


def require_owner(person_id: UUID, hold_id: UUID, now: datetime) -> HoldCard:
    """The hold, for its owner and the officer. Raises NotVisible."""
    roles = standing(person_id, now).roles
    card = holds.card(hold_id, now)
    if card is None or not roles & HOLDERS or (OFFICER not in roles and card.owner_id != person_id):
        raise NotVisible
    return card


def may_keep(person_id: UUID, hold_id: UUID, now: datetime, *, longer: bool) -> Keeping:
    """A claim is renewed by the officer, as it was placed. Raises NotVisible, HoldRefused."""
    card = require_owner(person_id, hold_id, now)
    if longer:
        _check_kind(standing(person_id, now), card.kind)
    return Keeping(person_id.hex, hold_id, card.kind)


def list_holds(person_id: UUID, now: datetime) -> list[HoldCard]:
    """The officer's are all, anybody else's those that they own. The look is an entry."""
    with transaction.atomic(durable=True):
        require_holder(person_id, now)
        every = OFFICER in standing(person_id, now).roles
        found = holds.cards(now, owner=None if every else person_id)
        _log_look(person_id, "", len(found), now)
    return found


def see_hold(person_id: UUID, hold_id: UUID, now: datetime) -> HoldView:
    """Raises NotVisible."""
    with transaction.atomic(durable=True):
        card = require_owner(person_id, hold_id, now)
        found = tuple(holds.held(hold_id))
        _log_look(person_id, hold_id.hex, len(found), now)
    return HoldView(card, found)


def owners(now: datetime) -> list[tuple[UUID, str]]:
    """Those who may own a hold, by name."""
    return [(one.id, one.name) for one in book.persons(now) if one.roles & HOLDERS]


def sees(person: Standing, call_id: UUID, now: datetime) -> bool:
    """Whether the person sees the call's row, or any part of it."""
    return any(decide_on(person, leg, Act.SEE, now).allowed for leg in calls.legs(call_id))


def _check(person: Standing, draft: Draft, now: datetime) -> None:
    if not fit_reference(draft.reference):
        raise HoldRefused("reference")
    _check_kind(person, draft.kind)
    if draft.owner not in dict(owners(now)):
        raise HoldRefused("owner")


def _check_kind(person: Standing, kind: str) -> None:
    if kind == HoldKind.CLAIM and OFFICER not in person.roles:
        raise HoldRefused("officer")


def _log_look(person_id: UUID, subject: str, rows: int, now: datetime) -> None:
    facts: Facts = {"kind": "hold", "rows": rows}
    kind = Kind.ACCESS_MANDATES_LISTED
    log.append(kind, actor=person_id.hex, subject=subject, facts=facts, now=now)
