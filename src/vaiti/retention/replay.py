"""After a restore: what was destroyed and has come back is destroyed again.

A restored register brings its expired calls back as due calls, which the next plan takes. This is
for what no plan sees any more: bytes in the store and call keys of calls that have a tombstone.
"""

from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.retention.models import Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault import shred
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

TOMBSTONES_AT_ONCE = 1000


def replay_tombstones(keys: KeyClient, store: Store, now: datetime) -> int:
    """Destroys again what has come back of destroyed calls; returns of how many.

    Raises what keys and store raise: a replay that did not reach its end is no replay.
    """
    return sum(
        _replay(tombstone, keys, store, now)
        for tombstone in Tombstone.objects.order_by("call").iterator(TOMBSTONES_AT_ONCE)
    )


def _replay(tombstone: Tombstone, keys: KeyClient, store: Store, now: datetime) -> bool:
    call, object_id = CallId(tombstone.call.hex), ObjectId(tombstone.object_id.hex)
    key, bytes_there = keys.alive(call), not store.absent(object_id)
    if not key and not bytes_there:
        return False
    keys.destroy_call(call)
    shred.remove(store, object_id)
    with transaction.atomic():
        log.append(
            Kind.RETENTION_CALL_REPLAYED,
            actor=ACTOR,
            subject=call,
            facts={"key": key, "object": bytes_there},
            now=now,
        )
    return True
