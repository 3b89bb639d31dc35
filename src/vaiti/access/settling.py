"""The grant under which the worker opens a recording to pack it into less room."""

from datetime import datetime, timedelta

from vaiti.register import calls, settling
from vaiti.register.settling import Open
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import Grant, Opening, issue

LIFETIME = timedelta(minutes=10)  # to ask for the key


def opening(one: Open, now: datetime, seed: bytes) -> Opening:
    """The whole recording, under the entry that announced it. No sound is handed out."""
    found = calls.sealed(one.call)
    grant = Grant(
        grant=one.audit_leaf.hex,
        leaf=one.audit_leaf.hex,
        call_id=CallId(one.call.hex),
        actor=settling.ACTOR,
        purpose=settling.PURPOSE,
        from_us=0,
        to_us=0,
        not_before_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
    )
    return Opening(issue(seed, grant), grant, found.recording, one.old_object, grant.grant)
