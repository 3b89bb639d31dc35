"""Test calls of our own are destroyed as soon as they were judged: key, object, row, proof.

What the journal holds of them is sealed under a key that is dead, says nothing of anybody, and goes
with its file within the hour.
"""

from datetime import datetime

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.register.canaries import JUDGED
from vaiti.register.models import Arrival
from vaiti.retention.models import Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault import shred
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

METHOD = "canary: key, object, row"


class CanaryRemains(Exception):
    """Something of a test call is still there after its destruction."""


def destroy_judged(keys: KeyClient, store: Store, now: datetime) -> int:
    """Destroys what waits for it; how many. Raises CanaryRemains, and what keys and store raise."""
    waiting = list(Arrival.objects.filter(refused=JUDGED).order_by("since"))
    for arrival in waiting:
        _destroy(arrival, keys, store, now)
    return len(waiting)


def _destroy(arrival: Arrival, keys: KeyClient, store: Store, now: datetime) -> None:
    call, object_id = CallId(arrival.call.hex), ObjectId(arrival.object_id.hex)
    keys.destroy_call(call)
    shred.remove(store, object_id)
    if keys.alive(call) or not store.absent(object_id):
        raise CanaryRemains("the key or the object of a test call is still there")
    with transaction.atomic():
        facts = {"method": METHOD}
        kind = Kind.RETENTION_CANARY_DESTROYED
        leaf = log.append(kind, actor=ACTOR, subject=call, facts=facts, now=now)
        Tombstone.objects.create(
            call=arrival.call,
            object_id=arrival.object_id,
            due_at=arrival.since,
            done_at=now,
            method=METHOD,
            audit_leaf=leaf,
        )
        arrival.delete()
