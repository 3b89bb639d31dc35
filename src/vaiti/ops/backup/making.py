"""Makes one backup: keys, register, recordings, and what was destroyed lately.

The keys come first, so that whatever the register's backup names was never younger than they are
by more than it took; a restore needs both.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from vaiti.access import key_copies
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.ops.backup.packing import Entry, packed
from vaiti.ops.backup.places import (
    SETTINGS,
    keys_place,
    recordings_place,
    register_place,
)
from vaiti.ops.backup.recovery import public, require_young
from vaiti.ops.backup.register_copy import file_chunks, register_entries
from vaiti.ops.settings import FILE, Settings
from vaiti.retention import backups
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import ObjectId, new_object_id
from vaiti.vault.backup_file import KEYS, REGISTER, TOMBSTONES, Header, sealed
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.keyfiles import read_seed
from vaiti.vault.store import NoObject, Store

ACTOR = "system:backup"
CHUNK = 1 << 20
KEYSTORE = "keys/keystore.sqlite"
SECRETS = "secrets/"
MARK = "tombstones.json"


@dataclass(frozen=True, slots=True)
class Made:
    """The ids under which the two lie, and how many recordings were copied and removed."""

    register: ObjectId
    keys: ObjectId
    copied: int
    removed: int


def make(settings: Settings, keys: KeyClient, store: Store, now: datetime) -> Made:
    """Raises NoRecoveryKey, KeysUnavailable, StoreError, WeakSettings, OSError."""
    require_young(public(settings), now)
    keys_id = new_object_id()
    token = key_copies.grant_for(keys_id, now, read_seed(settings.secrets / "grant.key"))
    entries = _key_entries(settings, keys, token)
    _put(settings, KEYS, keys_id, entries, now)
    register_id = new_object_id()
    _put(settings, REGISTER, register_id, _register_entries(settings), now)
    tell_tombstones(settings, now)
    copied = removed = 0
    if settings.backup.recordings:
        copies = recordings_place(settings)
        copied = _copy_recordings(store, copies)
        removed = backups.forget_recordings(copies, now)
    return Made(register_id, keys_id, copied, removed)


def tell_tombstones(settings: Settings, now: datetime, pause: timedelta = timedelta(0)) -> int:
    """Puts beside the backups what was destroyed since the last time; how many calls.

    A register that is restored from an earlier backup knows nothing of it: this is how it learns.
    Within `pause` of what was told last nothing is told: each telling is an object of its own.
    """
    mark = settings.run / MARK
    since = told_until(mark, now - timedelta(days=settings.backup.days))
    found = backups.buried(since) if now - since >= pause else []
    if found:
        entries: list[Entry] = [(TOMBSTONES, [json.dumps(found).encode()])]
        _put(settings, TOMBSTONES, new_object_id(), entries, now)
        keep_mark(mark, int(str(found[-1]["done_us"])))
    return len(found)


def keep_mark(mark: Path, done_us: int) -> None:
    """What was destroyed up to then has been seen to."""
    aside = mark.with_suffix(".part")
    aside.write_text(json.dumps({"done_us": done_us}))
    aside.rename(mark)


def told_until(mark: Path, otherwise: datetime) -> datetime:
    try:
        return from_micros(int(json.loads(mark.read_text())["done_us"]))
    except FileNotFoundError:
        return otherwise


def _put(
    settings: Settings,
    kind: str,
    object_id: ObjectId,
    entries: Iterable[Entry],
    now: datetime,
) -> None:
    days = settings.key_backup.days if kind == KEYS else settings.backup.days
    place = keys_place(settings) if kind == KEYS else register_place(settings)
    expires = to_micros(now + timedelta(days=days))
    header = Header(kind, object_id, to_micros(now), expires, key="")
    key = public(settings).of(kind)
    seed = read_seed(settings.secrets / "checkpoint.key")
    digest = place.put(object_id, sealed(header, key, seed, packed(entries)))
    facts: Facts = {"backup": object_id, "what": kind, "expires_us": expires, "sha256": digest}
    with transaction.atomic():
        log.append(Kind.OPS_BACKUP_MADE, actor=ACTOR, facts=facts, now=now)


def _key_entries(settings: Settings, keys: KeyClient, token: str) -> Iterator[Entry]:
    with keys.copy(token) as copy:
        yield KEYSTORE, iter(lambda: copy.read(CHUNK), b"")
    for path in sorted(settings.secrets.iterdir()):
        yield SECRETS + path.name, file_chunks(path)


def _register_entries(settings: Settings) -> Iterator[Entry]:
    yield SETTINGS, file_chunks(settings.folder / FILE)
    yield from register_entries(settings)


def _copy_recordings(store: Store, copies: Store) -> int:
    """Copies what the copies lack, sealed as it is."""
    there, copied = set(copies.names()), 0
    for object_id, sha256 in backups.recordings():
        if object_id not in there:
            copied += _copy(store, copies, object_id, sha256)
    return copied


def _copy(store: Store, copies: Store, object_id: ObjectId, sha256: str) -> bool:
    """A recording that is destroyed or damaged meanwhile is not copied: others say so loudly."""
    try:
        size = store.size(object_id)
        digest = copies.put(
            object_id, (store.get(object_id, at, CHUNK) for at in range(0, size, CHUNK))
        )
    except NoObject:
        return False
    return digest == sha256
