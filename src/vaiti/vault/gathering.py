"""Follows the recorder's journal and gathers each ended call into one sealed object, unopened.

The journal is read once, as it grows; of a call in progress only the places of its segments are
remembered, eight bytes each. Journal format: docs/journal.md.
"""

import fcntl
import os
from array import array
from collections.abc import Iterator, Sequence, Set
from contextlib import closing, suppress
from dataclasses import dataclass, field
from enum import Enum
from itertools import groupby, islice
from pathlib import Path
from typing import Final

from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.journal import (
    LOCK_NAME,
    SUFFIX,
    JournalError,
    Kind,
    Opening,
    files,
    parse_opening,
    scan,
)
from vaiti.vault.sealing import HEADER, SEGMENT
from vaiti.vault.store import Store
from vaiti.vault.writers import Writers

MAX_NEWS: Final = 256  # ended calls and events in one answer of `poll`

_FILE: Final = 1 << 40  # a place is the file's number times this, plus the offset in the file
_INDEX: Final = 4  # in bytes
_SEGMENT_AT: Final = 4 + 1 + 16 + _INDEX  # in bytes: a record's length, kind, id, then the index
_SEGMENTS: Final = frozenset({int(Kind.SEGMENT), int(Kind.LAST)})
_LAST: Final = int(Kind.LAST)
_AT_ONCE: Final = 64  # segments that are read before they are written: 256 KB


class End(Enum):
    """How a call ended in the journal.

    COMPLETE has its manifest, RECOVERED only its newest draft, because the recorder died; a VOID
    call is to be forgotten; of a LOST one not even a draft or a key was written.
    """

    COMPLETE = "complete"
    RECOVERED = "recovered"
    VOID = "void"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Finished:
    """A call that the recorder is done with. `manifest` is sealed: the manifest or newest draft.

    `opening` is None and `manifest` empty where the call is lost. `segments` counts those in
    unbroken order, `finished` says that the last of them carries the last mark.
    """

    call_id: CallId
    end: End
    opening: Opening | None
    manifest: bytes = field(repr=False)
    segments: int
    finished: bool
    folder: Path
    places: "array[int]" = field(repr=False)
    last_size: int


@dataclass(frozen=True, slots=True)
class News:
    """What `poll` found. `events` are bodies of EVENT records (UTF-8 JSON).

    `torn` names files that will not grow any more and end in bytes that are no record; `more` says
    that there is more to find at once.
    """

    calls: list[Finished]
    events: list[bytes]
    torn: list[Path]
    more: bool


@dataclass(slots=True)
class _Call:
    opening: Opening | None = None
    draft: int | None = None
    places: "array[int]" = field(default_factory=lambda: array("Q"))
    last_size: int = 0
    finished: bool = False
    broken: bool = False

    def add(self, body: bytes, place: int, *, last: bool) -> None:
        if self.broken or self.finished:
            return
        index, size = int.from_bytes(body[:_INDEX], "big"), len(body) - _INDEX
        if size > 0 and last and index <= len(self.places):
            del self.places[index:]
            self.finished = True
        elif size <= 0 or index != len(self.places):
            self.broken = True
            return
        self.places.append(place)
        self.last_size = size


class Gatherer:
    """Follows all start folders under `root`, the journal folder. Belongs to one thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folders: dict[Path, _Folder] = {}

    def poll(self) -> News:
        """What has come since the last time: each ended call and each event once.

        An ended call stays in `waiting` until `done` is told of it. Raises OSError when the
        journal cannot be read.
        """
        news = News([], [], [], False)
        for path in start_folders(self._root):
            folder = self._folders.setdefault(path, _Folder(path))
            if not folder.read(news):
                return News(news.calls, news.events, news.torn, True)
        for path in [path for path in self._folders if not path.is_dir()]:
            del self._folders[path]
        return news

    def waiting(self) -> list[Finished]:
        """Ended calls that nobody said `done` of, oldest first."""
        return [call for folder in self._folders.values() for call in folder.ended.values()]

    def done(self, call: Finished) -> None:
        """The call is taken in, or has no right to be: forget it."""
        folder = self._folders.get(call.folder)
        if folder:
            folder.ended.pop(call.call_id, None)

    def has_read(self, path: Path) -> bool:
        """Whether all that the file now holds was in an answer of `poll`."""
        folder = self._folders.get(path.parent)
        return folder is not None and folder.sizes.get(path) == path.stat().st_size


class _Folder:
    """One start of a recorder: how far each of its files was read, and the calls in them.

    `sizes` are those at which a file was read to its end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to: dict[Path, int] = {}
        self.sizes: dict[Path, int] = {}
        self._torn: set[Path] = set()
        self._calls: dict[CallId, _Call] = {}
        self.ended: dict[CallId, Finished] = {}

    def read(self, news: News) -> bool:
        """Reads on, adding to `news`; False when `news` was full before the end was reached."""
        dead = is_dead(self._path)  # asked first: what a dead recorder wrote is all there
        paths = files(self._path)
        self._forget(self._read_to.keys() - paths)
        for path in paths:
            with suppress(FileNotFoundError):  # removed since, which happens to what was read
                if not self._read_file(path, news, growing=not dead and path == paths[-1]):
                    return False
        while dead and self._calls:
            if _full(news):
                return False
            self._end(next(iter(self._calls)), Kind.DRAFT, b"", news)
        return True

    def _forget(self, removed: Set[Path]) -> None:
        for path in removed:
            del self._read_to[path]
            self.sizes.pop(path, None)  # which stays behind where it was not read to its end
        self._torn -= removed

    def _read_file(self, path: Path, news: News, growing: bool) -> bool:
        size, read_to, first = path.stat().st_size, self._read_to.get(path, 0), _first(path)
        if size == read_to == self.sizes.get(path):
            return True  # to its end already, and that was a whole record's
        with closing(scan(path, read_to)) as records:
            try:
                for kind, call_id, body, offset, end in records:
                    if kind in _SEGMENTS:  # nearly all there are
                        self._call(call_id).add(body, first + offset, last=kind == _LAST)
                    else:
                        self._take(kind, call_id, body, first + offset, news)
                    read_to = end
                    if kind not in _SEGMENTS and _full(news):
                        return False
            finally:
                self._read_to[path] = read_to
        if records.torn and not growing and path not in self._torn:
            self._torn.add(path)
            news.torn.append(path)
        self.sizes[path] = size
        return True

    def _call(self, call_id: CallId) -> _Call:
        call = self._calls.get(call_id)
        if call is None:
            call = self._calls[call_id] = _Call()
        return call

    def _take(self, kind: int, call_id: CallId, body: bytes, place: int, news: News) -> None:
        if kind == Kind.EVENT:
            news.events.append(body)
            return
        call = self._call(call_id)
        if kind == Kind.OPEN:
            try:
                call.opening = parse_opening(body)
            except JournalError:
                call.broken = True
        elif kind == Kind.DRAFT:
            call.draft = place
        elif kind in (Kind.MANIFEST, Kind.VOID):
            self._end(call_id, kind, body, news)

    def _end(self, call_id: CallId, kind: int, body: bytes, news: News) -> None:
        """By its last record, or of a dead recorder's without one by its newest draft."""
        call = self._calls.pop(call_id)
        manifest = self._draft(call) if kind == Kind.DRAFT else body
        if kind == Kind.VOID:
            end = End.VOID
        elif call.opening is None or not manifest:
            end = End.LOST
        else:
            end = End.RECOVERED if kind == Kind.DRAFT else End.COMPLETE
        finished = Finished(
            call_id,
            end,
            call.opening,
            manifest,
            len(call.places),
            call.finished,
            self._path,
            call.places,
            call.last_size,
        )
        self.ended[call_id] = finished
        news.calls.append(finished)

    def _draft(self, call: _Call) -> bytes:
        if call.draft is None:
            return b""
        number, offset = divmod(call.draft, _FILE)
        with closing(scan(_path(self._path, number), offset)) as records:
            return next(records).body


def gather(call: Finished, object_id: ObjectId, store: Store) -> str:
    """Writes the call's header and segments as one object; its sha256 (hex).

    Raises StoreError or OSError, and ValueError for a lost call.
    """
    if call.opening is None:
        raise ValueError("a lost call has nothing to gather")
    return store.put(object_id, _chunks(call, call.opening.header))


def gather_all(
    calls: Sequence[tuple[Finished, ObjectId]], store: Store, writers: Writers
) -> list[str | None]:
    """As `gather`, of several calls none of which is lost; None of each that failed."""
    objects = [
        (object_id, _chunks(call, call.opening.header))
        for call, object_id in calls
        if call.opening is not None
    ]
    return store.put_all(objects, writers)


def start_folders(root: Path) -> list[Path]:
    """The start folders, the oldest start first. Those whose names begin with a dot are still being
    made."""
    if not root.is_dir():
        return []
    made = [path for path in root.iterdir() if path.is_dir() and path.name[0] != "."]
    return sorted(made, key=_started)


def _started(folder: Path) -> tuple[int, str]:
    """A recorder makes its lock when it starts and never writes it."""
    with suppress(FileNotFoundError):
        return (folder / LOCK_NAME).stat().st_mtime_ns, folder.name
    return 0, folder.name


def is_dead(folder: Path) -> bool:
    """Whether the recorder that wrote this start folder is no more: its lock can be taken."""
    try:
        with (folder / LOCK_NAME).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True


def _chunks(call: Finished, header: bytes) -> Iterator[bytes]:
    yield header
    index = 0
    for number, places in groupby(call.places, _file_number):
        with _path(call.folder, number).open("rb", buffering=0) as file:
            while some := list(islice(places, _AT_ONCE)):
                descriptor, segments = file.fileno(), list[bytes]()
                for place in some:
                    size = SEGMENT if index else SEGMENT - HEADER
                    index += 1
                    if index == call.segments:
                        size = call.last_size
                    segments.append(os.pread(descriptor, size, place % _FILE + _SEGMENT_AT))
                yield b"".join(segments)


def _file_number(place: int) -> int:
    return place // _FILE


def _path(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}{SUFFIX}"


def _first(path: Path) -> int:
    """The place of the file's first byte."""
    return int(path.stem) * _FILE


def _full(news: News) -> bool:
    return len(news.calls) + len(news.events) >= MAX_NEWS
