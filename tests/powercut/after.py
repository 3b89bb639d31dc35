"""The program after the cut: everything starts on what is left, and is looked at.

    python -m powercut.after

Reads a line of JSON for each state: `folder`, `calls` (what each recording has to be, as hex) and
`marks` (what the program before had come to). Answers each with what does not hold, a list.

All is imported once; for each state a process is forked, in which worker and recorder begin anew,
and from it another one that is the key process. Nothing is kept from one state to the next.
"""

import gc
import hashlib
import json
import os
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

from powercut.setup import (
    OLD,
    SEGMENTS,
    day_of_destruction,
    day_of_originals,
    day_of_settling,
    django_in,
    packets,
    round_of_destruction,
    round_of_packing,
)

if __name__ == "__main__":
    django_in(Path("nowhere"))

from django.db import connections

from cast import NOW
from register.journal_world import JournalWorld
from vaiti.access.settling import opening
from vaiti.playback import settle
from vaiti.playback.recorded import Recorded
from vaiti.register.models import Call
from vaiti.register.settling import Open
from vaiti.retention import sweep as _sweep  # noqa: F401 - imported once, before the forks
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.grant import Grant
from vaiti.vault.keyclient import KeysRefused
from vaiti.vault.keyprocess import KeyServer
from vault.keyworld import answers, wait_for

Marks = list[tuple[str, str]]


class Forked:
    """A process of its own, as `subprocess.Popen` would start it."""

    def __init__(self, main: Callable[[], None]) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                main()
                code = 0
            except BaseException:  # noqa: BLE001 - a fork never goes on in its parent's program
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class World(JournalWorld):
    """Its key process locks no memory, which for a fork would be all that its parent has."""

    def start_keys(self) -> None:
        config, now = self.secrets.config, self.now

        def main() -> None:
            os.closerange(3, 256)
            readings = chain([now - timedelta(minutes=1)], repeat(now))
            KeyServer(config, lambda: next(readings), lambda grant: None).run()

        self.process = Forked(main)  # type: ignore[assignment]
        wait_for(lambda: answers(config.socket))


def look(folder: Path, whole: dict[str, bytes], marks: Marks) -> Iterator[str]:
    moments = [datetime.fromisoformat(about) for what, about in marks if what == "at"]
    now = moments[-1] if moments else NOW
    for path in folder.rglob("*"):
        os.utime(path, (now.timestamp(), now.timestamp()))  # as old as it would be
    world = World(folder, now=now)
    look = Look(world, whole, set(marks))
    try:
        for seconds in range(0, 90, 30):
            world.step(world.now + timedelta(seconds=seconds))
        yield from look.calls("at once")
        for day in (day_of_settling(), day_of_originals()):
            if world.now < day:
                world.move(day)
                world.step(day)
            round_of_packing(world)
            yield from look.calls(f"packed on {day}")
        if world.now < day_of_destruction():
            yield from look.alone()
        look.marks |= look.due()
        world.move(day_of_destruction())
        round_of_destruction(world)
        yield from look.calls("destroyed")
        yield from look.alone()
    finally:
        world.close()
    for name in ("db.sqlite3", "keys/keystore.sqlite"):
        with closing(sqlite3.connect(folder / name)) as file:
            found = file.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                yield f"{name}: {found}"


class Look:
    """`whole`: every packet of each call; `marks`: what had been come to."""

    def __init__(self, world: World, whole: dict[str, bytes], marks: set[tuple[str, str]]) -> None:
        self.world, self.whole, self.marks = world, whole, marks

    def due(self) -> set[tuple[str, str]]:
        """Those to be gone after the destruction: the older ones, once they were written down. Of
        a call whose first record is torn only the journal's own time is known."""
        rows = Call.objects.filter(due_at__lte=day_of_destruction())
        there = {("destroyed", each.hex) for each in rows.values_list("id", flat=True)}
        older = list(self.whole)[:OLD]
        return there | {("destroyed", one) for one in older if ("finished", one) in self.marks}

    def calls(self, when: str) -> Iterator[str]:
        for call_id, content in self.whole.items():
            for fault in self.call(call_id, content):
                yield f"{when}: {call_id}: {fault}"

    def call(self, call_id: str, content: bytes) -> Iterator[str]:
        row = Call.objects.filter(id=call_id).first()
        if ("destroyed", call_id) in self.marks:
            yield from self.gone(call_id, row)
        elif ("dying", call_id) in self.marks:
            return  # half destroyed: the round that follows ends it
        elif row is not None:
            yield from self.kept(row, call_id, content)
        else:
            promised = {what for what, about in self.marks if about == call_id}
            yield from (f"{one}, and not in the book" for one in sorted(promised))

    def gone(self, call_id: str, row: Call | None) -> Iterator[str]:
        if row is not None:
            yield "destroyed, and in the book"
        if self.opens(call_id):
            yield "destroyed, and its key lives"

    def kept(self, row: Call, call_id: str, content: bytes) -> Iterator[str]:
        stored = self.world.stored(row.object_id.hex)
        if hashlib.sha256(stored).hexdigest() != row.recording["sha256"]:
            yield "its object is not what the book says"
        if not self.opens(call_id):
            yield "its key is lost"
        heard = self.heard(row)
        if ("finished", call_id) in self.marks and heard != content:
            yield "finished, and what is heard is not whole"
        if ("begun", call_id) in self.marks and len(heard) < len(content) // SEGMENTS:
            yield "begun, and what was synced is not heard"
        if not content.startswith(heard):
            yield "what is heard was never recorded"

    def heard(self, row: Call) -> bytes:
        """Every packet, opened as a listener's program opens it."""
        world, object_id = self.world, ObjectId(row.object_id.hex)
        one = Open(row.id, row.id, object_id, object_id, world.now, None)
        opened = opening(one, world.now, world.secrets.seed)
        return packets(settle._every(Recorded(opened, world.keys, world.store)))

    def alone(self) -> Iterator[str]:
        """Of each call in the book one object, of all others none, and nothing half written."""
        wanted = {ObjectId(each.hex) for each in Call.objects.values_list("object_id", flat=True)}
        store = self.world.store
        if extra := set(store.names()) - wanted:
            yield f"objects of no call: {sorted(extra)}"
        if begun := store.begun():
            yield f"half written: {[path.name for path in begun]}"

    def opens(self, call_id: str) -> bool:
        world, now = self.world, to_micros(self.world.now)
        given = Grant(
            *("listening", "leaf", CallId(call_id), "anyone", "verify", now, now + 1),
            not_before_us=now - 1,
            expires_us=now + 60_000_000,
        )
        try:
            return len(world.keys.unwrap(world.secrets.token(given))) == 32
        except KeysRefused:
            return False


def looked_at(folder: Path, calls: Path, marked: list[str]) -> list[str]:
    """In a process of its own."""
    whole = {name: bytes.fromhex(text) for name, text in json.loads(calls.read_text()).items()}
    marks: Marks = [(line.split()[0], line.split()[1]) for line in marked]
    connections["default"].settings_dict["NAME"] = str(folder / "db.sqlite3")
    found: list[str] = []
    try:
        found.extend(look(folder, whole, marks))
    except Exception as error:  # noqa: BLE001 - whatever does not start is what is looked for
        at = traceback.extract_tb(error.__traceback__)[-1]
        found.append(f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})")
    return found


def main() -> None:
    gc.freeze()  # what was imported is shared by all forks, and is never looked through
    for line in sys.stdin:
        asked = json.loads(line)
        with tempfile.NamedTemporaryFile("r") as said:
            given = (Path(asked["folder"]), Path(asked["calls"]), asked["marks"])

            def child(path: str = said.name, given: tuple[Path, Path, list[str]] = given) -> None:
                Path(path).write_text(json.dumps(looked_at(*given)))

            code = Forked(child).wait()
            answer = said.read() if code == 0 else json.dumps([f"it ended with {code}"])
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
