"""Notes in a case what the person was handed, when it happens: copies, letters, erasure (N-36).

When nothing that was promised is left, the case moves on by whoever handed over the last of it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import versions
from vaiti.retention import certificates, order_cards
from vaiti.retention.certificates import Issuer
from vaiti.retention.order_rules import Asked, AskedKind
from vaiti.rights.asking import Right, State
from vaiti.rights.case_models import Case, Given
from vaiti.rights.promised import lacks, promises

ACTOR = "system:rights"
_REFERENCE = re.compile(r"R-(20[0-9]{2})-([0-9]{1,7})")
_PERSON = re.compile(r"[0-9a-f]{32}")


def case_of(reference: str) -> Case | None:
    """The open or closed case of this number; None for a matter that is kept elsewhere."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    return Case.objects.filter(year=int(match[1]), serial=int(match[2])).first()


def copies_given(reference: str, calls: list[UUID], how: str, *, by: str, now: datetime) -> None:
    """In the transaction in which the package was handed out."""
    if row := case_of(reference):
        for call in calls:
            _given(row, "copy", how, call, by=by, now=now)
        settle(row, by=by, now=now)


def letter_given(reference: str, how: str, *, by: str, now: datetime) -> None:
    """In the transaction in which it was sent."""
    if row := case_of(reference):
        _given(row, "letter", how, None, by=by, now=now)
        settle(row, by=by, now=now)


def proven_erased(reference: str, now: datetime) -> bool:
    """Whether everything that a case promised to erase is gone from every place."""
    row = case_of(reference)
    made = promises(row, now) if row is not None else ()
    return all(one.kept for one in made if one.right is Right.ERASURE)


def certified(reference: str) -> bool:
    """Whether each certificate that goes with the letter can be made: issued, and signed."""
    return all(certificates.is_signed(f"order:{one.hex}") for one in orders_done(reference))


def orders_done(reference: str) -> tuple[UUID, ...]:
    """The erasures of this case that are proven, the oldest first."""
    found = order_cards.of_asked(Asked(AskedKind.CASE, reference))
    return tuple(reversed([one.id for one in found if one.state == "done"]))


def settle_by(reference: str, *, by: str, now: datetime) -> None:
    """Something that the case waited for has happened."""
    if row := case_of(reference):
        settle(row, by=by, now=now)


@dataclass(frozen=True, slots=True)
class Erasures:
    """For the worker. `issuer`: in whose name the certificate of an erasure is issued."""

    issuer: Issuer

    def erased(self, order_id: UUID, now: datetime) -> None:
        """An order is done, every place was asked. In the transaction that says so."""
        if _noted(order_id, now) and (facts := certificates.of_order(order_id)):
            certificates.issue(facts, self.issuer, by=ACTOR, now=now)


def _noted(order_id: UUID, now: datetime) -> bool:
    """Whether the order is of a case of ours."""
    order = order_cards.order(order_id)
    row = case_of(order.asked.reference) if order is not None else None
    if order is None or row is None or order.asked.kind != AskedKind.CASE:
        return False
    for call in order_cards.calls(order_id):
        _given(row, "erased", "", call, by=ACTOR, now=now)
    return True


def settle(row: Case, *, by: str, now: datetime) -> None:
    """Fulfilled, once nothing is lacking; a move is always a named person's."""
    if row.state != State.DECIDED or not _PERSON.fullmatch(by) or lacks(row, now):
        return
    row.state = State.FULFILLED
    row.save(update_fields=["state"])
    facts: Facts = {"state": State.FULFILLED.value}
    log.append(Kind.RIGHTS_CASE_MOVED, actor=by, subject=row.id.hex, facts=facts, now=now)


def _given(row: Case, what: str, how: str, call: UUID | None, *, by: str, now: datetime) -> None:
    on = now.astimezone(versions.zone_at(now) or UTC).date()
    with transaction.atomic():
        Given.objects.create(
            case=row, call=call, what=what, how=how, given_on=on, noted_by=by, noted_at=now
        )
        facts: Facts = {"what": what, "how": how, "on": on.isoformat()}
        if call is not None:
            facts = {**facts, "call": call.hex}
        log.append(Kind.RIGHTS_ANSWER_GIVEN, actor=by, subject=row.id.hex, facts=facts, now=now)
