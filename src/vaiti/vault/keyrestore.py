"""Brings a key store back by the shares of its escrow, while no key process runs."""

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from vaiti.vault import keysecret
from vaiti.vault.escrow import Keeping, Share
from vaiti.vault.keydatabase import connect, make_private, scour, transaction
from vaiti.vault.keyfiles import sync_folder
from vaiti.vault.keysealing import KeyStoreError
from vaiti.vault.keyservice import KeyService


def put_back(copy: Path, path: Path) -> None:
    """A backup's copy becomes the key store, where none is. Raises KeyStoreError."""
    if path.exists():
        raise KeyStoreError(f"{path} is there already; move it aside if it is lost, and try again")
    aside = path.with_suffix(".part")
    try:
        make_private(aside)
        shutil.copyfile(copy, aside)
        aside.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise KeyStoreError(f"{copy} cannot be put back: {error.strerror}") from error


def restore(path: Path, service: KeyService, shares: Sequence[Share], now_us: int) -> Keeping:
    """Seals the store under `service`, with a new secret. Raises KeyStoreError and EscrowError.

    The shares have been together: they open nothing from here on, and an escrow is made anew.
    """
    if not path.exists():
        raise KeyStoreError(f"there is no {path}; name a copy of it from a backup (--copy)")
    try:
        with closing(connect(path)) as database:
            with transaction(database):
                keysecret.restored(database, service, shares, now_us)
            scour(database)
            service.keep_only(keysecret.sealed_by(database))
            return keysecret.keeping(database)
    except sqlite3.Error as error:
        raise KeyStoreError(f"{path} cannot be used: {error}") from error
