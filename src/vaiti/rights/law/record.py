"""What a disclosure and a complaint have alike: a numbered row with calls that are held for it,
looked at and changed by few, each act an entry of the log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.access.errors import NotVisible
from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.register import calls, holds
from vaiti.rights.handlers import Desk, require_desk
from vaiti.rights.law.models import Complaint, ComplaintCall, Disclosure, DisclosureCall
from vaiti.rights.numbering import COMPLAINT, DISCLOSURE, number_of

Row = Disclosure | Complaint
Of = TypeVar("Of", Disclosure, Complaint)
_LETTERS: Final = {Disclosure: DISCLOSURE, Complaint: COMPLAINT}


@dataclass(frozen=True, slots=True)
class Named:
    """A call as the record's page tells of it. `began` and `line` are empty once it is gone;
    `hold` is None where nothing could be held any more, and `stands` while the hold does."""

    call: UUID
    began: datetime | None
    line: str
    seconds: int
    hold: UUID | None
    stands: bool = False
    owner: UUID | None = None
    review_at: datetime | None = None
    ends_at: datetime | None = None


def require_worker(person_id: UUID, now: datetime) -> Desk:
    """A trained handler, or the officer. Raises NotVisible."""
    desk = require_desk(person_id, now)
    if not desk.handles and not desk.officer:
        raise NotVisible
    return desk


def found(model: type[Of], row_id: UUID) -> Of:
    """Raises NotVisible."""
    row = model._default_manager.filter(id=row_id).first()
    if row is None:
        raise NotVisible
    return row


@contextmanager
def changed(model: type[Of], row_id: UUID) -> Iterator[Of]:
    """The row, locked, and saved when nothing was refused. Raises NotVisible."""
    with transaction.atomic():
        row = model._default_manager.select_for_update().filter(id=row_id).first()
        if row is None:
            raise NotVisible
        yield row
        row.save()


def looked(row: Row, person_id: UUID, now: datetime) -> None:
    """The look is an entry."""
    complaint = isinstance(row, Complaint)
    kind = Kind.RIGHTS_COMPLAINT_SEEN if complaint else Kind.RIGHTS_DISCLOSURE_SEEN
    with transaction.atomic(durable=True):
        noted(kind, row, person_id, now)


def number(row: Row) -> str:
    return number_of(_LETTERS[type(row)], row.year, row.serial)


def noted(kind: Kind, row: Row, by: UUID, now: datetime, /, **facts: Fact) -> None:
    told = {"number": number(row), **facts}
    log.append(kind, actor=by.hex, subject=row.id.hex, facts=told, now=now)


def rows(row: Row) -> "QuerySet[DisclosureCall] | QuerySet[ComplaintCall]":
    """Its calls, in the order in which they were named."""
    if isinstance(row, Complaint):
        return ComplaintCall.objects.filter(complaint=row).order_by("named_at", "id")
    return DisclosureCall.objects.filter(disclosure=row).order_by("named_at", "id")


def calls_of(row: Row) -> tuple[UUID, ...]:
    return tuple(rows(row).values_list("call", flat=True))


def holds_of(row: Row) -> list[UUID]:
    return [one for one in rows(row).values_list("hold", flat=True) if one is not None]


def add(row: Row, call: UUID, hold: UUID | None, by: UUID, now: datetime) -> None:
    named = {"call": call, "hold": hold, "named_by": by.hex, "named_at": now}
    if isinstance(row, Complaint):
        ComplaintCall.objects.create(complaint=row, **named)
    else:
        DisclosureCall.objects.create(disclosure=row, **named)


def named(row: Row, now: datetime) -> tuple[Named, ...]:
    """Its calls with what is still known of them: for whoever was let see the record."""
    pairs = list(rows(row).values_list("call", "hold"))
    legs: dict[UUID, list[calls.LegCard]] = {}
    for leg in calls.legs_of([call for call, _hold in pairs], now, held=True):
        legs.setdefault(leg.call.id, []).append(leg)
    return tuple(_named(call, hold, legs.get(call, []), now) for call, hold in pairs)


def _named(call: UUID, hold: UUID | None, legs: list[calls.LegCard], now: datetime) -> Named:
    card = holds.card(hold, now) if hold is not None else None
    began = min((one.started_at for one in legs), default=None)
    ended = max((one.ended_at for one in legs), default=None)
    return Named(
        call=call,
        began=began,
        line=legs[0].call.line_label if legs else "",
        seconds=int((ended - began).total_seconds()) if began and ended else 0,
        hold=hold,
        stands=card is not None and card.stands,
        owner=card.owner_id if card else None,
        review_at=card.review_at if card else None,
        ends_at=card.ends_at if card else None,
    )
