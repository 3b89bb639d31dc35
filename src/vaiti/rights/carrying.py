"""Decisions carried out from the case: erasure, restriction, completion (N-37 to N-40).

Each goes by the one way that there is: erasure by an order to the shredder, approved by a second
person; restriction by a hold; a statement as a row of the call (objections: rights.stopping). All
raise NotVisible or Unprepared for whoever may not, and CaseRefused with what to change.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from vaiti.access import destroying, holding
from vaiti.audit.kinds import Kind
from vaiti.register import statements
from vaiti.register.hold_rules import Draft, HoldKind, HoldRefused, Time
from vaiti.retention import holds, order_cards, orders
from vaiti.retention.order_rules import Asked, AskedKind
from vaiti.retention.policy import Reason
from vaiti.rights import noting
from vaiti.rights.asking import Right, State
from vaiti.rights.case_holds import end_hold
from vaiti.rights.case_models import Case, CaseCall, Decision
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, note, open_case
from vaiti.rights.promised import promises, reference_of, restriction_on
from vaiti.rights.typed import without_numbers
from vaiti.vault.keyclient import KeyClient

REVIEWED, RESTRICTED = timedelta(days=90), timedelta(days=366)
LEAST_WORDS, MOST_WORDS = 3, 2000


def plan_erasure(person_id: UUID, case_id: UUID, now: datetime) -> UUID:
    """Orders the destruction of every call whose erasure was granted, once copies are given.

    Raises OrderRefused besides.
    """
    with open_case(person_id, case_id, now) as row:
        calls, reference = _to_erase(row, now), reference_of(row)
    try:
        by = destroying.require_seen(person_id, calls, now)
    except destroying.Unseen as error:
        raise CaseRefused("not_kept") from error
    asked = Asked(AskedKind.CASE, reference)
    with open_case(person_id, case_id, now) as row:
        made = orders.plan(calls, Reason.ERASURE, asked, by=by, now=now)
        _carried(row, person_id, Right.ERASURE, now, order=made.hex)
    return made


def _to_erase(row: Case, now: datetime) -> list[UUID]:
    if row.state != State.DECIDED:
        raise CaseRefused("state")
    promised = promises(row, now)
    calls = [
        one.call
        for one in promised
        if one.right is Right.ERASURE and one.call and one.order is None and not one.kept
    ]
    if not calls:
        raise CaseRefused("nothing_to_erase")
    first = (Right.COPY, Right.PORTABILITY, Right.LISTENING)
    if any(one.right in first and one.call in calls and not one.kept for one in promised):
        raise CaseRefused("copy_first")
    return calls


def approve_erasure(person_id: UUID, case_id: UUID, order_id: UUID, now: datetime) -> None:
    """The second person's yes: the case lets go of the calls, and they are destroyed.

    Raises OrderRefused besides: `own` for who planned it, `held` where another hold stands.
    """
    by = destroying.require_orderer(person_id, now)
    with transaction.atomic():
        row, order = locked(case_id), order_cards.order(order_id)
        if order is None or order.asked != Asked(AskedKind.CASE, reference_of(row)):
            raise CaseRefused("state")
        for one in CaseCall.objects.filter(case=row, call__in=list(order_cards.calls(order_id))):
            end_hold(one, by, "Erasure was granted.", now)
        orders.approve(order_id, by=by, now=now)


def restrict(person_id: UUID, case_id: UUID, call_id: UUID, keys: KeyClient, now: datetime) -> None:
    """From now on the call is only kept: nobody but the hold's people sees it, and it stays.

    Also before anything is decided: while it is being found out who is right (Art. 18(1)(a), (d)).
    """
    with open_case(person_id, case_id, now) as row:
        _require_restrictable(row, call_id, now)
        time = Time(now + REVIEWED, now + RESTRICTED)
        kind, reference = HoldKind.RESTRICTION.value, reference_of(row)
        draft = Draft(kind, reference, person_id, time, "The person asked for restriction.")
    try:
        placing = holding.may_place(person_id, draft, [call_id], now)
        hold = holds.place(placing, keys, now)
    except HoldRefused as error:
        raise CaseRefused("not_held") from error
    with open_case(person_id, case_id, now) as row:
        _carried(row, person_id, Right.RESTRICTION, now, call=call_id.hex, hold=hold.hex)


def complete(person_id: UUID, case_id: UUID, call_id: UUID, text: str, now: datetime) -> None:
    """Attaches what the person has to say; the sound stays as it is (N-37)."""
    told = without_numbers(text.strip())
    if not LEAST_WORDS <= len(told) <= MOST_WORDS:
        raise CaseRefused("statement")
    with open_case(person_id, case_id, now) as row:
        _require(row, Right.COMPLETION, call_id, now, again=True)
        reference = reference_of(row)
        if not statements.attach(call_id, told, reference, by=person_id.hex, now=now):
            raise CaseRefused("not_kept")
        _carried(row, person_id, Right.COMPLETION, now, call=call_id.hex)


def _require(row: Case, right: Right, call: UUID, now: datetime, *, again: bool = False) -> None:
    """That this was granted and is still to be done."""
    if row.state != State.DECIDED:
        raise CaseRefused("state")
    mine = [one for one in promises(row, now) if (one.right, one.call) == (right, call)]
    if not mine or (mine[0].kept and not again):
        raise CaseRefused("call")


def _require_restrictable(row: Case, call: UUID, now: datetime) -> None:
    """Asked for, the person's call, not refused, and not restricted yet."""
    if row.state == State.DECIDED:
        return _require(row, Right.RESTRICTION, call, now)
    if row.state not in (State.IDENTIFIED, State.SEARCHED) or Right.RESTRICTION not in row.asked:
        raise CaseRefused("state")
    if not CaseCall.objects.filter(case=row, call=call, confirmed=True).exists():
        raise CaseRefused("call")
    made = Decision.objects.filter(case=row, right=Right.RESTRICTION, call=call)
    if made.filter(outcome="refused").exists() or restriction_on(call, reference_of(row), now):
        raise CaseRefused("call")
    return None


def _carried(row: Case, person_id: UUID, right: Right, now: datetime, **facts: str) -> None:
    note(Kind.RIGHTS_DECISION_CARRIED_OUT, row, person_id, now, right=right.value, **facts)
    noting.settle(row, by=person_id.hex, now=now)
