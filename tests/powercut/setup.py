"""What the watched program and the one after the cut share: days, sound, and the rounds."""

import os
import struct
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from register.journal_world import JournalWorld
    from vaiti.audio.track import Run
    from vaiti.ops.settling import SettlingDesk

OLDER = timedelta(days=10)
"""So much older are the calls that are destroyed, the first OLD of all."""
OLD = 2
PACKETS = 20  # in a segment
SEGMENTS = 3


def django_in(folder: Path) -> None:
    os.environ["VAITI_TEST_DATABASE"] = f"sqlite://{folder}/db.sqlite3"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaiti.ops.django_settings")
    import django

    django.setup()


def sound() -> list[bytes]:
    """The records of each segment: G.711 packets, in which there is something to pack."""
    from manifests import START
    from vaiti.audio.track import RunHead
    from vaiti.values.clock import to_micros

    begins, made = to_micros(START), []
    for first in range(0, SEGMENTS * PACKETS, PACKETS):
        head = RunHead(0, 8, 7, begins + first * 20_000, 160)
        entries = [
            struct.pack(">HII", at, at * 160, (at - first) * 20_000) + bytes((0xD5,)) * 160
            for at in range(first, first + PACKETS)
        ]
        made.append(head.encode(PACKETS) + b"".join(entries))
    return made


def packets(runs: Iterable["Run"]) -> bytes:
    """Each packet with all that is known of it, however they are cut into runs."""
    return b"".join(
        b"".join((bytes((run.track, run.pt)), *(each.tobytes() for each in packet)))
        for run in runs
        for packet in zip(run.seq, run.ts, run.arrival_us, run.payload, strict=True)
    )


def day_of_settling() -> datetime:
    """All calls are old enough to be packed."""
    from manifests import START

    return START + timedelta(days=5)


def day_of_originals() -> datetime:
    """What was packed that day is read by nobody any more."""
    return day_of_settling() + timedelta(hours=3)


def day_of_destruction() -> datetime:
    """The older calls are due, the others are not."""
    from manifests import START

    return START - OLDER + timedelta(days=186)


def desk_of(world: "JournalWorld") -> "SettlingDesk":
    from vaiti.ops.settling import SettlingDesk

    run = world.folder / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    return SettlingDesk(world.keys, world.store, run, world.secrets.seed, lambda: world.now)


def round_of_packing(world: "JournalWorld") -> int:
    """How many recordings were packed; what killed writers left goes too."""
    from vaiti.retention import leftovers

    leftovers.clear(world.store, world.now)
    return sum(desk_of(world).every(world.now))


def round_of_destruction(world: "JournalWorld") -> None:
    from vaiti.retention.sweep import sweep

    world.step(world.now)
    sweep(world.keys, world.store, world.journal, world.now, world.intake.has_read)
