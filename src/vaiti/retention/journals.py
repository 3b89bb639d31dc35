"""The journal's end: files go when each of their calls is in the book, or is to be forgotten.

A file of a living recorder that it is still writing stays. When nothing in the journal is sealed to
an intake key any more, and no recorder can still seal to it, the key dies.
"""

import fcntl
import os
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.notice.models import NoticeVersion
from vaiti.register import parts
from vaiti.register.models import Arrival, Call
from vaiti.retention.models import PlanLine, Tombstone
from vaiti.retention.planning import ACTOR
from vaiti.retention.policy import outlived, spent_intake_days
from vaiti.values.ids import CallId, as_uuid
from vaiti.vault import shred
from vaiti.vault.journal import LOCK_NAME, NO_CALL, files, parse_opening, scan
from vaiti.vault.journal import Kind as Record
from vaiti.vault.keyclient import KeyClient

MAX_SUMMARIES = 4096  # files whose content is remembered, some 200 bytes a call of each
IDS_AT_ONCE = 500
FIRST_IDS = 16  # of a file with calls in progress one of these is hardly ever settled
REMEMBERED = 64  # bytes before the place up to which a file was read


@dataclass(frozen=True, slots=True)
class Summary:
    """What one journal file is about."""

    calls: frozenset[CallId] = frozenset()
    void: frozenset[CallId] = frozenset()
    intake_days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Trimmed:
    """Files that went, and files that stay because they are needed or still written."""

    removed: int
    kept: int


def read_by_nobody(path: Path) -> bool:
    """For where no intake runs: there is nobody who would have to read a file first."""
    return True


def trim(folder: Path, now: datetime, read: Callable[[Path], bool] = read_by_nobody) -> Trimmed:
    """Removes the files under `folder` (the journal's root) that nothing needs. Audited.

    `read` says whether intake has all that a file holds: events are in no book, and after a flood
    of them files wait their turn.
    """
    removed = kept = 0
    for start in _starts(folder):
        with _held(start) as dead:
            every = files(start)
            void = _void(every)
            for path in every if dead else every[:-1]:
                if _settled(summary(path).calls - void) and read(path):
                    _remove(path, now)
                    removed += 1
            left = files(start)
            kept += len(left)
            if dead and [path.name for path in start.iterdir()] == [LOCK_NAME]:
                shred.remove_file(start / LOCK_NAME)
                start.rmdir()
    _forget_removed()
    return Trimmed(removed, kept)


def abandoned(folder: Path, now: datetime) -> dict[UUID, datetime]:
    """Calls that no living file holds and that never entered, once every notice's time is over.

    With the instant at which their newest file was last written to.
    """
    terms = [
        (months, ZoneInfo(zone))
        for months, zone in NoticeVersion.objects.values_list("retention_months", "zone").distinct()
    ]
    found: dict[UUID, datetime] = {}
    for start in _starts(folder):
        for call, written in _last_written(start, now).items():
            if outlived(written, terms, now):
                found[as_uuid(call)] = written
    settled = _settled_of(found)
    return {call: written for call, written in found.items() if call not in settled}


def _last_written(start: Path, now: datetime) -> dict[CallId, datetime]:
    """Each call's newest file's last change; `now` while a living recorder writes the file."""
    with _held(start) as dead:
        every = files(start)
        void = _void(every)
        newest: dict[CallId, datetime] = {}
        for path in every:
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            written = changed if dead or path != every[-1] else now
            for call in summary(path).calls - void:
                newest[call] = max(written, newest.get(call, written))
        return newest


def holding(folder: Path, calls: Collection[CallId]) -> set[CallId]:
    """Those of `calls` of which any journal file still holds a record."""
    wanted, found = set(calls), set()
    for start in _starts(folder):
        for path in files(start):
            with suppress(FileNotFoundError):  # another thread trims: what is gone holds nothing
                found |= wanted & summary(path).calls
    return found


def end_intake_keys(folder: Path, keys: KeyClient, now: datetime) -> list[date]:
    """Destroys the intake keys that nothing needs any more; returns their days."""
    paths = [path for start in _starts(folder) for path in files(start)]
    in_journal = {day for path in paths for day in summary(path).intake_days}
    spent = spent_intake_days(keys.describe().intake_days, in_journal, now)
    for day in spent:
        keys.destroy_intake(day)
        with transaction.atomic():
            log.append(
                Kind.RETENTION_INTAKE_KEY_DESTROYED,
                actor=ACTOR,
                facts={"day": day.isoformat()},
                now=now,
            )
    return spent


def summary(path: Path) -> Summary:
    """What the file holds as it stands. One that did not change is read once, and of one that has
    grown what is new."""
    status = path.stat()
    with _GUARD:
        known = _READ.get(path)
        if known is None or not known.goes_on_in(path, status):
            known = _READ[path] = _Read(status.st_ino)
        if known.as_of != (status.st_size, status.st_mtime_ns):
            known.read_on(path, status)
        while len(_READ) > MAX_SUMMARIES:
            del _READ[next(iter(_READ))]
        return known.summary


@dataclass(slots=True)
class _Read:
    """A file up to `end`, before which stands `last`: of a file that was cut off there since, and
    written anew, all is read anew. `as_of`: its size and time of change then."""

    inode: int
    as_of: tuple[int, int] = (0, 0)
    end: int = 0
    last: bytes = b""
    summary: Summary = field(default_factory=Summary)

    def goes_on_in(self, path: Path, status: os.stat_result) -> bool:
        if self.as_of == (status.st_size, status.st_mtime_ns):
            return self.inode == status.st_ino
        if self.inode != status.st_ino or status.st_size < self.end:
            return False
        return _before(path, self.end) == self.last

    def read_on(self, path: Path, status: os.stat_result) -> None:
        """`status` is from before, so that what comes meanwhile is read by the next look."""
        calls, void, days = set[CallId](), set[CallId](), set[date]()
        records = scan(path, self.end)
        for record in records:
            if record.call_id != NO_CALL:
                calls.add(record.call_id)
            if record.kind == Record.VOID:
                void.add(record.call_id)
            elif record.kind == Record.OPEN:
                days |= _intake_day(record.body)
        known, self.end = self.summary, records.end
        self.summary = Summary(known.calls | calls, known.void | void, known.intake_days | days)
        self.as_of, self.last = (status.st_size, status.st_mtime_ns), _before(path, self.end)


_READ: Final = dict[Path, _Read]()
_GUARD: Final = threading.Lock()


def _forget_removed() -> None:
    """Of files that went, whoever removed them, nothing is remembered."""
    with _GUARD:
        for path in [path for path in _READ if not path.exists()]:
            del _READ[path]


def _before(path: Path, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, end - REMEMBERED))
        return file.read(min(end, REMEMBERED))


def _intake_day(body: bytes) -> set[date]:
    """The day that an OPEN names. One that cannot be read must not hold up all destruction."""
    try:
        return {date.fromisoformat(parse_opening(body).intake_day)}
    except ValueError:  # a JournalError too; intake leaves such a call, with an alarm
        return set()


def _starts(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("[!.]*") if path.is_dir())


@contextmanager
def _held(start: Path) -> Iterator[bool]:
    """Whether the recorder that wrote this folder is dead; if so its lock is held meanwhile."""
    descriptor = os.open(start / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _void(paths: list[Path]) -> frozenset[CallId]:
    return frozenset().union(*(summary(path).void for path in paths))


def _settled(calls: Collection[CallId]) -> bool:
    """All of them. Nothing more is asked once one is not."""
    ids = [as_uuid(call) for call in calls]
    some = chain([ids[:FIRST_IDS]], _in_chunks(ids[FIRST_IDS:]))
    return all(set(chunk) == _settled_among(chunk) for chunk in some)


def _settled_of(calls: Collection[UUID]) -> set[UUID]:
    """Those in the book, durably and whole, on a plan, or destroyed since."""
    return {call for chunk in _in_chunks(sorted(calls)) for call in _settled_among(chunk)}


def _in_chunks(ids: list[UUID]) -> Iterator[list[UUID]]:
    return (ids[at : at + IDS_AT_ONCE] for at in range(0, len(ids), IDS_AT_ONCE))


def _settled_among(ids: list[UUID]) -> set[UUID]:
    arriving = Arrival.objects.filter(call__in=ids).values_list("call", flat=True)
    kept = set(Call.objects.filter(id__in=ids).values_list("id", flat=True)) - set(arriving)
    planned = PlanLine.objects.filter(call__in=ids).values_list("call", flat=True)
    gone = Tombstone.objects.filter(call__in=ids).values_list("call", flat=True)
    return kept | parts.among(ids) | set(planned) | set(gone)


def _remove(path: Path, now: datetime) -> None:
    with transaction.atomic():
        log.append(
            Kind.RETENTION_JOURNAL_REMOVED,
            actor=ACTOR,
            subject=path.parent.name,
            facts={"file": path.name, "calls": len(summary(path).calls)},
            now=now,
        )
        shred.remove_file(path)
