"""The sections of the settings that say where backups go, and for how long."""

from dataclasses import dataclass
from pathlib import Path

from vaiti.ops.sections.store import FOLDER, S3, StoreSettings, store_fault

NONE = ""
LONGEST_DAYS = 62
LONGEST_KEY_DAYS = 31


@dataclass(frozen=True)
class Backup:
    """Where the register's backups go, and copies of the sealed recordings; empty `kind`: nowhere.

    After `days` a backup is destroyed. One that is older than `late_hours` is an alarm.
    """

    kind: str = NONE
    folder: str = ""
    endpoint: str = ""
    bucket: str = ""
    region: str = ""
    prefix: str = ""
    credentials_file: str = "backup.credentials"
    days: int = 30
    late_hours: int = 48
    recordings: bool = True


@dataclass(frozen=True)
class KeyBackup:
    """Where the keys' backups go: apart from all others, and for a short time only."""

    kind: str = NONE
    folder: str = ""
    endpoint: str = ""
    bucket: str = ""
    region: str = ""
    prefix: str = ""
    credentials_file: str = "key-backup.credentials"
    days: int = 7
    late_hours: int = 48


Place = Backup | KeyBackup


def as_store(place: Place) -> StoreSettings:
    """The place in the words of [store]."""
    if place.kind != S3:
        return StoreSettings()
    return StoreSettings(
        place.kind,
        place.endpoint,
        place.bucket,
        place.region,
        place.prefix,
        place.credentials_file,
    )


def backup_fault(backup: Backup, keys: KeyBackup, store: StoreSettings, folder: Path) -> str | None:
    """A sentence that says what to change, or None."""
    for name, place, most in (
        ("[backup]", backup, LONGEST_DAYS),
        ("[key_backup]", keys, LONGEST_KEY_DAYS),
    ):
        if fault := _place_fault(name, place, most, folder):
            return fault
        if place.kind == S3 and _overlap(as_store(place), store):
            return f"{name} is inside of [store]; give each a bucket or a prefix of its own"
    if bool(backup.kind) != bool(keys.kind):
        return "[backup] and [key_backup] go together: neither is of use without the other"
    if backup.kind and _same(backup, keys):
        return "[backup] and [key_backup] are the same place; keys are kept apart from the rest"
    return None


def _place_fault(name: str, place: Place, most: int, folder: Path) -> str | None:
    if not 1 <= place.days <= most or not 1 <= place.late_hours <= 24 * most:
        return f"days in {name} is from 1 to {most}, and late_hours is not more than that"
    if place.kind == NONE:
        return None
    if place.kind == FOLDER:
        path = Path(place.folder)
        if not path.is_absolute() or path.is_relative_to(folder):
            return f"folder in {name} is a path from / that is not inside of the data folder"
        return None
    fault = store_fault(as_store(place))
    return fault.replace("[store]", name) if fault else None


def _same(backup: Backup, keys: KeyBackup) -> bool:
    if backup.kind != keys.kind:
        return False
    if backup.kind == FOLDER:
        one, other = Path(backup.folder).resolve(), Path(keys.folder).resolve()
        return one.is_relative_to(other) or other.is_relative_to(one)
    return _overlap(as_store(backup), as_store(keys))


def _overlap(one: StoreSettings, other: StoreSettings) -> bool:
    if (one.endpoint.rstrip("/"), one.bucket) != (other.endpoint.rstrip("/"), other.bucket):
        return False
    return one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix)
