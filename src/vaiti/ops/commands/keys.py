"""`vaiti keys`: how the key store's secret is kept, renewed, given in escrow, brought back."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from vaiti.audit.entry import Facts
from vaiti.audit.presence import entries_of
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of, machine_clock
from vaiti.ops.django_start import start_django
from vaiti.ops.escrow_sheet import sheet
from vaiti.ops.key_service import served, service_of, told_of
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.ops.witness import witness_of
from vaiti.values.clock import from_micros, to_micros
from vaiti.vault import escrow as escrows
from vaiti.vault.escrow import EscrowError, Keeping
from vaiti.vault.hardening import may_lock_memory, swap_in_use
from vaiti.vault.keyclient import KeyClient, KeysRefused, KeysUnavailable
from vaiti.vault.keyfiles import SecretFileError, make_passphrase, write_secret
from vaiti.vault.keyrestore import put_back, restore
from vaiti.vault.keysealing import KeyStoreError

BY = "system:command-line"
FAULTS = (EscrowError, KeyStoreError, KeysRefused, KeysUnavailable, OSError, SecretFileError)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti keys", description="The secret under which all keys are sealed."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("status", help="how it is kept, since when, who holds shares"))
    add_data(verbs.add_parser("rotate", help="make a new one; the old one opens nothing then"))
    giving = verbs.add_parser("escrow", help="give shares of it to named persons")
    add_data(giving)
    giving.add_argument("--person", action="append", required=True, help="again for each")
    giving.add_argument("--threshold", type=int, required=True, help="how many bring it back")
    giving.add_argument("--to", type=Path, required=True, help="a new folder for the sheets")
    serving = verbs.add_parser("serve", help="be the key process, as a service of its own user")
    serving.add_argument("--folder", required=True, type=Path, help="its own folder: keys.toml")
    bringing = verbs.add_parser("restore", help="bring the key store back by shares")
    add_data(bringing)
    bringing.add_argument("--share", action="append", required=True, type=Path, metavar="FILE")
    bringing.add_argument("--copy", type=Path, help="a copy of the key store, where it is lost")
    given = parser.parse_args(arguments)
    if given.verb == "serve":
        return serve(given.folder.resolve())
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def serve(folder: Path) -> int:
    """Until SIGTERM. Nothing of Django, and nothing of the data folder but what keys.toml names."""
    from vaiti.vault.keyprocess import serve as answer

    try:
        told, config = served(folder)
        if told.swap == "refuse" and swap_in_use() and not may_lock_memory():
            raise KeyStoreError(
                "this machine has swap, and keys would be written to it: set LimitMEMLOCK=infinity "
                'in the unit, turn swap off, or write swap = "allow" in keys.toml'
            )
        answer(config, machine_clock, witness_of(entries_of(told.register)))
    except (WeakSettings, *FAULTS) as error:
        print(f"vaiti keys serve: {error}", file=sys.stderr)
        return 1
    return 0


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    try:
        VERBS[given.verb](settings, given, clock_of(settings)())
    except FAULTS as error:
        print(f"vaiti keys {given.verb}: {error}", file=sys.stderr)
        return 1
    return 0


def status(settings: Settings, given: argparse.Namespace, now: datetime) -> None:
    client = KeyClient(settings.keys_socket)
    show(client.keeping())
    described = client.describe()
    print(f"alive: {described.calls} calls, {len(described.days)} destruction days")


def rotate(settings: Settings, given: argparse.Namespace, now: datetime) -> None:
    """Announced in the log first: it cannot be undone. Asked again it makes another new secret."""
    from vaiti.ops.key_client import working_client

    client = working_client(settings, lambda: now)
    before = client.keeping()
    note("keys:secret:rotating", {"generation": before.generation + 1}, now)
    after = client.rotate()
    note("keys:secret:rotated", {"generation": after.generation, "service": after.service}, now)
    show(after)


def give(settings: Settings, given: argparse.Namespace, now: datetime) -> None:
    """The sheets are durable before the escrow counts; what fails in between leaves only paper."""
    client = KeyClient(settings.keys_socket)
    client.keeping()
    made, shares = escrows.make(given.person, given.threshold, to_micros(now))
    given.to.mkdir(mode=0o700, parents=True)
    for share, person in zip(shares, given.person, strict=True):
        text = sheet(made, share, person, settings.controller.name)
        write_secret(given.to / f"share-{share.number}.txt", text.encode())
    waiting = settings.keystore.parent / "escrow.json"
    waiting.unlink(missing_ok=True)
    write_secret(waiting, escrows.encode(made))
    give_to_the_keys_user(waiting)
    facts: Facts = {"set": made.set_id, "threshold": made.threshold, "shares": len(shares)}
    note("keys:escrow:made", facts, now, then=client.entrust)
    show(client.keeping())
    print(
        f"{len(shares)} sheets are in {given.to}: hand each to its person, then destroy them here"
    )


def bring_back(settings: Settings, given: argparse.Namespace, now: datetime) -> None:
    shares = [escrows.read(path.read_text()) for path in given.share]
    passphrase = settings.passphrase
    if given.copy is not None:
        put_back(given.copy, settings.keystore)
    told = told_of(settings)
    if (told.service, told.passphrase) == ("passphrase", "file") and not passphrase.exists():
        make_passphrase(passphrase)
        give_to_the_keys_user(passphrase)
    give_to_the_keys_user(settings.keystore)
    kept = restore(settings.keystore, service_of(settings), shares, to_micros(now))
    facts: Facts = {"set": shares[0].set_id, "shares": len(shares), "generation": kept.generation}
    note("keys:store:restored", facts, now)
    show(kept)
    print("start Vaiti: what was destroyed since the copy was made is destroyed again first")
    print("these shares open nothing any more; make new ones: vaiti keys escrow")


def give_to_the_keys_user(path: Path) -> None:
    """What root makes beside the keys belongs to whoever the folder belongs to."""
    if os.geteuid() == 0 and path.exists():
        whose = path.parent.stat()
        os.chown(path, whose.st_uid, whose.st_gid)


VERBS: Mapping[str, Callable[[Settings, argparse.Namespace, datetime], None]] = {
    "status": status,
    "rotate": rotate,
    "escrow": give,
    "restore": bring_back,
}


def note(
    kind: str,
    facts: Facts,
    now: datetime,
    then: Callable[[], object] | None = None,
) -> None:
    """An entry of the log; `then` is done before it stands, and keeps it out where it fails."""
    from django.db import transaction

    from vaiti.audit import log

    with transaction.atomic():
        log.append(kind, actor=BY, facts=facts, now=now)
        if then is not None:
            then()


def show(kept: Keeping) -> None:
    since = from_micros(kept.rotated_us).isoformat(timespec="minutes") if kept.rotated_us else ""
    print(f"sealed by: {kept.service}")
    print(f"generation: {kept.generation}" + (f", since {since}" if since else ", never rotated"))
    if kept.escrow is None:
        print("escrow: none; whoever loses passphrase or module loses every call")
        return
    made = from_micros(kept.escrow.made_us).date().isoformat()
    needed = f"{kept.escrow.threshold} of {len(kept.escrow.persons)}"
    print(f"escrow: set {kept.escrow.set_id} of {made}; {needed} bring it back:")
    for number, person in enumerate(kept.escrow.persons, 1):
        print(f"  {number} {person}")
