"""The daily look for what is older than promised: written down, and an alarm where it fails."""

import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.ops.backup.places import keys_place, recordings_place, register_place
from vaiti.ops.sections.store import FOLDER, S3
from vaiti.ops.settings import Settings
from vaiti.ops.stores import open_store
from vaiti.promises.older.scan import ACTOR, NothingPromised, Scan, Where, facts_of, scan
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store

ALARM = "older_than_promised"
SHARED = (Path("/tmp"), Path("/var/tmp"))


def where(settings: Settings) -> Where:
    return Where(
        folder=settings.folder,
        store=open_store(settings),
        journal=settings.journal,
        keystore=settings.keystore,
        temporary=temporary(),
        backups=(settings.folder / "backups", *backup_folders(settings)),
        buckets=backup_buckets(settings),
        cases=timedelta(days=settings.cases.keep_days),
    )


def backup_folders(settings: Settings) -> tuple[Path, ...]:
    """Where `vaiti backup` writes on this machine."""
    places = (settings.backup, settings.key_backup)
    return tuple(Path(one.folder) for one in places if one.kind == FOLDER)


def backup_buckets(settings: Settings) -> dict[str, Store]:
    """Where `vaiti backup` writes elsewhere. Raises WeakSettings."""
    found = dict[str, Store]()
    if settings.backup.kind == S3:
        found["backup/register"] = register_place(settings)
        found["backup/recordings"] = recordings_place(settings)
    if settings.key_backup.kind == S3:
        found["key_backup"] = keys_place(settings)
    return found


def temporary() -> tuple[Path, ...]:
    """Where programs of this machine leave what they need for a moment."""
    chosen = Path(tempfile.gettempdir())
    return (chosen,) if os.environ.get("TMPDIR") else (chosen, *SHARED)


def look(settings: Settings, keys: KeyClient, now: datetime, months: int | None = None) -> Scan:
    """Looks, notes what was found, raises the alarm or ends it. Raises NothingPromised."""
    moved = now - datetime.now(UTC) if settings.demo else timedelta()
    found = scan(where(settings), keys, now, moved=moved, months=months)
    if months is None:
        with transaction.atomic():
            note(found, now)
    return found


def note(found: Scan, now: datetime) -> None:
    for one in found.places:
        facts = facts_of(found, one)
        kind = Kind.RETENTION_PLACE_SCANNED
        log.append(kind, actor=ACTOR, subject=one.place, facts=facts, now=now)
        if one.holds:
            alarms.clear(ALARM, one.place, now)
        else:
            told = f"older={one.older} strange={one.strange} unseen={int(bool(one.fault))}"
            alarms.raise_alarm(ALARM, one.place, told, now)


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """For the worker; where no notice is published yet there is nothing to look for."""

    settings: Settings
    keys: KeyClient

    def look(self, now: datetime) -> None:
        try:
            look(self.settings, self.keys, now)
        except NothingPromised:
            return
