"""A breach, a disclosure and a complaint at known addresses, for the browser's tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

KNOWN = UUID("4" * 32)


def enter_law(cast: Any, call: UUID) -> None:  # noqa: ANN401 - imported once Django is set up
    """An order that was called back, a breach that is being looked into, a complaint with a call
    that is there and one that was gone."""
    from cast import NOW
    from vaiti.rights.breaches.models import Breach, BreachCall
    from vaiti.rights.law.models import Complaint, ComplaintCall, Disclosure, DisclosureCall

    by = cast.dpo.id.hex
    number = {"id": KNOWN, "year": 2026, "serial": 1}
    breach = Breach.objects.create(
        **number,
        state="open",
        lost=["confidentiality"],
        what="Somebody listened with the password of another.",
        aware_at=NOW - timedelta(hours=9),
        hours=72,
        noted_by=by,
        noted_at=NOW,
    )
    BreachCall.objects.create(breach=breach, call=call, how="heard", added_by=by, added_at=NOW)
    order = Disclosure.objects.create(
        **number,
        state="verified",
        authority="Helsinki Police Department",
        officer="Chief Inspector N. N.",
        number="POL-2026-77",
        statute="seizure",
        scope="The call in which a threat was made.",
        received_by=by,
        received_at=NOW,
        called="The exchange of poliisi.fi; the duty officer answered.",
        verified_by=by,
        verified_at=NOW,
    )
    named = {"named_by": by, "named_at": NOW}
    DisclosureCall.objects.create(disclosure=order, call=call, hold=uuid4(), **named)
    complaint = Complaint.objects.create(
        **number,
        state="received",
        came_from="authority",
        country="SE",
        number="IMY-2026-5",
        about="The copy was not given in time.",
        arrived_on=NOW.date(),
        answer_by=NOW.date(),
        noted_by=by,
        noted_at=NOW,
    )
    ComplaintCall.objects.create(complaint=complaint, call=call, hold=uuid4(), **named)
    ComplaintCall.objects.create(complaint=complaint, call=uuid4(), **named)
