"""The recorder's journal: sealed records of all calls, appended to numbered files.

Format: docs/journal.md. The writer never rewrites what it has written; a torn or damaged tail
ends a file for `scan`, and everything before it is whole.
"""

import errno
import fcntl
import os
import re
import secrets
import struct
import sys
import threading
import zlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

from vaiti.values.ids import CallId
from vaiti.vault.keyfiles import sync_folder
from vaiti.vault.records import CRC, LENGTH, MAX_RECORD, SMALLEST, damaged, intact, wanted, whole

MAGIC = b"VAITIJ1\n"
SUFFIX = ".vj"
LOCK_NAME = "lock"
ROTATE_AT = 64 << 20  # in bytes; a new file begins with the record after this size
CACHED = 16 << 20  # in bytes: the newest part of a file that the system may keep in memory
NO_CALL = CallId("0" * 32)  # the call id of an EVENT

_NUMBERED = re.compile(r"[0-9]{6}")
_SEGMENT_FRONT = struct.Struct(">IB16s")
_INDEX = struct.Struct(">I")
_BLOCK = 256 << 10  # in bytes, read at a time: some sixty segments
_SEGMENT_EXTRA = SMALLEST + _INDEX.size  # in bytes, of a segment's record besides its ciphertext
_IOV_MAX = 1024  # buffers in one writev: the least that Linux and the BSDs allow
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_DESCRIPTOR = (errno.EMFILE, errno.ENFILE)


class Kind(IntEnum):
    OPEN = 1
    SEGMENT = 2
    DRAFT = 3
    MANIFEST = 4
    VOID = 5
    EVENT = 6
    LAST = 7


class JournalError(ValueError):
    """A record's body is not of the form its kind names."""


class JournalFull(OSError):
    """The disk takes no more. Nothing of what was given was kept."""


class Record(NamedTuple):
    """One whole record. `offset` and `end` are its place in the file, in bytes."""

    kind: int
    call_id: CallId
    body: bytes
    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class GoneOn:
    """Another process's start, which is gone on with: `lock` is the descriptor that holds it.

    `meant` is what that process was about to append last: the file's number, the offset in it, and
    the bytes, of which any number may have been written.
    """

    start_id: str
    lock: int
    meant: tuple[int, int, bytes] = (0, 0, b"")


@dataclass(frozen=True, slots=True)
class Opening:
    """The body of an OPEN: `intake_day` is an ISO date, `wrapped` the sealed data key."""

    intake_day: str
    wrapped: bytes
    header: bytes


def frame(kind: Kind, call_id: CallId, *body: bytes) -> bytes:
    """One record, ready for `JournalWriter.append`; the parts of the body are joined."""
    whole = b"".join((bytes((kind,)), bytes.fromhex(call_id), *body))
    if len(whole) + CRC.size > MAX_RECORD:
        raise ValueError("the record is larger than a journal takes")
    return b"".join((LENGTH.pack(len(whole) + CRC.size), whole, CRC.pack(zlib.crc32(whole))))


def segment_parts(
    kind: Kind, call_id: CallId, index: int, ciphertext: bytes
) -> tuple[bytes, bytes, bytes]:
    """A SEGMENT or LAST in parts to be written one after the other: no byte is copied."""
    return segment_behind(segment_front(kind, call_id, len(ciphertext)), index, ciphertext)


def segment_front(kind: Kind, call_id: CallId, size: int) -> tuple[bytes, int]:
    """What a call's segments begin with whose ciphertexts are so long, and the CRC of it."""
    front = _SEGMENT_FRONT.pack(size + _SEGMENT_EXTRA, kind, bytes.fromhex(call_id))
    return front, zlib.crc32(front[LENGTH.size :])


def segment_behind(
    front: tuple[bytes, int], index: int, ciphertext: bytes
) -> tuple[bytes, bytes, bytes]:
    """As `segment_parts`."""
    begins, crc = front
    at = index.to_bytes(4, "big")
    crc = zlib.crc32(ciphertext, zlib.crc32(at, crc))
    return begins + at, ciphertext, crc.to_bytes(4, "big")


def opening_body(intake_day: str, wrapped: bytes, header: bytes) -> bytes:
    return b"".join((intake_day.encode("ascii"), struct.pack(">H", len(wrapped)), wrapped, header))


def parse_opening(body: bytes) -> Opening:
    """Reads the body of an OPEN. Raises JournalError."""
    if len(body) < 12:
        raise JournalError("an OPEN record is too short")
    size = int.from_bytes(body[10:12], "big")
    if len(body) != 12 + size + 40 or not body[:10].isascii():
        raise JournalError("an OPEN record has a wrong length")
    return Opening(body[:10].decode(), body[12 : 12 + size], body[12 + size :])


def segment_body(index: int, ciphertext: bytes) -> bytes:
    return _INDEX.pack(index) + ciphertext


def parse_segment(body: bytes) -> tuple[int, bytes]:
    """Index and ciphertext of a SEGMENT or a LAST. Raises JournalError."""
    if len(body) <= _INDEX.size:
        raise JournalError("a SEGMENT record is too short")
    return int.from_bytes(body[:4], "big"), body[4:]


class Scan(Iterator[Record]):
    """Iterates over the whole records of a journal file, beginning at `start`.

    When it is exhausted, `end` is the offset behind the last whole record and `torn` says that
    bytes follow it which are none. A file still being written may be torn for a moment: scan it
    again from `end`.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        self.end = max(start, len(MAGIC))
        self.torn = False
        self._records = self._read(path)

    def __next__(self) -> Record:
        return next(self._records)

    def close(self) -> None:
        """Lets go of the file before its end was reached."""
        self._records.close()

    def _read(self, path: Path) -> Generator[Record]:
        with path.open("rb", buffering=0) as file:
            if file.read(len(MAGIC)) != MAGIC:
                self.end, self.torn = 0, True
                return
            file.seek(self.end)
            rest = b""
            while block := file.read(max(_BLOCK, wanted(rest) - len(rest))):
                block, at = rest + block, 0
                for content in whole(block):
                    offset, at = self.end, at + LENGTH.size + len(content)
                    self.end += LENGTH.size + len(content)
                    yield _record(content, offset, self.end)
                rest = block[at:]
                if damaged(rest):
                    break
            self.torn = bool(rest)


def scan(path: Path, start: int = 0) -> Scan:
    return Scan(path, start)


def record_at(path: Path, offset: int) -> Record:
    """The whole record that begins there. Raises JournalError, OSError."""
    with path.open("rb") as file:
        file.seek(offset)
        (size,) = LENGTH.unpack(file.read(LENGTH.size).ljust(LENGTH.size, b"\xff"))
        content = file.read(size) if size <= MAX_RECORD else b""
    if len(content) != size or size < SMALLEST or not intact(content):
        raise JournalError("no whole record begins there")
    return _record(content, offset, offset + LENGTH.size + size)


def _record(content: bytes, offset: int, end: int) -> Record:
    call_id = CallId(content[1:17].hex())
    return Record(content[0], call_id, content[17 : -CRC.size], offset, end)


def files(folder: Path) -> list[Path]:
    """The journal files of one start, in the order written; what is named otherwise is none."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if _NUMBERED.fullmatch(path.stem))


class JournalWriter:
    """Appends to one start folder, which it creates and keeps locked until `close`.

    `append` belongs to one thread; `sync` may run in another at the same time. Raises OSError
    where the folder cannot be made.
    """

    def __init__(
        self, root: Path, rotate_at: int = ROTATE_AT, gone_on: "GoneOn | None" = None
    ) -> None:
        self.start_id = gone_on.start_id if gone_on else secrets.token_hex(16)
        if gone_on is None:
            self.folder, self.lock = _locked_folder(root, self.start_id)
        else:
            self.folder, self.lock = root / self.start_id, gone_on.lock
        self._rotate_at = rotate_at
        self._number = self._size = 0
        self._listed = -1  # the file whose name is known to be on the disk
        self._guard = threading.Lock()
        self._retired: list[int] = []
        self.unwritten = b""
        """What another process meant to append, and the disk had no room for: to be appended before
        anything else."""
        self._file = self._first_file() if gone_on is None else self._last_file(gone_on)

    def __enter__(self) -> "JournalWriter":
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def append(self, parts: Sequence[bytes], *, here: bool = False) -> None:
        """Writes whole records (by `frame` or `segment_parts`), all or none. `here`: at `place`,
        which somebody was told, however large the file is by now. Raises JournalFull."""
        if not here or not self._number:
            self.make_room()
        size = self._size
        try:
            for first in range(0, len(parts), _IOV_MAX):
                size += _write_whole(self._file, parts[first : first + _IOV_MAX])
        except OSError as error:
            os.ftruncate(self._file, self._size)
            os.lseek(self._file, self._size, os.SEEK_SET)
            if error.errno in _FULL:
                raise JournalFull(error.errno, "the journal's disk is full") from error
            raise
        self._size = size

    def make_room(self) -> None:
        """Begins a new file where the present one is full. Raises JournalFull."""
        if self._size > self._rotate_at:
            self._rotate()

    @property
    def place(self) -> tuple[int, int]:
        """Where the next record goes, once there is room: the file's number and the offset."""
        return (self._number, self._size) if self._number else (1, len(MAGIC))

    def sync(self) -> None:
        """Returns when all that was appended before the call survives a loss of power."""
        with self._guard:
            current, retired, self._retired = self._file, self._retired, []
        for file in retired:
            os.fdatasync(file)
            _let_go_of_cache(file)
            os.close(file)
        os.fdatasync(current)
        _let_go_of_cache(current)
        if current != self._listed:
            sync_folder(self.folder)
            self._listed = current

    def begin_file(self) -> None:
        """Begins a new file if anything stands in this one, so that this one may go when its calls
        do. Raises JournalFull."""
        if self._size > len(MAGIC):
            self._rotate()

    def free_bytes(self) -> int:
        """What the journal's disk still takes, in bytes."""
        disk = os.statvfs(self.folder)
        return disk.f_bavail * disk.f_frsize

    def close(self) -> None:
        """Makes everything durable and lets go of the folder."""
        self.sync()
        os.close(self._file)
        os.close(self.lock)

    def _rotate(self) -> None:
        try:
            following = self._next_file()
        except OSError as error:
            if error.errno in _NO_DESCRIPTOR and self._number:
                return  # the present file goes on until there is one
            if error.errno in (*_FULL, *_NO_DESCRIPTOR):
                raise JournalFull(error.errno, "the journal's disk is full") from error
            raise
        with self._guard:
            self._retired.append(self._file)
            self._file = following

    def _first_file(self) -> int:
        """On a full disk memory, of no use but until there is room for a file's first record."""
        try:
            return self._next_file()
        except OSError as error:
            if error.errno not in _FULL:
                raise
        self._size = self._rotate_at + 1
        return os.memfd_create("full")

    def _last_file(self, gone_on: "GoneOn") -> int:
        """Opens the newest file, and writes what its writer meant to and did not write to its end.

        Raises JournalError when the file is shorter than that writer left it.
        """
        path = files(self.folder)[-1]
        self._number = int(path.stem)
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._size = os.lseek(file, 0, os.SEEK_END)
        number, offset, meant = gone_on.meant
        if meant and number == self._number:
            if self._size < offset:
                os.close(file)
                raise JournalError("the journal is shorter than its recorder left it")
            self._append_meant(file, offset, meant)
        return file

    def _append_meant(self, file: int, offset: int, meant: bytes) -> None:
        try:
            self._size += _write_whole(file, [meant[self._size - offset :]])
        except OSError as error:
            if error.errno not in _FULL:
                os.close(file)
                raise
            self._size, self.unwritten = offset, meant
            os.ftruncate(file, offset)
            os.lseek(file, offset, os.SEEK_SET)

    def _next_file(self) -> int:
        path = self.folder / f"{self._number + 1:06d}{SUFFIX}"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            _write_whole(file, [MAGIC])
        except OSError:
            os.close(file)
            path.unlink()
            raise
        self._number, self._size = self._number + 1, len(MAGIC)
        return file


def _locked_folder(root: Path, start_id: str) -> tuple[Path, int]:
    """Makes the folder under a name that nobody looks at, so that it never stands unlocked."""
    hidden, folder = root / f".{start_id}", root / start_id
    hidden.mkdir(mode=0o700, parents=True)
    lock = os.open(hidden / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    hidden.rename(folder)
    sync_folder(root)
    return folder, lock


def _let_go_of_cache(file: int) -> None:
    """Gives back the memory of what is durable, but for what intake is about to read.

    Fresh pages cost more than the copy into them; those just given back are used again.
    """
    behind = os.fstat(file).st_size - CACHED
    if behind > 0 and sys.platform == "linux":
        os.posix_fadvise(file, 0, behind, os.POSIX_FADV_DONTNEED)


def _write_whole(file: int, buffers: Sequence[bytes]) -> int:
    """Writes every byte, however the system cuts the writes; returns how many."""
    total = sum(map(len, buffers))
    written = os.writev(file, buffers)
    if written < total:
        rest = memoryview(b"".join(buffers))[written:]
        while rest:
            rest = rest[os.write(file, rest) :]
    return total
