"""The program whose disk is watched: calls are recorded, enter the book, are packed, and two are
destroyed.

    python -m powercut.worked make FOLDER    before: keys, people, lines; nothing recorded
    python -m powercut.worked work FOLDER    what is watched; it marks what holds from then on

What each call's recording has to be stands in FOLDER.json, the marks in FOLDER.marks.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from powercut.setup import (
    OLDER,
    day_of_destruction,
    day_of_originals,
    day_of_settling,
    django_in,
    packets,
    round_of_destruction,
    round_of_packing,
    sound,
)

if TYPE_CHECKING:
    from register.journal_world import JournalWorld, Sealed

Mark = Callable[[str, str], None]


def make(folder: Path) -> None:
    from django.core.management import call_command

    from cast import make_cast
    from register.journal_world import JournalWorld

    call_command("migrate", verbosity=0)
    make_cast()
    world = JournalWorld(folder)
    world.keys.describe()
    world.close()


def work(folder: Path) -> None:
    from manifests import START
    from register.journal_world import JournalWorld
    from vaiti.audio.track import as_plaintext, read_records

    marks = os.open(f"{folder}.marks", os.O_WRONLY | os.O_CREAT, 0o600)

    def mark(what: str, about: str) -> None:
        os.write(marks, f"{what} {about}\n".encode())

    world, records = JournalWorld(folder), sound()
    first, second, last = map(as_plaintext, records)
    world.said = (first, second, last)
    older = START - OLDER
    old = [world.seal("anna.astrom", start=older), world.seal("leila.virtanen", start=older)]
    calls = [*old, world.seal("leila.virtanen"), world.seal("anna.astrom")]
    whole = packets(read_records(b"".join(records))).hex()
    Path(f"{folder}.json").write_text(json.dumps({each.call_id: whole for each in calls}))
    record(world, calls, mark)
    pack(world, calls[:3], mark)
    move(world, day_of_destruction(), mark)
    for call in old:
        mark("dying", call.call_id)
    round_of_destruction(world)
    for call in old:
        mark("destroyed", call.call_id)
    world.close()


def record(world: "JournalWorld", calls: list["Sealed"], mark: Mark) -> None:
    """Two that are taken in together, one that is in progress while another file of the journal
    begins, and one over which the recorder dies: that one enters by itself. The objects of the two
    become durable as those of many do."""
    from vaiti.vault import store

    store.MANY = 2  # type: ignore[misc]
    assert world.writer is not None
    for call in calls[:2]:
        world.write(*call.records)
        world.writer.sync()
        mark("finished", call.call_id)
    entered(world, calls[:2], mark)
    in_progress, cut_off = calls[2:]
    begun(world, in_progress, 3, mark)
    world.writer.begin_file()
    world.write(*in_progress.records[3:])
    world.writer.sync()
    mark("finished", in_progress.call_id)
    begun(world, cut_off, 4, mark)
    world.kill_recorder(last_wrote=world.now - timedelta(hours=2))
    world.start_recorder()
    entered(world, calls[2:], mark)


def begun(world: "JournalWorld", call: "Sealed", records: int, mark: Mark) -> None:
    """So many of its records are there."""
    assert world.writer is not None
    world.write(*call.records[:records])
    world.writer.sync()
    mark("begun", call.call_id)


def entered(world: "JournalWorld", calls: list["Sealed"], mark: Mark) -> None:
    assert [one.what.value for one in world.step()] == ["entered"] * len(calls)
    for call in calls:
        mark("entered", call.call_id)


def pack(world: "JournalWorld", calls: list["Sealed"], mark: Mark) -> None:
    """Those that ended; their originals go some hours later."""
    move(world, day_of_settling(), mark)
    world.step(world.now)
    assert round_of_packing(world) == len(calls)
    for call in calls:
        mark("packed", call.call_id)
    move(world, day_of_originals(), mark)
    round_of_packing(world)
    for call in calls:
        mark("alone", call.call_id)


def move(world: "JournalWorld", now: datetime, mark: Mark) -> None:
    mark("at", now.isoformat())
    world.move(now)


if __name__ == "__main__":
    django_in(Path(sys.argv[2]))
    {"make": make, "work": work}[sys.argv[1]](Path(sys.argv[2]))
