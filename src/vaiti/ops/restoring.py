"""Makes a data folder from backups, and destroys what should be gone before anybody signs in.

The folder carries a mark while that lasts; `vaiti up` refuses it. What fails leaves nothing.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from vaiti.audit.entry import Facts
from vaiti.ops.backup.packing import unpacked
from vaiti.ops.backup.places import BOOKS, MARK, RECORDINGS, SETTINGS, open_place
from vaiti.ops.backup.recovery import Recovery
from vaiti.ops.backup.register_copy import CannotRestore, load
from vaiti.ops.clocks import clock_of, move_clock
from vaiti.ops.django_start import migrate, start_django
from vaiti.ops.first.deployment import FOLDERS, made_whole, quoted
from vaiti.ops.key_service import HANDED_OVER
from vaiti.ops.processes import children
from vaiti.ops.settings import FILE, Settings, load_settings
from vaiti.ops.stores import bucket_store, open_store
from vaiti.ops.supervisor import Supervisor
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import ObjectId
from vaiti.vault.backup_file import KEYS, REGISTER, TOMBSTONES, Header, catalogue, opened
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.s3_bucket import BucketPlace
from vaiti.vault.sealing import SEGMENT
from vaiti.vault.store import NoObject, Store

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Restored:
    """From when the two backups are, and what was done before anybody could sign in."""

    register_at: datetime
    keys_at: datetime
    buried: int
    destroyed: int
    recordings: int
    missing: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is restored, where to. `at`: nothing that was made later than then.

    `demo_clock`: by how many seconds a demo's clock is ahead. Raises ValueError for no demo.
    """

    folder: Path
    register: Recovery
    keys: Recovery
    at: datetime | None = None
    database_url: str = ""
    demo_clock: float = 0.0


def restore(wanted: Wanted) -> Restored:
    """Raises CannotRestore, BackupDamaged, NoRecoveryKey, StoreError, WeakSettings, and what
    retention raises: a restore in which something due is left is none."""
    books, key_place = _store(wanted.register, BOOKS), _store(wanted.keys, "")
    register_id, register_at = _newest(books, REGISTER, wanted.at)
    keys_id, keys_at = _newest(key_place, KEYS, None)
    with made_whole(wanted.folder):
        for name in FOLDERS:
            (wanted.folder / name).mkdir(mode=0o700)
        (wanted.folder / MARK).touch(mode=0o600)
        _unpack_keys(wanted, key_place, keys_id)
        settings = _unpack_register(wanted, books, register_id)
        copies = _store(wanted.register, RECORDINGS)
        buried, destroyed = _destroy_what_is_gone(settings, wanted.register, books, register_at)
        recordings, missing = _fetch(open_store(settings), copies, clock_of(settings)())
        made = Restored(register_at, keys_at, buried, destroyed, recordings, missing)
        _note(settings, register_id, made)
        (wanted.folder / MARK).unlink()
    return made


def _store(recovery: Recovery, part: str) -> Store:
    """The place that the recovery key names."""
    place = recovery.place
    if recovery.credentials is None:
        return open_place(place, Path(), part)
    return bucket_store(
        BucketPlace(
            place.endpoint.rstrip("/"),
            place.bucket,
            place.region,
            recovery.credentials,
            place.prefix,
        ),
        part,
    )


def _headers(store: Store, kind: str) -> Iterator[tuple[ObjectId, Header]]:
    for one in catalogue(store):
        if one.header and one.header.kind == kind:
            yield one.object_id, one.header


def _newest(store: Store, kind: str, at: datetime | None) -> tuple[ObjectId, datetime]:
    found = [(header.made_us, object_id) for object_id, header in _headers(store, kind)]
    fit = [one for one in found if at is None or from_micros(one[0]) <= at]
    if not fit:
        raise CannotRestore(f"there is no backup of the {kind} in its place that is old enough")
    made_us, object_id = max(fit)
    return object_id, from_micros(made_us)


def _content(store: Store, object_id: ObjectId, recovery: Recovery) -> Iterator[bytes]:
    size = store.size(object_id)
    chunks = (store.get(object_id, at, CHUNK) for at in range(0, size, CHUNK))
    return opened(recovery.private, recovery.signer, chunks)


def _unpack_keys(wanted: Wanted, place: Store, object_id: ObjectId) -> None:
    for name, chunks in unpacked(_content(place, object_id, wanted.keys)):
        if not re.fullmatch(r"(keys|secrets)/[A-Za-z0-9._-]+", name):
            raise CannotRestore("the backup of the keys holds what does not belong there")
        _write(wanted.folder / name, chunks)


def _unpack_register(wanted: Wanted, place: Store, object_id: ObjectId) -> Settings:
    """Its settings, with the new database's address if one was given; then its rows."""
    entries = unpacked(_content(place, object_id, wanted.register))
    name, chunks = next(entries)
    if name != SETTINGS:
        raise CannotRestore("the backup does not begin as one of a register")
    _write(wanted.folder / FILE, [_addressed(b"".join(chunks), wanted.database_url)])
    start_django(wanted.folder)
    settings = load_settings(wanted.folder)
    if settings.keys.folder:
        raise CannotRestore(
            "[keys] names a key process that is a service of its own, which a restore cannot "
            "start; docs/backup.md says how its keys come back"
        )
    if settings.keys.passphrase == "credential" and not os.environ.get(HANDED_OVER):
        raise CannotRestore(
            "the passphrase is in no backup: it is a credential of the service manager; "
            "docs/keys.md says how to start a command with it"
        )
    if wanted.demo_clock:
        move_clock(settings, wanted.demo_clock)
    load(settings, entries)
    migrate(wanted.folder)
    return settings


def _addressed(text: bytes, url: str) -> bytes:
    if not url:
        return text
    line = re.compile(rb"^(url\s*=\s*)\"[^\"\n]*\"", re.MULTILINE)
    head, section, rest = text.partition(b"[database]")
    return head + section + line.sub(lambda found: found[1] + quoted(url).encode(), rest, count=1)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(chunks)


def _destroy_what_is_gone(
    settings: Settings, recovery: Recovery, books: Store, since: datetime
) -> tuple[int, int]:
    """Calls destroyed since the backup, then those that fell due: key, bytes and rows."""
    from vaiti.ops.key_client import working_client
    from vaiti.retention.backups import bury
    from vaiti.retention.replay import replay_tombstones

    keys, store, clock = working_client(settings), open_store(settings), clock_of(settings)
    told = list(_tombstones(books, recovery, since))
    with keys_running(settings):
        buried = bury(told, clock())
        replay_tombstones(keys, store, clock())
        destroyed = _sweep_to_the_end(settings, keys, store)
    return buried, destroyed


def _tombstones(books: Store, recovery: Recovery, since: datetime) -> Iterator[dict[str, object]]:
    """What every export since then tells: an earlier one tells of what the backup knows."""
    for object_id, header in _headers(books, TOMBSTONES):
        if from_micros(header.made_us) >= since:
            for _, chunks in unpacked(_content(books, object_id, recovery)):
                yield from json.loads(b"".join(chunks))


def _sweep_to_the_end(settings: Settings, keys: KeyClient, store: Store) -> int:
    from vaiti.retention.sweep import sweep

    clock, destroyed = clock_of(settings), 0
    while True:
        swept = sweep(keys, store, settings.journal, clock())
        destroyed += swept.destroyed
        if not swept.destroyed and swept.left:
            raise CannotRestore(
                f"{swept.left} calls whose time is over could not be destroyed; the keys and the "
                "store of the new folder must be reachable"
            )
        if not swept.destroyed:
            return destroyed


def _fetch(store: Store, copies: Store, now: datetime) -> tuple[int, int]:
    """Recordings of the calls that remain, from the copies: fetched ones, and missing ones.

    One that was packed since the register's backup was made is found by the name of what it was.
    """
    from vaiti.register import settling
    from vaiti.retention.backups import recordings

    fetched, lacking = 0, list[ObjectId]()
    for object_id, _ in recordings():
        if not store.absent(object_id):
            continue
        if _copied(store, copies, object_id):
            fetched += 1
        else:
            lacking.append(object_id)
    adopted = 0
    for object_id in lacking:
        for made in settling.names_after(object_id):
            if sha256 := _copied(store, copies, made[0]):
                settling.adopt(object_id, sha256, -(-store.size(made[0]) // SEGMENT), now, made)
                adopted += 1
                break
    return fetched + adopted, len(lacking) - adopted


def _copied(store: Store, copies: Store, object_id: ObjectId) -> str:
    """The SHA-256 of what was fetched; empty where there is no copy."""
    try:
        size = copies.size(object_id)
    except NoObject:
        return ""
    parts = (copies.get(object_id, at, CHUNK) for at in range(0, size, CHUNK))
    return store.put(object_id, parts)


def _note(settings: Settings, backup: ObjectId, made: Restored) -> None:
    from django.db import connections, transaction

    from vaiti.audit import log
    from vaiti.audit.kinds import Kind

    facts: Facts = {
        "backup": backup,
        "made_us": to_micros(made.register_at),
        "buried": made.buried,
        "destroyed": made.destroyed,
        "recordings": made.recordings,
        "missing": made.missing,
    }
    with transaction.atomic():
        kind = Kind.OPS_REGISTER_RESTORED
        log.append(kind, actor="system:restore", facts=facts, now=clock_of(settings)())
    connections.close_all()


@contextmanager
def keys_running(settings: Settings) -> Iterator[None]:
    """The key process of the new folder, and no other process of it."""
    child = next(one for one in children(settings) if one.name == "keys")
    supervisor = Supervisor([child], settings.run, settings.logs)
    supervisor.bring_up(child)
    try:
        yield
    finally:
        supervisor.stop_all()
