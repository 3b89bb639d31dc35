"""The notes of all recorders of a register on what is not kept just now: docs/journal.md.

A small file each, beside the journal: whoever shares that shares them. A note is there before its
agent is answered, and is read before anything else is heard.
"""

import errno
import json
import os
import re
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

from vaiti.capture.events import Withhold
from vaiti.capture.session.heeding import heed
from vaiti.capture.session.session import Session
from vaiti.capture.session.withheld import LIKE_S, TOLD, UNKNOWN, Note

FOLDER: Final = ".withheld"
LAST_S: Final = 86_400.0  # seconds: no call outlasts this, nor a pause
ALIKE_S: Final = LIKE_S + 3_600.0  # so long after a note by likeness was written it is over
TIDY_S: Final = 3_600.0  # seconds between two looks for those that have
RACY_S: Final = 0.05  # seconds in which a folder may change twice and have the same time
LATEST_S: Final = 1.0  # before the last look, from when on what has come may not be read yet
AWAY_S: Final = 75.0  # the same for a first look: so long may the recorder before have been away
MAX_NOTE: Final = 1_024  # bytes
NO_DESCRIPTOR: Final = (errno.EMFILE, errno.ENFILE)

_NAME = re.compile(r"([0-9a-f]{32})\.([a-z]{1,16})")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_DIGEST = re.compile(r"[0-9a-f]{32}")
_REASON = re.compile(r"[a-z_]{0,16}")

Seen = tuple[int, int]
"""When a file was written, in nanoseconds, and which it was."""


class Notes:
    """`failed`: a note could not be left, and is still tried."""

    def __init__(self, journal: Path) -> None:
        self._folder = journal / FOLDER
        self._place = str(self._folder)
        self._changed: object = None
        self._again_until, self._unread = 0.0, False
        self._looked: float | None = None
        self._looked_us = 0
        self._read: dict[str, tuple[Seen, tuple[Note, ...]]] = {}
        self._waiting: dict[str, bytes | None] = {}
        self._written: list[Path] = []
        self._tidied: float | None = None

    @property
    def failed(self) -> bool:
        return bool(self._waiting)

    def leave(self, told: Withhold) -> None:
        """Leaves the note, or takes it away; one that cannot be left is tried again."""
        alike = told.alike
        for place in told.sessions or alike[:1]:
            content = _content(told, alike) if told.since_us else None
            self._waiting[f"{place}.{told.by}"] = content
            alike = ()
        self._try()

    def looked_since(self, arrived_us: int) -> bool:
        """Whether what had been left before a message arrived is heeded already; by the kernel, 0
        where it does not say."""
        return 0 < arrived_us < self._looked_us

    def heed(self, session: Session, now: float) -> Iterator[float]:
        """Tells the session what has changed; yields the instant from which each change counts."""
        if self._waiting:
            self._try()
        oldest = now - AWAY_S if self._looked is None else self._looked - LATEST_S
        self._looked = now
        self._looked_us = time.time_ns() // 1000
        try:
            changed = self._look()
        except OSError:
            self._changed, self._unread = None, True
            heed(session, None, (), now)
            return
        if not changed and not self._unread:
            return
        self._unread, notes = False, self._standing()
        if not changed:
            heed(session, notes, (), now)
            yield now
        left = {digest: notes.get(digest, {}).values() for digest in changed}
        counts = {each: min(now, _counts_from(some, now, oldest)) for each, some in left.items()}
        for at in sorted(set(counts.values())):
            heed(session, notes, [each for each in sorted(changed) if counts[each] == at], at)
            yield at

    def sync(self) -> None:
        """What was left survives a loss of power; what is too old goes. May run in a thread.

        Without a descriptor both wait for the next time: calls go on. Raises OSError otherwise.
        """
        written, self._written = self._written, []
        try:
            self._sync_and_tidy(written)
        except OSError as error:
            if error.errno not in NO_DESCRIPTOR:
                raise
            self._written += written

    def _sync_and_tidy(self, written: list[Path]) -> None:
        for path in written:
            with suppress(OSError):  # taken away since; what cannot be synced is read all the same
                _sync(path)
        if written:
            _sync(self._folder)
        if self._tidied is None or time.monotonic() - self._tidied > TIDY_S:
            self._tidy()
            self._tidied = time.monotonic()

    def _try(self) -> None:
        with suppress(OSError):
            for name, content in list(self._waiting.items()):
                self._put(self._folder / name, content)
                del self._waiting[name]

    def _put(self, path: Path, content: bytes | None) -> None:
        if content is None:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(mode=0o700, exist_ok=True)
        aside = path.with_name(f".{path.name}.{os.getpid()}")
        aside.unlink(missing_ok=True)
        with os.fdopen(os.open(aside, _NEW, 0o600), "wb") as file:
            file.write(content)
        aside.rename(path)
        self._written.append(path)

    def _look(self) -> set[str]:
        """The sessions of which a note has come, changed or gone. Raises OSError."""
        try:
            state = os.stat(self._place)  # noqa: PTH116 - asked for with each message
        except FileNotFoundError:
            changed: object = "none"
        else:
            changed = (state.st_mtime_ns, state.st_ino)
        if changed != self._changed:
            self._again_until = time.monotonic() + RACY_S
        elif time.monotonic() > self._again_until:
            return set()
        before, self._read = self._read, dict(self._all())
        self._changed = changed
        return {
            note.session
            for name in before.keys() | self._read.keys()
            if before.get(name) != self._read.get(name)
            for read in (before, self._read)
            for note in (read[name][1] if name in read else ())
        }

    def _all(self) -> Iterator[tuple[str, tuple[Seen, tuple[Note, ...]]]]:
        try:
            entries = os.scandir(self._folder)
        except FileNotFoundError:
            return
        with entries:
            for entry in entries:
                if found := _NAME.fullmatch(entry.name):
                    with suppress(FileNotFoundError):  # taken away in this moment
                        state = entry.stat()
                        seen = (state.st_mtime_ns, state.st_ino)
                        known, notes = self._read.get(entry.name, ((0, 0), ()))
                        if known != seen:
                            notes = _notes(Path(entry.path), found[1], found[2], notes)
                        yield entry.name, (seen, notes)

    def _standing(self) -> Mapping[str, Mapping[str, Note]]:
        found: dict[str, dict[str, Note]] = {}
        for note in sorted(chain(*(notes for _, notes in self._read.values())), key=_lasts):
            found.setdefault(note.session, {})[note.by] = note
        return found

    def _tidy(self) -> None:
        now, read = time.time(), self._read
        with suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                alike = path.name in read and all(each.until_us for each in read[path.name][1])
                if path.stat().st_mtime < now - (ALIKE_S if alike else LAST_S):
                    path.unlink()


def _content(told: Withhold, alike: Collection[str]) -> bytes:
    body: dict[str, object] = {"since_us": told.since_us, "reason": told.reason}
    if alike:
        body |= {"alike": list(alike), "until_us": told.until_us}
    return json.dumps(body).encode()


def _lasts(note: Note) -> tuple[bool, int]:
    """Of several of one session by one the certain one counts, or the one that lasts longest."""
    return not note.until_us, note.until_us


def _counts_from(notes: Collection[Note], now: float, oldest: float) -> float:
    """The instant of what was left of one session last; now, of one that was taken away. What came
    before the `oldest` has been read, and is kept already."""
    since = [each.since_us / 1e6 for each in notes]
    return max(oldest, *since) if since else now


def _notes(path: Path, place: str, by: str, before: Collection[Note]) -> tuple[Note, ...]:
    """Of what cannot be read nobody knows who is meant. Raises FileNotFoundError."""
    try:
        with path.open("rb") as file:
            return tuple(_read(json.loads(file.read(MAX_NOTE)), place, by))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # an empty file after a loss of power, or a disk that fails
    meant = sorted({place, *(each.session for each in before)})
    return tuple(Note(each, UNKNOWN, 0, UNKNOWN, word=place) for each in meant)


def _read(told: Mapping[str, Any], place: str, by: str) -> Iterator[Note]:
    """Raises ValueError and the like for what no recorder writes."""
    since_us, reason = told["since_us"], told["reason"]
    alike, until_us = told.get("alike", []), told.get("until_us", 0)
    if by not in TOLD or not _REASON.fullmatch(reason) or not all(map(_DIGEST.fullmatch, alike)):
        raise ValueError("no recorder's note")
    if type(since_us) is not int or type(until_us) is not int:
        raise ValueError("no recorder's note")
    if place not in alike:
        yield Note(place, by, since_us, reason, word=place)
    for each in alike:
        yield Note(each, by, since_us, reason, until_us, place)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
