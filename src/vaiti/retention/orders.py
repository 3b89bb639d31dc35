"""Orders to destroy listed calls before their day: planned, approved or refused by named persons.

Who may is for access to say (access.destroying), and for the rights room in its own cases. What is
approved is carried out by the destruction that expiry uses (retention.fulfilling).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from vaiti.audit import certificate, log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.register import holds
from vaiti.register.gaps import What
from vaiti.register.models import SEEN, Call, Gap, State
from vaiti.retention.models import Order, OrderCall
from vaiti.retention.order_rules import (
    Asked,
    AskedKind,
    OrderRefused,
    OrderState,
    check_approver,
    check_move,
    check_order,
    check_why,
)

MOVED = {
    OrderState.PLANNED: Kind.RETENTION_ORDER_PLANNED,
    OrderState.APPROVED: Kind.RETENTION_ORDER_APPROVED,
    OrderState.EXECUTING: Kind.RETENTION_ORDER_EXECUTING,
    OrderState.DONE: Kind.RETENTION_ORDER_DONE,
    OrderState.REFUSED: Kind.RETENTION_ORDER_REFUSED,
}


def plan(calls: Sequence[UUID], reason: str, asked: Asked, *, by: str, now: datetime) -> UUID:
    """Lists what is to be destroyed; nothing happens to it yet. Raises OrderRefused."""
    check_order(reason, asked, calls)
    _check_asked(asked)
    wanted = sorted(set(calls))
    with transaction.atomic():
        rows = _kept(wanted, now)
        order = Order.objects.create(
            state=OrderState.PLANNED,
            reason=reason,
            asked_kind=asked.kind,
            asked_ref=asked.reference,
            planned_by=by,
            planned_at=now,
        )
        _list(order, rows)
        tell(order, by, now, calls=len(wanted), list=list_key(wanted))
    return order.id


def approve(order_id: UUID, *, by: str, now: datetime) -> None:
    """From here on nobody hears the calls, and they will be destroyed: it cannot be undone.

    Raises OrderRefused: `held` while a hold stands on one of the calls, with its reference.
    """
    with transaction.atomic():
        order = taken(order_id, OrderState.APPROVED)
        check_approver(order.reason, order.planned_by, by)
        calls = calls_of(order)
        kept = Call.objects.select_for_update().filter(id__in=calls, state__in=SEEN)
        ids = [row.id for row in kept]
        _require_unheld(ids, now)
        Call.objects.filter(id__in=ids).update(state=State.DESTROYING)
        order.decided_by, order.decided_at = by, now
        move(order, OrderState.APPROVED, by, now, calls=len(calls))


def refuse(order_id: UUID, why: str, *, by: str, now: datetime) -> None:
    """It is not carried out; its calls have their day. Raises OrderRefused."""
    told = check_why(why)
    with transaction.atomic():
        order = taken(order_id, OrderState.REFUSED)
        order.decided_by, order.decided_at, order.why = by, now, told
        OrderCall.objects.filter(order=order).update(open=False)
        move(order, OrderState.REFUSED, by, now)


def calls_of(order: Order) -> list[UUID]:
    rows = OrderCall.objects.filter(order=order).order_by("call")
    return list(rows.values_list("call", flat=True))


def list_key(calls: Iterable[UUID]) -> str:
    """What stands for a list of calls in the log, as on certificates."""
    return certificate.list_key(one.hex for one in calls)


def taken(order_id: UUID, to: OrderState) -> Order:
    """The order's row, locked, when it may go there. Raises OrderRefused."""
    order = Order.objects.select_for_update().filter(id=order_id).first()
    if order is None:
        raise OrderRefused("gone")
    check_move(order.state, to)
    return order


def move(order: Order, to: OrderState, by: str, now: datetime, **facts: Fact) -> None:
    """Its new state and the one entry that says so, in the caller's transaction."""
    check_move(order.state, to)
    order.state = to
    order.save()
    tell(order, by, now, **facts)


def tell(order: Order, by: str, now: datetime, **facts: Fact) -> None:
    known: dict[str, Fact] = {
        "reason": str(order.reason),
        "asked": str(order.asked_kind),
        "reference": order.asked_ref,
    }
    kind = MOVED[OrderState(order.state)]
    log.append(kind, actor=by, subject=order.id.hex, facts={**known, **facts}, now=now)


def _check_asked(asked: Asked) -> None:
    gaps = Gap.objects.filter(kind=What.UNWANTED)
    if asked.kind == AskedKind.GAP and not gaps.filter(id=UUID(hex=asked.reference)).exists():
        raise OrderRefused("asked")


def _kept(wanted: Sequence[UUID], now: datetime) -> list[Call]:
    rows = Call.objects.select_for_update().filter(id__in=wanted, state__in=SEEN, due_at__gt=now)
    found = list(rows)
    if missing := set(wanted) - {row.id for row in found}:
        raise OrderRefused("not_kept", [one.hex for one in sorted(missing)])
    return found


def _list(order: Order, rows: Iterable[Call]) -> None:
    calls = [
        OrderCall(
            order=order,
            call=row.id,
            object_id=row.object_id,
            destruction_day=row.destruction_day,
        )
        for row in rows
    ]
    try:
        with transaction.atomic():
            OrderCall.objects.bulk_create(calls)
    except IntegrityError as error:
        raise OrderRefused("ordered") from error


def _require_unheld(calls: Iterable[UUID], now: datetime) -> None:
    standing = holds.standing_on(calls, now)
    if standing:
        raise OrderRefused("held", sorted({one.reference for one in standing}))
