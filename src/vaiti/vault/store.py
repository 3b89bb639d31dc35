"""Stores keep sealed objects, whole or not at all. They hold no key and see no plaintext."""

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from vaiti.values.ids import ObjectId
from vaiti.vault.keyfiles import sync_folder

SUFFIX = ".vs"
PARTIAL = "partial"  # folder of what is being written, and of what a kill left behind

_ID = re.compile(r"[0-9a-f]{32}")


class StoreError(Exception):
    """The store cannot do what was asked; the text says why."""


class NoObject(StoreError):
    """There is no object of that name."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Something that lies in a store, and since when. `name` is the store's own name for it.

    `object_id` is None for what no store of ours wrote. What is not `whole` is no object any more
    or not yet: an older version, a mark of deletion, an unfinished upload, what a kill left.
    """

    name: str
    object_id: ObjectId | None
    at: datetime
    size: int
    whole: bool


class Store(Protocol):
    """What every store does; tests/vault/store_conformance.py holds each to it.

    Removal is `vault.shred.remove`, and retention's alone.
    """

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        """Writes the object, durable on return; its sha256 as lower-case hex.

        Replaces an object of the same name. When `chunks` raises, nothing is written.
        """

    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        """`length` bytes from `start`, fewer at the end of the object. Raises NoObject."""

    def size(self, object_id: ObjectId) -> int:
        """In bytes. Raises NoObject."""

    def absent(self, object_id: ObjectId) -> bool:
        """Whether nothing of the object is there, not even what a killed `put` left."""

    def remaining(self, object_ids: Iterable[ObjectId]) -> set[ObjectId]:
        """Those of which anything is there: as `absent`, asked of many at once."""

    def names(self) -> Iterator[ObjectId]:
        """All objects, in no order."""

    def listed(self) -> Iterator[Listed]:
        """Everything that lies there, in no order: for whoever looks for what should be gone."""

    def metadata(self, object_id: ObjectId) -> frozenset[str]:
        """The names of what is kept of the object besides its bytes; of none, nothing."""


class FolderStore:
    """One file an object, in 256 folders under `root`.

    `made` is an empty file outside of `root` that says that the store was made before: what is not
    there then is away, with its disk, and not gone.
    """

    def __init__(self, root: Path, made: Path | None = None) -> None:
        self._root = root
        self._partial = root / PARTIAL
        if made is None or not made.exists():
            self._partial.mkdir(mode=0o700, parents=True, exist_ok=True)
            if made is not None:
                made.touch(mode=0o600)

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        """open(O_CREAT|O_EXCL) in `partial`, write, fsync, mkdir, rename, fsync of both folders."""
        target = self.path(object_id)
        aside = self._partial / f"{object_id}.{secrets.token_hex(8)}"
        try:
            digest = _write_durably(aside, chunks)
            self._make_folder(target.parent)
            aside.rename(target)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
        sync_folder(self._partial)
        return digest

    def get(self, object_id: ObjectId, start: int, length: int) -> bytes:
        if start < 0 or length < 0:
            raise ValueError("a stretch of an object neither begins nor ends before its start")
        descriptor = self._open(object_id)
        try:
            return _read(descriptor, start, length)
        finally:
            os.close(descriptor)

    def size(self, object_id: ObjectId) -> int:
        try:
            return self.path(object_id).stat().st_size
        except FileNotFoundError as error:
            raise NoObject(f"the store has no object {object_id}") from error

    def absent(self, object_id: ObjectId) -> bool:
        return not any(path.exists() for path in self.traces(object_id))

    def remaining(self, object_ids: Iterable[ObjectId]) -> set[ObjectId]:
        begun = {path.name.partition(".")[0] for path in self.begun()}
        return {one for one in object_ids if one in begun or os.path.lexists(self.place(one))}

    def names(self) -> Iterator[ObjectId]:
        for path in self._root.glob(f"[0-9a-f][0-9a-f]/*{SUFFIX}"):
            if _ID.fullmatch(path.stem):
                yield ObjectId(path.stem)

    def listed(self) -> Iterator[Listed]:
        for path in self._root.rglob("*"):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # removed while we looked
            if not stat.S_ISDIR(status.st_mode):
                name = path.relative_to(self._root).as_posix()
                found = _ID.fullmatch(path.name.partition(".")[0])
                object_id = ObjectId(found[0]) if found else None
                at = datetime.fromtimestamp(status.st_mtime, UTC)
                whole = object_id is not None and path == self.path(object_id)
                yield Listed(name, object_id, at, status.st_size, whole)

    def metadata(self, object_id: ObjectId) -> frozenset[str]:
        """Labels that the system itself keeps beside a file are not meant."""
        try:
            found = os.listxattr(self.place(object_id), follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTSUP):
                raise StoreError("the store cannot tell of an object") from error
            return (
                frozenset()
            )  # destroyed while we looked, or a disk that keeps nothing of the kind
        return frozenset(name for name in found if name.startswith("user."))

    def path(self, object_id: ObjectId) -> Path:
        """Where the object stands. Raises ValueError for what is no object id."""
        return Path(self.place(object_id))

    def place(self, object_id: ObjectId) -> str:
        """The same as a text: of a hundred thousand objects making paths is half of the work."""
        require_id(object_id)
        return f"{self._root}{os.sep}{object_id[:2]}{os.sep}{object_id}{SUFFIX}"

    def traces(self, object_id: ObjectId) -> list[Path]:
        """Every place where something of the object may stand. Raises StoreError where the store
        itself is away: then nothing is absent."""
        self._require_disk()
        return [self.path(object_id), *self._partial.glob(f"{object_id}.*")]

    def begun(self) -> list[Path]:
        """What is being written, of any object, and what killed writers left. Raises StoreError."""
        self._require_disk()
        return list(self._partial.iterdir())

    def _require_disk(self) -> None:
        if not self._partial.is_dir():
            raise StoreError("the folder of recordings is not there; is its disk mounted?")

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            folder.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self._root)

    def _open(self, object_id: ObjectId) -> int:
        try:
            return os.open(self.path(object_id), os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise NoObject(f"the store has no object {object_id}") from error
            raise StoreError(f"object {object_id} cannot be read: {error.strerror}") from error


def require_id(object_id: ObjectId) -> None:
    """Raises ValueError for what is no object id, and must become no path or key."""
    if not _ID.fullmatch(object_id):
        raise ValueError("an object id is 32 lower-case hexadecimal digits")


def _write_durably(path: Path, chunks: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=1 << 16) as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(descriptor)
    return digest.hexdigest()


def _read(descriptor: int, start: int, length: int) -> bytes:
    parts = []
    while length and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start, length = start + len(part), length - len(part)
    return b"".join(parts)
