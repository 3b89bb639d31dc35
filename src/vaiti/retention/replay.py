"""After a restore: what was destroyed and has come back is destroyed again.

A restored register brings its expired calls back as due calls, which the next plan takes. This is
for what no plan sees any more: bytes in the store and call keys of calls that have a tombstone.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
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
    again, batch = 0, list[Tombstone]()
    for tombstone in Tombstone.objects.order_by("call").iterator(TOMBSTONES_AT_ONCE):
        batch.append(tombstone)
        if len(batch) == TOMBSTONES_AT_ONCE:
            again += _replay(batch, keys, store, now)
            batch = []
    return again + _replay(batch, keys, store, now)


def _replay(batch: Sequence[Tombstone], keys: KeyClient, store: Store, now: datetime) -> int:
    living = keys.living([CallId(one.call.hex) for one in batch]) if batch else frozenset()
    there = store.remaining([ObjectId(one.object_id.hex) for one in batch]) if batch else set()
    back = 0
    for one in batch:
        call, object_id = CallId(one.call.hex), ObjectId(one.object_id.hex)
        if call in living or object_id in there:
            keys.destroy_call(call)
            shred.remove(store, object_id)
            _tell(call, key=call in living, bytes_there=object_id in there, now=now)
            back += 1
    return back


def _tell(call: CallId, *, key: bool, bytes_there: bool, now: datetime) -> None:
    facts: Facts = {"key": key, "object": bytes_there}
    with transaction.atomic():
        kind = Kind.RETENTION_CALL_REPLAYED
        log.append(kind, actor=ACTOR, subject=call, facts=facts, now=now)
