"""`vaiti store`: moves recordings from the former store into the one that is used."""

import argparse
import sys
import time
from collections.abc import Sequence

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings
from vaiti.ops.state_files import read_state
from vaiti.vault.store import StoreError

SAY_EVERY = 2.0  # seconds
MOST_NAMED = 20
MEGABYTE = 1_000_000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti store", description="Where recordings lie; docs/store.md."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(
        verbs.add_parser(
            "move",
            help="move all recordings from [former_store] into [store], while Vaiti runs; what was "
            "cut off goes on",
        )
    )
    add_data(verbs.add_parser("status", help="how far that is, and what is left"))
    given = parser.parse_args(arguments)
    act = {"move": move, "status": status}[given.verb]
    return refusing_weakness(act, given.data)


def move(settings: Settings) -> int:
    """0: nothing is left in the former store. 1: something is, or it was cut off."""
    start_django(settings.folder)
    from vaiti.ops import store_moving
    from vaiti.retention.moving import CameOtherwise, Moved

    told = [0.0]

    def say(total: int, done: Moved) -> None:
        if time.monotonic() - told[0] >= SAY_EVERY:
            told[0] = time.monotonic()
            print(line(total, done.objects, done.octets, done.kept), flush=True)

    try:
        found = store_moving.run(settings, clock_of(settings), say)
    except (store_moving.Elsewhere, CameOtherwise, StoreError, OSError) as error:
        print(f"vaiti store: {error}", file=sys.stderr)
        print("Nothing is lost. Begin again with the same command.", file=sys.stderr)
        return 1
    done = found.done
    print(line(found.total, done.objects, done.octets, done.kept))
    if not found.left:
        print("Nothing is left in the former store: take [former_store] out, and start again.")
        return 0
    print(
        f"{found.left} objects are left there. {done.kept} are not what the register says, or not "
        "what the other store has: vaiti store status, and docs/store.md",
        file=sys.stderr,
    )
    return 1


def status(settings: Settings) -> int:
    """0: nothing is on its way. 1: something is left in the former store."""
    from vaiti.ops.store_moving import STATE
    from vaiti.ops.stores import two_stores

    stores = two_stores(settings)
    if stores is None:
        print("The settings name one store: nothing is on its way.")
        return 0
    try:
        found = [one.name for one in stores.former.listed()]
    except (StoreError, OSError) as error:
        print(f"vaiti store: {error}", file=sys.stderr)
        return 1
    told = read_state(settings.run / STATE)
    if told:
        counts = (told["total"], told["objects"], told["octets"], told["kept"])
        print(f"{told['state']} since {told['at']}: {line(*counts)}")
    print(f"{len(found)} objects are left in the former store.")
    for name in found[:MOST_NAMED]:
        print(f"  {name}")
    return 1 if found else 0


def line(total: int, objects: int, octets: int, kept: int) -> str:
    share = 100 * objects // total if total else 100
    aside = f", {kept} kept back" if kept else ""
    return f"{objects} of {total} moved ({share} %), {octets / MEGABYTE:.1f} MB{aside}"
