"""Joins two recorders' parts of one call and proves it: one object, one key, nothing else left.

What fails stays where it is, says why, and is tried again. A part that cannot be opened is left
apart, so that nobody loses the rest of the call with it.
"""

from datetime import datetime

from django.db import transaction

from vaiti.due import alarms
from vaiti.playback.rejoining import Both, Wanted, first_heard, last_heard, rejoin
from vaiti.playback.reseal import Tampered
from vaiti.register import parts
from vaiti.register.one_call import heard_from, roles_matched
from vaiti.register.parts import Open
from vaiti.retention.models import Tombstone
from vaiti.retention.remains import Remains, error_code
from vaiti.values.ids import CallId, as_uuid
from vaiti.vault import shred
from vaiti.vault.grant import GrantRefused
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

ALARM_PART = "retention:part_apart"
METHOD = "joined: key, object"


def carry_out(one: Open, both: Both | None, keys: KeyClient, store: Store, now: datetime) -> bool:
    """Goes on with it as far as it gets; whether it is proven done.

    `both` are for one that is not sealed yet: from then on nobody needs to open anything.
    """
    try:
        if both is not None:
            _seal(one, both, keys, store)
        _prove_gone(one, keys, store)
    except Tampered:
        parts.apart(one.id, "damaged")
        alarms.raise_alarm(ALARM_PART, one.call.hex, "damaged", now, event=True)
        return False
    except (KeysUnavailable, KeysRefused, GrantRefused, StoreError, OSError, Remains) as error:
        code = "grant_refused" if isinstance(error, GrantRefused) else error_code(error)
        parts.failed(one.id, code)
        alarms.raise_alarm(ALARM_PART, one.call.hex, code, now)
        return False
    _bury(one, now)
    return True


def _seal(one: Open, both: Both, keys: KeyClient, store: Store) -> None:
    first, later = parts.in_order(one)
    begins, ends = one.lost
    if one.state == parts.WAITING:
        begins, ends = _between(both, keys, store)
        parts.planned(one.id, (begins, ends))
    wanted = Wanted(one.new_object, roles_matched(first, later), ends)
    made = rejoin(both, wanted, keys, store)
    parts.sealed(one.id, made.sha256, made.segments)


def _between(both: Both, keys: KeyClient, store: Store) -> tuple[int, int]:
    """From the first part's last packet to the first one of the later part that is kept."""
    first, later = both.in_order()
    ended = last_heard(first, keys, store)
    begins = first_heard(later, heard_from(first.recording, ended), keys, store)
    return ended or begins, begins


def _prove_gone(one: Open, keys: KeyClient, store: Store) -> None:
    """The call's old key went when the key process took the new one (docs/keys.md)."""
    part = CallId(one.id.hex)
    keys.destroy_call(part)
    for gone in (one.old_object, one.part_object):
        shred.remove(store, gone)
        if not store.absent(gone):
            raise Remains("object_there")
    if keys.alive(part):
        raise Remains("key_alive")


def _bury(one: Open, now: datetime) -> None:
    """A tombstone, so that a part that a restored backup brings back goes again."""
    with transaction.atomic():
        leaf = parts.done(one.id, now)
        if leaf is not None:
            Tombstone.objects.get_or_create(
                call=one.id,
                defaults={
                    "object_id": as_uuid(one.part_object),
                    "due_at": one.came_at,
                    "done_at": now,
                    "method": METHOD,
                    "audit_leaf": leaf,
                },
            )
        alarms.clear(ALARM_PART, one.call.hex, now)
