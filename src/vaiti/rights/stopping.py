"""Objections of the person recorded, purpose by purpose, at once (Art. 21, L-15).

What outweighs an objection is for the controller to show: until somebody has decided so, and the
officer agrees, nobody uses the call (Art. 18(1)(d)).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vaiti.access import objecting
from vaiti.access.purposes import Purpose
from vaiti.rights import noting
from vaiti.rights.asking import Right
from vaiti.rights.case_models import Case, CaseCall, Decision
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import open_case
from vaiti.rights.promised import reference_of

AGAINST = tuple(one.value for one in objecting.AGAINST)


def object_to(
    person_id: UUID, case_id: UUID, call_id: UUID, purposes: Sequence[str], now: datetime
) -> None:
    """For these purposes, and no others, the call is used no more: as the person said."""
    if not purposes or not set(purposes) <= set(AGAINST):
        raise CaseRefused("purposes")
    with open_case(person_id, case_id, now) as row:
        mine = CaseCall.objects.filter(case=row, call=call_id, confirmed=True)
        if Right.OBJECTION not in row.asked or not mine.exists():
            raise CaseRefused("call")
        if _refused(row).filter(call=call_id, review="agreed").exists():
            raise CaseRefused("state")
        _stop(row, call_id, purposes, person_id.hex, now)
        noting.settle(row, by=person_id.hex, now=now)


def at_once(row: Case, call_id: UUID, by: str, now: datetime) -> None:
    """As soon as the call is known to be the person's."""
    if Right.OBJECTION in row.asked:
        _stop(row, call_id, AGAINST, by, now)


def allow_refused(row: Case, by: str, now: datetime) -> None:
    """Where an objection was refused, and the officer agreed, what it stopped goes on."""
    for one in _refused(row).filter(call__isnull=False):
        if one.call is not None:
            _stop(row, one.call, (), by, now)


def allow_all(row: Case, by: str, now: datetime) -> None:
    """The person took the request back."""
    for call in CaseCall.objects.filter(case=row, confirmed=True).values_list("call", flat=True):
        _stop(row, call, (), by, now)


def _refused(row: Case) -> QuerySet[Decision]:
    return Decision.objects.filter(case=row, right=Right.OBJECTION, outcome="refused")


def _stop(row: Case, call: UUID, purposes: Sequence[str], by: str, now: datetime) -> None:
    wanted = [Purpose(one) for one in purposes]
    objecting.stop(call, wanted, reference_of(row), by=by, now=now)
