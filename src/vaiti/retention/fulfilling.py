"""Carries out approved orders: puts their calls on a plan, and says done once that is proven.

The destruction is the one that expiry uses: this makes its plan and looks at what came of it. Each
step is done again after a crash, and each is logged once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError, IntegrityError, transaction

from vaiti.due import alarms
from vaiti.register.models import Call
from vaiti.retention import forgotten, planning
from vaiti.retention.models import Order, OrderCall, PlanLine, Tombstone
from vaiti.retention.order_rules import PATIENCE, OrderRefused, OrderState
from vaiti.retention.orders import calls_of, list_key, move, taken
from vaiti.retention.places import there
from vaiti.retention.planning import ACTOR, PlannedLine
from vaiti.retention.remains import error_code
from vaiti.retention.rows import DatabaseBusy
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

ALARM = "retention:order_remains"
PLACES = "keys, store, journal, database, its files"


TROUBLE = (KeysUnavailable, KeysRefused, StoreError, OSError, DatabaseError, DatabaseBusy)

MAY_TAKE_AN_HOUR = frozenset(
    {
        *("waiting", "journal_holds", "keys_unavailable", "database", "database_busy"),
        "transaction_open",
    }
)
"""What others are about just now; it is an alarm where it lasts, and all else at once."""


def tell_nobody(order_id: UUID, now: datetime) -> None:
    """For where nobody waits for orders."""


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Where everything of a call lies. `told` learns of each order that is done, in the very
    transaction that says so: what it does stands or falls with that."""

    keys: KeyClient
    store: Store
    journal: Path
    told: Callable[[UUID, datetime], None] = tell_nobody

    def go_on(self, now: datetime) -> int:
        """Goes on with every order that is approved and not done; how many are done now."""
        for order_id in _in_state(OrderState.APPROVED):
            begin(order_id, now)
        return sum(self.finish(order_id, now) for order_id in _in_state(OrderState.EXECUTING))

    def finish(self, order_id: UUID, now: datetime) -> bool:
        """Whether everything of the order is proven gone. What is not is an alarm."""
        try:
            _plan_the_rest(order_id, now)
            left = self._left(order_id)
        except TROUBLE as error:
            left = error_code(error)
        if left:
            _remains(order_id, left, now)
            return False
        try:
            with transaction.atomic():
                self._done(order_id, now)
        except OrderRefused:
            return False  # another worker has said so in the meantime
        return True

    def _left(self, order_id: UUID) -> str:
        """The code of what is left of it, or nothing. Every place is asked, whatever rows say."""
        listed = dict(OrderCall.objects.filter(order_id=order_id).values_list("call", "object_id"))
        gone = set(Tombstone.objects.filter(call__in=listed).values_list("call", flat=True))
        if waiting := set(listed) - gone:
            lines = PlanLine.objects.filter(call__in=waiting, done_at__isnull=True)
            codes = lines.exclude(last_error="").order_by("id").values_list("last_error", flat=True)
            return codes.first() or "waiting"
        found = there(listed, self.keys, self.store, self.journal)
        code = next((code for one in found.values() for code in one.codes()), "")
        return code or forgotten.left(listed, _hashes(order_id))

    def _done(self, order_id: UUID, now: datetime) -> None:
        order = taken(order_id, OrderState.DONE)
        calls = calls_of(order)
        OrderCall.objects.filter(order=order).update(open=False)
        order.done_at, order.last_error = now, ""
        facts = {"list": list_key(calls), "absent": PLACES}
        move(order, OrderState.DONE, ACTOR, now, calls=len(calls), **facts)
        alarms.clear(ALARM, order.id.hex, now)
        self.told(order.id, now)


def begin(order_id: UUID, now: datetime) -> None:
    """Puts the order's calls on a plan, but those that are on one already, or gone."""
    try:
        with transaction.atomic():
            order = taken(order_id, OrderState.EXECUTING)
            lines = _lines(order)
            planned = planning.freeze(lines, now) if lines else None
            order.plan_id = planned.id if planned else None
            plan = planned.id.hex if planned else None
            move(order, OrderState.EXECUTING, ACTOR, now, calls=len(lines), plan=plan)
    except (IntegrityError, OrderRefused):
        return  # somebody else planned one of the calls, or took the order, in this moment


def _plan_the_rest(order_id: UUID, now: datetime) -> None:
    """What another plan was to destroy, and let go of again: a clock was set back."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(id=order_id)
        if order.state == OrderState.EXECUTING and (lines := _lines(order)):
            planning.freeze(lines, now)


def _lines(order: Order) -> list[PlannedLine]:
    """Of the calls in the book, as they stand there now. They are due since the approval."""
    open_lines = PlanLine.objects.filter(done_at__isnull=True).values("call")
    since = order.decided_at or order.planned_at
    rows = Call.objects.filter(id__in=calls_of(order)).exclude(id__in=open_lines).order_by("id")
    found = []
    for row in rows:
        said = str(row.recording.get("sha256", ""))
        listed = OrderCall.objects.filter(order=order, call=row.id)
        listed.update(object_id=row.object_id, sha256=said)
        found.append(PlannedLine(row.id, row.object_id, order.reason, since, row.destruction_day))
    return found


def _hashes(order_id: UUID) -> list[str]:
    return list(OrderCall.objects.filter(order_id=order_id).values_list("sha256", flat=True))


def _in_state(state: OrderState) -> list[UUID]:
    rows = Order.objects.filter(state=state).order_by("decided_at", "id")
    return list(rows.values_list("id", flat=True))


def _remains(order_id: UUID, code: str, now: datetime) -> None:
    """A code on the order; an alarm once it has had its hour, or where something came back."""
    with transaction.atomic():
        order = Order.objects.select_for_update().get(id=order_id)
        if order.state != OrderState.EXECUTING:
            return
        Order.objects.filter(id=order_id).update(last_error="" if code == "waiting" else code)
        if now - (order.decided_at or now) > PATIENCE or code not in MAY_TAKE_AN_HOUR:
            alarms.raise_alarm(ALARM, order_id.hex, code, now)
