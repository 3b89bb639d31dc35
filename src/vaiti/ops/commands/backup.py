"""`vaiti backup`: recovery keys, a backup of register, keys and recordings, and what there is."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.stores import open_store
from vaiti.values.clock import from_micros
from vaiti.vault.backup_file import Kept, catalogue
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti backup", description="Backups; docs/backup.md.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("make", help="one backup now, while Vaiti runs"))
    add_data(verbs.add_parser("list", help="the backups there are, and when each is destroyed"))
    key = verbs.add_parser("key", help="new recovery keys, into two files that you take away")
    add_data(key)
    for name in ("--register-key", "--keys-key"):
        key.add_argument(name, type=Path, required=True, metavar="FILE", help="a new file")
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    from vaiti.ops.backup.recovery import NoRecoveryKey

    if not settings.backup.kind:
        raise WeakSettings("the settings name no [backup] and no [key_backup]; docs/backup.md")
    start_django(settings.folder)
    try:
        {"make": make, "list": show, "key": new_keys}[given.verb](settings, given)
    except (NoRecoveryKey, KeysUnavailable, KeysRefused, StoreError, OSError) as error:
        print(f"vaiti backup: {error}", file=sys.stderr)
        return 1
    return 0


def make(settings: Settings, given: argparse.Namespace) -> None:
    from vaiti.ops.backup import making

    now, keys = clock_of(settings)(), KeyClient(settings.keys_socket)
    made = making.make(settings, keys, open_store(settings), now)
    print(f"register  {made.register}\nkeys      {made.keys}")
    if settings.backup.recordings:
        print(f"recordings: {made.copied} copied, {made.removed} removed")


def show(settings: Settings, given: argparse.Namespace) -> None:
    from vaiti.ops.backup.places import keys_place, register_place

    for place in (register_place(settings), keys_place(settings)):
        found = sorted(catalogue(place), key=lambda one: one.header.made_us if one.header else 0)
        for one in found:
            print(line(one))


def line(one: Kept) -> str:
    if one.header is None:
        return f"{one.object_id}  is no backup of Vaiti"
    made, ends = from_micros(one.header.made_us), from_micros(one.header.expires_us)
    return (
        f"{one.object_id}  {one.header.kind:10} made {made:%Y-%m-%d %H:%M}, "
        f"destroyed {ends:%Y-%m-%d %H:%M}, recovery key {one.header.key}"
    )


def new_keys(settings: Settings, given: argparse.Namespace) -> None:
    from vaiti.ops.backup import recovery

    recovery.make(settings, given.register_key, given.keys_key, clock_of(settings)())
    print(
        f"Written: {given.register_key} and {given.keys_key}. Give them to two people who keep "
        "them\naway from this machine and from each other, and delete them here. Destroy the "
        f"earlier pair\nin {max(settings.backup.days, settings.key_backup.days)} days, when its "
        "last backup is destroyed."
    )
