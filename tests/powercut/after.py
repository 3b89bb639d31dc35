"""The program after the cut: everything starts on what is left, and is looked at.

    python -m powercut.after FOLDER CALLS.json MARKS

MARKS are those that the program before had come to. Prints what does not hold, a line each.
"""

import hashlib
import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from powercut.setup import django_in, round_of_destruction

if TYPE_CHECKING:
    from register.journal_world import JournalWorld

Marks = set[tuple[str, str]]


def look(folder: Path, whole: dict[str, bytes], marks: Marks) -> Iterator[str]:
    from register.journal_world import JournalWorld

    world = JournalWorld(folder)
    try:
        for seconds in range(0, 90, 30):
            world.step(world.now + timedelta(seconds=seconds))
        for call_id, content in whole.items():
            yield from _call(world, call_id, content, marks)
        round_of_destruction(world)
        dead = {call for what, call in marks if what == "dying"} or {next(iter(whole))}
        for call_id, content in whole.items():
            if call_id in dead:
                yield from _gone(world, call_id)
            else:
                yield from _call(world, call_id, content, marks)
    finally:
        world.close()
    for name in ("db.sqlite3", "keys/keystore.sqlite"):
        with closing(sqlite3.connect(folder / name)) as file:
            found = file.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                yield f"{name}: {found}"


def _call(world: "JournalWorld", call_id: str, content: bytes, marks: Marks) -> Iterator[str]:
    from vaiti.register.models import Call

    row = Call.objects.filter(id=call_id).first()
    if ("destroyed", call_id) in marks:
        yield from _gone(world, call_id)
        return
    if row is None:
        if ("finished", call_id) in marks and ("dying", call_id) not in marks:
            yield f"{call_id}: finished, and not in the book"
        return
    if ("dying", call_id) in marks:
        return  # half destroyed: the round that follows ends it
    found = world.stored(row.object_id.hex)
    if hashlib.sha256(found).hexdigest() != row.recording["sha256"]:
        yield f"{call_id}: its object is not what the book says"
    if ("finished", call_id) in marks and found != content:
        yield f"{call_id}: finished, and its object is not whole"
    if not content.startswith(found):
        yield f"{call_id}: its object holds what was never recorded"
    if not _opens(world, call_id):
        yield f"{call_id}: its key is lost"


def _gone(world: "JournalWorld", call_id: str) -> Iterator[str]:
    from vaiti.register.models import Call

    if Call.objects.filter(id=call_id).exists():
        yield f"{call_id}: destroyed, and in the book"
    if _opens(world, call_id):
        yield f"{call_id}: destroyed, and its key lives"


def _opens(world: "JournalWorld", call_id: str) -> bool:
    from vaiti.values.clock import to_micros
    from vaiti.values.ids import CallId
    from vaiti.vault.grant import Grant
    from vaiti.vault.keyclient import KeysRefused

    now = to_micros(world.now)
    given = Grant(
        *("listening", "leaf", CallId(call_id), "anyone", "verify", now, now + 1),
        not_before_us=now - 1,
        expires_us=now + 60_000_000,
    )
    try:
        return len(world.keys.unwrap(world.secrets.token(given))) == 32
    except KeysRefused:
        return False


def main(folder: Path, calls: Path, marked: Path) -> None:
    whole = {name: bytes.fromhex(text) for name, text in json.loads(calls.read_text()).items()}
    marks = {(words[0], words[1]) for words in map(str.split, marked.read_text().splitlines())}
    for fault in look(folder, whole, marks):
        sys.stdout.write(fault + "\n")


if __name__ == "__main__":
    django_in(Path(sys.argv[1]))
    main(*map(Path, sys.argv[1:4]))
