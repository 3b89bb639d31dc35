"""Due calls for a benchmark: rows, entries, sealed objects and wrapped keys, as intake leaves them.

Rows are made up as `vaiti demo --calls` makes them, of calls that were due before now. Their keys
and their sealed bytes are real, and smaller than those of a real call.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from vaiti.audit.entry import Facts
from vaiti.ops.key_service import service_of
from vaiti.ops.settings import Settings
from vaiti.ops.stores import open_store
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.keystore import KeyStore
from vaiti.vault.sealing import Sealer
from vaiti.vault.store import FolderStore, Store

AGO: Final = timedelta(days=190)  # more than any six months
AT_ONCE: Final = 2000
SOUND: Final = 2500  # bytes of each call
WRITERS: Final = 8

Found = tuple[UUID, UUID, date, datetime]


def fill_due(settings: Settings, calls: int, now: datetime) -> None:
    """So many calls of which the last was due a few days ago. Nothing else may use the folder."""
    from vaiti.ops.demo.filling.fill import fill
    from vaiti.ops.first.training import term_of
    from vaiti.register.models import Call

    then = now - AGO
    fill(calls, term_of(settings, now), then)
    store = open_store(settings)
    rows = Call.objects.order_by("due_at", "id")
    found = rows.values_list("id", "object_id", "destruction_day", "ended_at")
    with closing(KeyStore(settings.keystore, service_of(settings))) as keys:
        waiting = list[Found]()
        for row in found.iterator(AT_ONCE):
            waiting.append(row)
            if len(waiting) == AT_ONCE:
                _seal(waiting, keys, store)
                waiting = []
        _seal(waiting, keys, store)


def _seal(rows: Sequence[Found], keys: KeyStore, store: Store) -> None:
    if not rows:
        return
    made = {CallId(call.hex): os.urandom(32) for call, _, _, _ in rows}
    keys.keep_calls((CallId(call.hex), day, made[CallId(call.hex)]) for call, _, day, _ in rows)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda row: _object(row, made[CallId(row[0].hex)], store), rows))
    _enter(rows)


def _object(row: Found, key: bytes, store: Store) -> None:
    call, object_id, _, ended = row
    sealer = Sealer(key, CallId(call.hex))
    content = [sealer.header, sealer.finish(os.urandom(SOUND))]
    name = ObjectId(object_id.hex)
    if not isinstance(store, FolderStore):
        store.put(name, content)
        return
    path = store.path(name)  # without its fsyncs, and as old as it would be
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(b"".join(content))
    os.utime(path, (ended.timestamp(), ended.timestamp()))


def _enter(rows: Sequence[Found]) -> None:
    """The entries of their intake, and that each was verified since."""
    from django.db import transaction

    from vaiti.audit import log
    from vaiti.audit.kinds import Kind
    from vaiti.register.check_models import Check

    facts: Facts = {"legs": 1, "recovered": False, "sha256": "0" * 64}
    acts = [(call.hex, facts) for call, _, _, _ in rows]
    with transaction.atomic():
        kind = Kind.CALL_RECORDING_TAKEN_IN
        log.append_all(kind, acts, actor="system:bench", now=rows[-1][3])
        Check.objects.bulk_create(Check(call_id=row[0], at=row[3], intact=True) for row in rows)
