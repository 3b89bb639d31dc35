"""The log in one file, and its verification with nothing but that file and the public key.

JSON lines, UTF-8: `{"format": "vaiti-audit/1"}`, then `{"note": …}` for each checkpoint, then one
object for each entry in order, those still waiting for their place last. Format:
docs/audit-format.md. The file is checked in pieces, and no more than some of them are in memory.
"""

import base64
import binascii
import json
import multiprocessing
import os
import sqlite3
import sys
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

from vaiti.audit.checkpoint import NoteError, open_note
from vaiti.audit.piece import MAX_BYTES, ExportError, Looked, Subtree, Task, look, read_line
from vaiti.audit.stretch import Told
from vaiti.audit.tree import EMPTY_ROOT, Grower
from vaiti.audit.verification import Body, Entry, Report

T = TypeVar("T")
R = TypeVar("R")

FORMAT = "vaiti-audit/1"
PIECE = 2 << 20  # bytes


def processes() -> int:
    """How many may check side by side. Elsewhere than on Linux a copy of a process is not safe."""
    return (os.cpu_count() or 1) if sys.platform == "linux" else 1


def verify_export(
    path: Path, public: bytes, notes: Iterable[str] = (), processes: int = 1, piece: int = PIECE
) -> Report:
    """Checks an exported log. `notes` are checkpoints kept elsewhere. Raises ExportError."""
    with path.open("rb") as file, closing(_Log(public)) as log:
        for note in notes:
            log.note(note)
        _begin(file, log)
        tasks = list(_tasks(path, file, log, piece))
        for looked in in_order(look, tasks, processes):
            log.take(looked)
        return log.report()


def in_order(
    work: Callable[[T], R],
    tasks: Iterable[T],
    processes: int,
    begin: Callable[[], None] | None = None,
) -> Iterator[R]:
    """As `map`, by several processes, with few answers at a time that nobody has taken yet. Each
    process does `begin` first.
    """
    if processes < 2:
        yield from map(work, tasks)
        return
    waiting: deque[Future[R]] = deque()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, context, begin) as pool:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) > 4 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Log:
    """What the pieces say together."""

    def __init__(self, public: bytes) -> None:
        self._public = public
        self._told = Told()
        self._claims: dict[int, set[bytes]] = {}
        self._compared: set[int] = set()
        self._origins: set[str] = set()
        self._grower: Grower | None = Grower()
        self._entries = 0
        # on the disk, and gone with the connection: most contents of an old log are removed
        self._gone = sqlite3.connect("")
        self._gone.execute("CREATE TABLE removed (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._gone.execute("CREATE TABLE excused (id TEXT PRIMARY KEY) WITHOUT ROWID")

    def close(self) -> None:
        self._gone.close()

    def note(self, text: str) -> None:
        try:
            statement = open_note(text, self._public)
        except NoteError as error:
            self._told.problem(f"a checkpoint does not hold: {error}")
            return
        self._claims.setdefault(statement.size, set()).add(statement.root)
        self._origins.add(statement.origin)

    def sizes(self) -> list[int]:
        return sorted(self._claims)

    def take(self, looked: Looked) -> None:
        """The next piece."""
        for sentence in looked.told.problems:
            self._told.problem(sentence)
        self._told.count += looked.told.count - len(looked.told.problems)
        for table, names in (("removed", looked.removed), ("excused", looked.excused)):
            rows = ((name,) for name in names)
            self._gone.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?)", rows)
        if looked.first is not None and looked.first != self._entries:
            self._told.problem(f"entry {self._entries} is missing, or not in its place")
            self._grower = None
        self._entries += looked.count
        if looked.count and not looked.runs:
            self._grower = None
        self._grow(looked.runs)

    def _grow(self, runs: list[tuple[int, list[Subtree]]]) -> None:
        for size, subtrees in runs:
            if self._grower is None:
                return
            for level, hashed in subtrees:
                self._grower.join(level, hashed)
            self._compared.add(size)
            if self._claims.get(size, set()) - {self._grower.root()}:
                self._told.problem(f"the checkpoint of {size} entries has another root")

    def report(self) -> Report:
        told, newest = self._told, max(self._claims, default=0)
        if self._claims.get(0, set()) - {EMPTY_ROOT}:
            told.problem("the checkpoint of 0 entries has another root")
        if len(self._origins) > 1:
            told.problem("the checkpoints are of more than one log")
        for claimed in self.sizes():
            if claimed > self._entries:
                told.problem(
                    f"a checkpoint of {claimed} entries was signed; there are {self._entries}"
                )
            elif claimed and claimed not in self._compared:
                told.problem(f"the checkpoint of {claimed} entries has another root")
        if self._entries > newest:
            told.problem(f"{self._entries - newest} entries have a place that no checkpoint signs")
        for (name,) in self._gone.execute("SELECT id FROM removed EXCEPT SELECT id FROM excused"):
            told.problem(f"the content of entry {name} is gone and no entry says it was removed")
        (removed,) = self._gone.execute("SELECT count(*) FROM removed").fetchone()
        more = told.count - len(told.problems)
        problems = (*told.problems, *([f"and {more} more"] if more else []))
        return Report(not problems, self._entries, removed, newest, problems)


def _begin(file: BinaryIO, log: _Log) -> None:
    """Reads format and checkpoints; the file stands at the first entry then."""
    if not (line := file.readline(MAX_BYTES + 1)) or read_line(line).get("format") != FORMAT:
        raise ExportError("the file does not begin as an export of an audit log")
    while True:
        begun = file.tell()
        line = file.readline(MAX_BYTES + 1)
        found = read_line(line) if line else {}
        if "note" not in found:
            file.seek(begun)
            return
        if not isinstance(found["note"], str):
            raise ExportError("the file holds a checkpoint that is no text")
        log.note(found["note"])


def exported_notes(path: Path) -> Iterator[tuple[int, str]]:
    """Size and text of each checkpoint of a file that was verified."""
    with path.open("rb") as file:
        file.readline()
        while "note" in (found := read_line(file.readline() or b"{}")):
            yield int(found["note"].split("\n", 2)[1]), found["note"]


def _tasks(path: Path, file: BinaryIO, log: _Log, length: int) -> Iterator[Task]:
    """Pieces of whole lines, each with the checkpoints that end in it."""
    sizes = log.sizes()
    bounds = list(_bounds(file, length))
    for (start, first), (end, beyond) in pairwise(bounds):
        asked = sizes[bisect_right(sizes, first) : bisect_right(sizes, beyond)]
        yield Task(path, start, end, asked)


def _bounds(file: BinaryIO, length: int) -> Iterator[tuple[int, int]]:
    """Where pieces begin and the last one ends, and which place the next entry claims there."""
    end = os.fstat(file.fileno()).st_size
    beyond = 1 << 63
    while (start := file.tell()) < end:
        place = read_line(file.readline(MAX_BYTES + 1)).get("seq")
        yield start, place if type(place) is int else beyond
        file.seek(max(file.tell() - 1, start + length))
        file.readline(MAX_BYTES + 1)
    yield end, beyond


def lines(notes: Iterable[str]) -> Iterator[str]:
    """How an export begins."""
    yield _line({"format": FORMAT})
    for note in notes:
        yield _line({"note": note})


def entry_fields(entry: Entry) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "seq": entry.seq,
        "id": entry.leaf_id.hex,
        "at_us": entry.at_us,
        "kind": entry.kind,
        "commitment": entry.commitment.hex(),
    }
    if entry.body is not None:
        fields["salt"] = base64.b64encode(entry.body.salt).decode()
        fields["body"] = entry.body.text
    return fields


def read_entry(fields: dict[str, Any]) -> Entry:
    body = None
    if "body" in fields:
        try:
            salt = base64.b64decode(fields["salt"], validate=True)
        except binascii.Error as error:
            raise ExportError("the file holds a salt that is not base64") from error
        body = Body(salt, fields["body"])
    return Entry(
        seq=fields["seq"],
        leaf_id=UUID(hex=fields["id"]),
        at_us=fields["at_us"],
        kind=fields["kind"],
        commitment=bytes.fromhex(fields["commitment"]),
        body=body,
    )


def _line(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")) + "\n"
