"""The stores in which backups lie: one for the register, one for recordings, one for keys."""

from pathlib import Path

from vaiti.ops.sections.backup import Place, as_store
from vaiti.ops.sections.store import FOLDER, bucket_place
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.stores import bucket_store
from vaiti.vault.keyfiles import SecretFileError
from vaiti.vault.s3_signing import Credentials
from vaiti.vault.store import FolderStore, Store

BOOKS, RECORDINGS = "register", "recordings"
MARK = "restoring"
"""Lies in a data folder until everything in it is destroyed that should be."""
SETTINGS = "settings"
"""The first entry of a register's backup."""


def register_place(settings: Settings) -> Store:
    return open_place(settings.backup, settings.secrets, BOOKS)


def recordings_place(settings: Settings) -> Store:
    return open_place(settings.backup, settings.secrets, RECORDINGS)


def keys_place(settings: Settings) -> Store:
    return open_place(settings.key_backup, settings.secrets, "")


def open_place(place: Place, secrets: Path, part: str) -> Store:
    """Raises WeakSettings where the place cannot be opened."""
    if place.kind == FOLDER:
        try:
            return FolderStore(Path(place.folder) / part)
        except OSError as error:
            raise WeakSettings(f"{place.folder} cannot be used: {error.strerror}") from error
    try:
        return bucket_store(bucket_place(as_store(place), secrets), part)
    except SecretFileError as error:
        raise WeakSettings(f"credentials_file of a backup: {error}") from error


def credentials_of(place: Place, secrets: Path) -> Credentials | None:
    if place.kind == FOLDER:
        return None
    return bucket_place(as_store(place), secrets).credentials
