"""Purposes for which a call is used no more, because the person recorded objected (Art. 21, L-15).

Rows that die with the call. What is stopped in a case is taken back in that case only.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Value

from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.models import SEEN, Call, Objection
from vaiti.register.person_models import Stop

TRAINING = "training"


def among(call_ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """The purposes that are stopped, of those calls that have any; an objection stops training."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for call, purpose in _AMONG.rows(calls=list(call_ids)):
        found[call].add(purpose)
    return {call: frozenset(some) for call, some in found.items()}


_AMONG = Prepared(
    lambda calls: (
        Stop.objects.filter(call_id__in=calls)
        .values_list("call_id", "purpose")
        .union(
            Objection.objects.filter(call_id__in=calls).values_list("call_id", Value(TRAINING)),
            all=True,
        )
    ),
    calls=UUID,
)


def said(call_id: UUID, reference: str) -> frozenset[str]:
    """What this case has stopped."""
    rows = Stop.objects.filter(call_id=call_id, reference=reference)
    return frozenset(rows.values_list("purpose", flat=True))


def say(
    call_id: UUID, purposes: Collection[str], reference: str, *, by: str, now: datetime
) -> frozenset[str]:
    """Stops these purposes and no others in the name of this case, in the caller's transaction.

    Returns those that are new. A call on its way out stays as it is.
    """
    if not Call.objects.select_for_update().filter(id=call_id, state__in=SEEN).exists():
        return frozenset()
    before, wanted = said(call_id, reference), frozenset(purposes)
    gone = Stop.objects.filter(call_id=call_id, reference=reference)
    gone.exclude(purpose__in=wanted).delete()
    for kind, some in (
        (Kind.CALL_PURPOSE_ALLOWED, before - wanted),
        (Kind.CALL_PURPOSE_STOPPED, wanted - before),
    ):
        for purpose in sorted(some):
            facts: Facts = {"purpose": purpose, "reference": reference}
            log.append(kind, actor=by, subject=call_id.hex, facts=facts, now=now)
    Stop.objects.bulk_create(
        Stop(call_id=call_id, purpose=one, reference=reference, by=by, at=now)
        for one in sorted(wanted - before)
    )
    return wanted - before
