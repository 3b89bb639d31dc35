"""The grant under which the worker opens a test call of our own, to see whether its sound is there.

No call of a customer can be opened so: `Arrived` is made of rows that never entered the book.
"""

from datetime import datetime, timedelta

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register.canaries import ACTOR, Arrived
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import Grant, Opening, issue

LIFETIME = timedelta(minutes=1)
PURPOSE = "canary"


def opening(one: Arrived, now: datetime, seed: bytes) -> Opening:
    """Logged first. No sound is handed out of playback."""
    call = CallId(one.call.hex)
    facts: Facts = {"canary": one.id.hex, "purpose": PURPOSE}
    kind = Kind.ACCESS_CANARY_OPENED
    with transaction.atomic(durable=True):
        leaf = log.append(kind, actor=ACTOR, subject=call, facts=facts, now=now)
    grant = Grant(
        grant=one.id.hex,
        leaf=leaf.hex,
        call_id=call,
        actor=ACTOR,
        purpose=PURPOSE,
        from_us=to_micros(one.started_at),
        to_us=to_micros(one.ended_at),
        not_before_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
    )
    return Opening(issue(seed, grant), grant, one.recording, one.object_id, one.id.hex)
