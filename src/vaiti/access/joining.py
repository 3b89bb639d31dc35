"""The grants under which the worker joins two recorders' parts of one call. No sound is handed out.

Nobody asks for it and nobody decides: both parts were sealed under the same terms, and nobody may
hear more of the whole than they may of the call.
"""

from datetime import datetime, timedelta
from uuid import UUID

from vaiti.register import parts
from vaiti.register.parts import Open
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId
from vaiti.vault.grant import JOINING, Grant, Opening, issue

LIFETIME = timedelta(minutes=10)  # to open and seal a call of some hours


def opening_of_call(one: Open, now: datetime, seed: bytes) -> Opening:
    """Under the entry that announced the joining."""
    grant = _grant(one, one.call, one.call_leaf, now)
    return Opening(issue(seed, grant), grant, one.call_recording, one.old_object, one.id.hex)


def opening_of_part(one: Open, now: datetime, seed: bytes) -> Opening:
    grant = _grant(one, one.id, one.part_leaf, now)
    return Opening(issue(seed, grant), grant, one.part_recording, one.part_object, one.id.hex)


def _grant(one: Open, call: UUID, leaf: UUID, now: datetime) -> Grant:
    return Grant(
        grant=one.id.hex,
        leaf=leaf.hex,
        call_id=CallId(call.hex),
        actor=parts.ACTOR,
        purpose=JOINING,
        from_us=one.span[0],
        to_us=one.span[1],
        not_before_us=to_micros(now),
        expires_us=to_micros(now + LIFETIME),
    )
