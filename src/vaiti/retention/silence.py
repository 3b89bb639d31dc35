"""Silences a passage for good and proves it: new object, new key, old bytes gone everywhere.

Nothing is called done before each place was asked whether anything of the old recording is left.
What fails stays where it is, says why, and is tried again.
"""

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from vaiti.due import alarms
from vaiti.playback.reseal import Tampered, Wanted, reseal
from vaiti.register import settling, silencing
from vaiti.register.silencing import Open
from vaiti.retention import journals
from vaiti.retention.remains import ALARM_PASSAGE, Remains, error_code
from vaiti.values.ids import CallId
from vaiti.vault import shred
from vaiti.vault.grant import GrantRefused, Opening
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import Store, StoreError

PATIENCE = timedelta(hours=1)  # so long a journal may hold a call of a recorder that writes on


def carry_out(
    one: Open,
    opening: Opening | None,
    keys: KeyClient,
    store: Store,
    *,
    journal: Path,
    now: datetime,
) -> bool:
    """Goes on with it as far as it gets; whether it is proven done.

    `opening` is for one that was only asked for: from then on nobody needs to open anything.
    """
    try:
        if opening is not None:
            wanted = Wanted(one.side, one.new_object)
            made = reseal(opening, wanted, keys, store)
            silencing.sealed(one.id, made.sha256, made.segments, now)
        _prove_gone(one, store, journal, now)
    except (
        *(KeysUnavailable, KeysRefused, GrantRefused, StoreError, Tampered, OSError),
        Remains,
    ) as error:
        _failed(one, error, now)
        return False
    silencing.done(one.id, now)
    alarms.clear(ALARM_PASSAGE, one.call.hex, now)
    return True


def _prove_gone(one: Open, store: Store, journal: Path, now: datetime) -> None:
    """The key went when the key process took the new one (docs/keys.md)."""
    packed = settling.of_call(one.call)
    others = (packed.old_object, packed.new_object) if packed else ()
    for each in {one.old_object, *others} - {one.new_object}:
        shred.remove(store, each)
        if not store.absent(each):
            raise Remains("object_there")
    if packed:
        settling.silenced(one.call, now)
    if journals.holding(journal, [CallId(one.call.hex)]):
        raise Remains("journal_holds")


def _failed(one: Open, error: Exception, now: datetime) -> None:
    """Files of a recorder that writes on are waited for; everything else is an alarm at once."""
    code = "damaged" if isinstance(error, Tampered) else error_code(error)
    if isinstance(error, GrantRefused):
        code = "grant_refused"
    with transaction.atomic():
        silencing.failed(one.id, code)
        if code != "journal_holds" or now - one.asked_at > PATIENCE:
            alarms.raise_alarm(ALARM_PASSAGE, one.call.hex, code, now)
