"""Orders of destruction read: as cards, with their calls, and by what they were asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, QuerySet

from vaiti.retention.models import Order, OrderCall
from vaiti.retention.order_rules import Asked, OrderState

MOST = 200


@dataclass(frozen=True, slots=True)
class OrderCard:
    """One order. `decided_by` approved or refused it; `left` is a code of what stands in the way.

    `planned_by` and `decided_by` are persons' ids, or names of systems.
    """

    id: UUID
    state: str
    reason: str
    asked: Asked
    planned_by: str
    planned_at: datetime
    decided_by: str
    decided_at: datetime | None
    why: str = field(repr=False)
    done_at: datetime | None
    left: str
    calls: int

    @property
    def done(self) -> bool:
        return self.state == OrderState.DONE


def order(order_id: UUID) -> OrderCard | None:
    return next(iter(_cards(Order.objects.filter(id=order_id))), None)


def of_asked(asked: Asked) -> list[OrderCard]:
    """Everything that was ever ordered on this word, the newest first."""
    return _cards(Order.objects.filter(asked_kind=asked.kind, asked_ref=asked.reference))


def planned() -> list[OrderCard]:
    """Those that wait for an approval, the oldest first."""
    return _cards(Order.objects.filter(state=OrderState.PLANNED))[::-1]


def newest(most: int = MOST) -> list[OrderCard]:
    """Those that are not done first, the oldest of them first; then the others, newest first."""
    over = (OrderState.DONE, OrderState.REFUSED)
    waiting = _cards(Order.objects.exclude(state__in=over))[::-1]
    return waiting + _cards(Order.objects.filter(state__in=over), most)


def calls(order_id: UUID) -> dict[UUID, UUID]:
    """The order's calls, each with the name of its object."""
    rows = OrderCall.objects.filter(order_id=order_id).order_by("call")
    return dict(rows.values_list("call", "object_id"))


def on_order(call_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """Those of the calls that stand on an order which is neither done nor refused."""
    rows = OrderCall.objects.filter(call__in=list(call_ids), open=True)
    return dict(rows.values_list("call", "order_id"))


def _cards(rows: "QuerySet[Order]", most: int | None = None) -> list[OrderCard]:
    found = list(rows.order_by("-planned_at", "-id")[:most])
    counts = _counts(row.id for row in found)
    return [
        OrderCard(
            id=row.id,
            state=row.state,
            reason=row.reason,
            asked=Asked(row.asked_kind, row.asked_ref),
            planned_by=row.planned_by,
            planned_at=row.planned_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            why=row.why,
            done_at=row.done_at,
            left=row.last_error,
            calls=counts.get(row.id, 0),
        )
        for row in found
    ]


def _counts(ids: Iterable[UUID]) -> dict[UUID, int]:
    rows = OrderCall.objects.filter(order_id__in=list(ids)).values("order_id")
    return {one["order_id"]: one["calls"] for one in rows.annotate(calls=Count("id"))}
