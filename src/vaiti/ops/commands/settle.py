"""`vaiti settle`: packs recordings into less room now, instead of in the course of the days."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings, WeakSettings
from vaiti.vault.grant import GrantRefused
from vaiti.vault.keyclient import KeysRefused, KeysUnavailable
from vaiti.vault.store import StoreError

if TYPE_CHECKING:
    from vaiti.ops.settling import SettlingDesk

SAY_EVERY = 2.0  # seconds
MEGABYTE = 1_000_000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti settle",
        description="Packs recordings into less room, four days after the call, without "
        "loss, or into Opus where [store] says opus_kbits, while Vaiti runs; docs/store.md.",
    )
    add_data(parser)
    parser.add_argument(
        "--dry-run", action="store_true", help="say how many there are, and change nothing"
    )
    given = parser.parse_args(arguments)
    return refusing_weakness(dry_run if given.dry_run else settle, given.data)


def dry_run(settings: Settings) -> int:
    start_django(settings.folder)
    from vaiti.ops.clocks import clock_of

    print("\n".join(looked(settings, clock_of(settings)())))
    return 0


def looked(settings: Settings, now: datetime) -> list[str]:
    """What could be packed now, and what was."""
    from vaiti.register import settling

    kbits = settings.store.opus_kbits
    stretch = settling.following(None, now, kbits)
    count = len(stretch.calls)
    while stretch.last is not None:
        stretch = settling.following(stretch.last, now, kbits)
        count += len(stretch.calls)
    told = [f"{count} recordings can be packed now.", *gained()]
    if not settings.store.settle:
        told.append("Nothing is packed before [store] says settle = true (docs/store.md).")
    if kbits:
        told.append(
            f"Those that came in G.711 and were never held are kept in Opus, {kbits} kbit/s of "
            "each voice, with loss; the others are packed without."
        )
    return told


def settle(settings: Settings) -> int:
    """0: nothing is left to be packed now. 1: it was cut off, or somebody else packs."""
    if not settings.store.settle or settings.former_store.kind:
        raise WeakSettings(
            "recordings are packed when [store] says settle = true and there is no "
            "[former_store]: write so in the settings, and start Vaiti again (docs/store.md)"
        )
    start_django(settings.folder)
    from vaiti.ops.clocks import clock_of
    from vaiti.ops.worker import settling_desk

    return carry_out(settling_desk(settings), clock_of(settings)())


def carry_out(desk: "SettlingDesk", now: datetime) -> int:
    from vaiti.ops.settling import SETTLER, only_settler
    from vaiti.retention.remains import Remains

    said, packed = time.monotonic(), 0
    try:
        with only_settler(desk.run / SETTLER) as alone:
            if not alone:
                print("Somebody packs just now, the worker perhaps. Try again.", file=sys.stderr)
                return 1
            for one in desk.every(now):
                packed += one
                if time.monotonic() - said >= SAY_EVERY:
                    said = time.monotonic()
                    print(f"{packed} packed", flush=True)
    except (Remains, StoreError, KeysUnavailable, KeysRefused, GrantRefused, OSError) as error:
        print(f"vaiti settle: {error}", file=sys.stderr)
        print("Nothing is lost. Begin again with the same command.", file=sys.stderr)
        return 1
    print("\n".join([f"{packed} packed.", *gained()]))
    return 0


def gained() -> list[str]:
    from vaiti.register import settling

    found = settling.overview()
    gain = 100 * (1 - found.octets / found.was) if found.was else 0.0
    sizes = f"{found.was / MEGABYTE:.1f} MB before, {found.octets / MEGABYTE:.1f} MB now"
    return [
        f"{found.packed} recordings are packed: {sizes} ({gain:.0f} % less); "
        f"{found.left} stay as they came in.",
        "An original goes about an hour after its recording was packed.",
    ]
