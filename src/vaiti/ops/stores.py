"""Opens the store that the settings name, and says whether it can keep its promise."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from vaiti.audio.lossy import encodable
from vaiti.ops.clocks import machine_clock
from vaiti.ops.sections.store import S3, StoreSettings, bucket_place
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.vault.keyfiles import SecretFileError
from vaiti.vault.s3_bucket import Bucket, BucketPlace
from vaiti.vault.store import FolderStore, Store
from vaiti.vault.two_stores import TwoStores

if TYPE_CHECKING:
    from vaiti.vault.s3 import S3Store
    from vaiti.vault.s3_fitness import Unfit

ALARM = "store_unfit"
MADE = "store.made"
"""Beside the store's folder, and on another disk than that if it has its own."""
MOVING = "moving.lock"
"""In `run/`: held by whoever moves or destroys while there are two stores."""


def open_store(settings: Settings) -> Store:
    """The store of sealed recordings, with the former one if there is any. Raises WeakSettings."""
    return two_stores(settings) or _opened(settings, settings.store, "[store]")


def two_stores(settings: Settings) -> TwoStores | None:
    """While recordings move from one store to the other. Raises WeakSettings."""
    if not settings.former_store.kind:
        return None
    now = _opened(settings, settings.store, "[store]")
    former = open_former_store(settings)
    return TwoStores(now, former, settings.run / MOVING)


def open_former_store(settings: Settings) -> Store:
    """The one that is left. Raises WeakSettings."""
    return _opened(settings, settings.former_store, "[former_store]")


def _opened(settings: Settings, store: StoreSettings, section: str) -> Store:
    if store.kind != S3:
        return FolderStore(settings.store_folder, settings.folder / MADE)
    try:
        place = bucket_place(store, settings.secrets)
    except SecretFileError as error:
        raise WeakSettings(f"credentials_file in {section}: {error}") from error
    return bucket_store(place)


def bucket_store(place: BucketPlace, part: str = "") -> "S3Store":
    """The store in a bucket, or the part of it under a further prefix."""
    from vaiti.vault.s3 import S3Store

    if part:
        place = replace(place, prefix=f"{place.prefix}{part}/")
    return S3Store(Bucket(place, machine_clock))


def store_faults(settings: Settings) -> "list[Unfit]":
    """What keeps a store from destroying for good. Raises WeakSettings, StoreError, OSError."""
    from vaiti.vault.s3 import S3Store
    from vaiti.vault.s3_fitness import faults

    found: list[Unfit] = []
    for section, told in (("[store]", settings.store), ("[former_store]", settings.former_store)):
        if told.kind == S3:
            store = _opened(settings, told, section)
            assert isinstance(store, S3Store)
            found += faults(store)
    return found


def require_encoder(kbits: int) -> None:
    """Raises WeakSettings where recordings are to settle into Opus and nothing here encodes it."""
    if kbits and not encodable():
        raise WeakSettings(
            "opus_kbits in [store] needs an encoder that this installation has not: start once "
            "with VAITI_WITH=codecs (docs/store.md), or take opus_kbits out"
        )


def watch_store(settings: Settings, now: datetime) -> None:
    """An alarm while the bucket is set up so that it keeps what was destroyed. For each day."""
    from vaiti.due import alarms

    found = store_faults(settings)
    if found:
        alarms.raise_alarm(ALARM, "", " ".join(one.code for one in found), now)
    else:
        alarms.clear(ALARM, "", now)
