"""The program whose disk is watched: calls are recorded and enter the book, and one is destroyed.

    python -m powercut.worked make FOLDER    before: keys, people, lines; nothing recorded
    python -m powercut.worked work FOLDER    what is watched; it marks what holds from then on

What each call's object has to be stands in FOLDER.json, the marks in FOLDER.marks.
"""

import json
import os
import sys
from pathlib import Path

from powercut.setup import OLDER, django_in, round_of_destruction


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

    marks = os.open(f"{folder}.marks", os.O_WRONLY | os.O_CREAT, 0o600)
    world = JournalWorld(folder)
    old = world.seal("anna.astrom", start=START - OLDER)
    calls = [old, world.seal("leila.virtanen"), world.seal("anna.astrom")]
    whole = {each.call_id: each.whole.hex() for each in calls}
    Path(f"{folder}.json").write_text(json.dumps(whole))
    assert world.writer is not None
    for call in calls[:2]:
        world.write(*call.records)
        world.writer.sync()
        _mark(marks, "finished", call.call_id)
        world.step()
        _mark(marks, "entered", call.call_id)
    in_progress = calls[2]
    world.write(*in_progress.records[:3])
    world.writer.sync()
    _mark(marks, "begun", in_progress.call_id)
    world.write(*in_progress.records[3:])
    world.writer.sync()
    _mark(marks, "finished", in_progress.call_id)
    _mark(marks, "dying", old.call_id)
    round_of_destruction(world)
    _mark(marks, "destroyed", old.call_id)
    world.close()


def _mark(marks: int, what: str, call_id: str) -> None:
    os.write(marks, f"{what} {call_id}\n".encode())


if __name__ == "__main__":
    django_in(Path(sys.argv[2]))
    {"make": make, "work": work}[sys.argv[1]](Path(sys.argv[2]))
