"""`vaiti restore`: a new data folder from backups, with everything gone that should be gone."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError

from vaiti.ops.backup.packing import PackDamaged
from vaiti.ops.backup.recovery import NoRecoveryKey, read
from vaiti.ops.backup.register_copy import CannotRestore
from vaiti.ops.restoring import Restored, Wanted, restore
from vaiti.ops.settings import WeakSettings
from vaiti.ops.supervisor import CannotStart
from vaiti.vault.backup_file import KEYS, REGISTER, BackupDamaged
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError

FAILURES = (
    *(NoRecoveryKey, CannotRestore, BackupDamaged, PackDamaged, WeakSettings, CannotStart),
    *(KeysUnavailable, KeysRefused, StoreError, DatabaseError, OSError),
)


LOST = (
    "NOT KNOWN HERE, look at it before anybody signs in:\n"
    "  holds placed after {at}: their calls are destroyed on their ordinary day, and those whose\n"
    "    day is past already are; place them again (the log that left the machine lists them)\n"
    "  what was destroyed early in the last ten minutes before the loss: go through the cases\n"
    "    and orders of that time and have it destroyed again"
)
"""What a restore cannot bring back, said where somebody reads it."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti restore", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a new folder")
    for name in ("--register-key", "--keys-key"):
        parser.add_argument(name, type=Path, required=True, metavar="FILE", help="a recovery key")
    parser.add_argument(
        "--at", type=datetime.fromisoformat, metavar="TIME", help="nothing newer; with its zone"
    )
    parser.add_argument(
        "--demo-clock", type=float, default=0.0, metavar="SECONDS", help="a demo's is so far ahead"
    )
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database")
    given = parser.parse_args(arguments)
    if given.at is not None and given.at.tzinfo is None:
        parser.error("--at needs its zone, such as Z or +02:00")
    try:
        keys = (read(given.register_key, REGISTER), read(given.keys_key, KEYS))
        told(
            restore(
                Wanted(given.data.resolve(), *keys, given.at, given.database_url, given.demo_clock)
            )
        )
    except FAILURES as error:
        print(f"vaiti restore: {error}", file=sys.stderr)
        return 1
    print(f"Nobody has signed in yet. Start it: vaiti up --data {given.data}")
    return 0


def told(made: Restored) -> None:
    for what, at in (("register", made.register_at), ("keys", made.keys_at)):
        print(f"{what} of {at:%Y-%m-%d %H:%M} UTC")
    print(
        f"destroyed again: {made.buried} calls that were destroyed since then, and "
        f"{made.destroyed} whose time is over\n"
        f"recordings: {made.recordings} fetched from the copies, {made.missing} are in no copy"
    )
    print(LOST.format(at=f"{made.register_at:%Y-%m-%d %H:%M} UTC"))
