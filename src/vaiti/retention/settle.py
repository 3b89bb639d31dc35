"""Packs a recording into less room, and removes the one it was made of when nobody needs it.

The new object is the call's only after it was read back and compared; the old one goes an hour
later, when no grant from before can hold. Until then both are whole: cut off anywhere, one is read.
"""

import math
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from vaiti.due import alarms
from vaiti.playback.lossy import Lesser, lessen
from vaiti.playback.settle import OtherSound, Settled, Tampered, settle
from vaiti.register import settling
from vaiti.register.settling import Open, Packed
from vaiti.retention.remains import Remains, error_code
from vaiti.vault import shred
from vaiti.vault.grant import MAX_LIFETIME, GrantRefused, Opening
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

GRACE: Final = MAX_LIFETIME + timedelta(minutes=10)
"""For so long somebody may still read the old object."""
WORTH: Final = 0.95  # of the old size: what gains less stays as it came in
MOST_A_MINUTE: Final = 250_000  # bytes of a call in Opus, all of it
FAULTS: Final = (KeysUnavailable, KeysRefused, GrantRefused, StoreError, OSError)


def pack(one: Open, opening: Opening, keys: KeyClient, store: Store, now: datetime) -> bool:
    """Whether the call is heard from its new object now.

    Nobody may destroy meanwhile (`ops.settling.held`): what was destroyed is not made again. Raises
    what `FAULTS` are, after which it is begun anew.
    """
    if settling.of_call(one.call) is None:
        return False
    try:
        made = _made(one, opening, keys, store)
    except (OtherSound, Tampered) as error:
        _gone(store, one)
        _give_up(one, "damaged" if isinstance(error, Tampered) else _code(one, "differs"), now)
        return False
    if made.octets > min(WORTH * made.was, _most(one)):
        _gone(store, one)
        settling.left(one.call, _code(one, settling.NO_GAIN), now)
        return False
    if settling.made(one, Packed(made.sha256, made.segments, made.octets, made.was), now):
        return True
    clear(one, store)
    return False


def _made(one: Open, opening: Opening, keys: KeyClient, store: Store) -> Settled:
    if not one.kbits:
        return settle(opening, one.new_object, keys, store)
    wanted = Lesser(one.new_object, one.kbits, one.from_us, one.to_us)
    return lessen(opening, wanted, keys, store)


def _most(one: Open) -> float:
    """Bytes that one in Opus may need at most: of a short call those of a minute."""
    minutes = max(1.0, (one.to_us - one.from_us) / 60_000_000)
    return MOST_A_MINUTE * minutes if one.kbits else math.inf


def _code(one: Open, name: str) -> str:
    return f"opus_{name}" if one.kbits else name


def clear(one: Open, store: Store) -> None:
    """What was begun and is not the call's: of a killed worker, or of a call that has changed."""
    _gone(store, one)
    settling.abandoned(one.call)


def remove_original(one: Open, store: Store, now: datetime) -> None:
    """Proven gone on return. Raises Remains, StoreError, OSError."""
    shred.remove(store, one.old_object)
    if not store.absent(one.old_object):
        raise Remains("object_there")
    settling.done(one.call, now)


def failed(one: Open, error: Exception, now: datetime) -> None:
    """It is tried again; said when it has been so for a day."""
    code = "grant_refused" if isinstance(error, GrantRefused) else error_code(error)
    with transaction.atomic():
        settling.failed(one.call, code)
        if now - one.begun_at > timedelta(days=1):
            alarms.raise_alarm(settling.ALARM, one.call.hex, code, now)


def _gone(store: Store, one: Open) -> None:
    shred.remove(store, one.new_object)
    if not store.absent(one.new_object):
        raise StoreError("what was packed and is of no use is still there")


def _give_up(one: Open, code: str, now: datetime) -> None:
    with transaction.atomic():
        settling.left(one.call, code, now)
        alarms.raise_alarm(settling.ALARM, one.call.hex, code, now)
