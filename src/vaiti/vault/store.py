"""Stores keep sealed objects, whole or not at all. They hold no key and see no plaintext."""

import errno
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from typing import Final, Protocol, TypeVar

from vaiti.values.ids import ObjectId
from vaiti.vault.keyfiles import sync_folder
from vaiti.vault.syncing import WholeDisk
from vaiti.vault.walking import below
from vaiti.vault.writers import Object, Writers

Given = TypeVar("Given")
Result = TypeVar("Result")

LARGE: Final = 1 << 20  # bytes: the disk begins with what is larger, while others are written
MANY: Final = 8  # objects
BUFFER: Final = 64 << 10  # in bytes, of what is written in small pieces
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

    def put_all(self, objects: Sequence[Object], writers: Writers) -> list[str | None]:
        """As `put`, of several: None of each that could not be written. Where the first cannot, no
        other is tried: a store that is away is not waited for by each of them.
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
        self._lasting: set[Path] = set()
        if made is None or not made.exists():
            self._partial.mkdir(mode=0o700, parents=True, exist_ok=True)
            if made is not None:
                made.touch(mode=0o600)

    def put(self, object_id: ObjectId, chunks: Iterable[bytes]) -> str:
        """open(O_CREAT|O_EXCL) in `partial`, write, fsync, mkdir, rename, fsync of both folders."""
        aside = self._write((object_id, chunks))
        try:
            self._make_folders({aside.target.parent})
            self._name(aside.sync())
        finally:
            aside.let_go()
        sync_folder(aside.target.parent)
        sync_folder(self._partial)
        return aside.sha256

    def put_all(self, objects: Sequence[Object], writers: Writers) -> list[str | None]:
        """Each step for all of them, and each folder's fsync once."""
        disk = tried(WholeDisk)(self._partial)
        if disk is None:
            return [None] * len(objects)
        with disk:
            return self._put_all(objects, writers, disk)

    def _put_all(
        self, objects: Sequence[Object], writers: Writers, disk: WholeDisk
    ) -> list[str | None]:
        write, name = tried(self._write), tried(self._name)
        asides = [write(one) for one in objects[:1]]
        others = objects[1:] if all(asides) else ()
        asides += writers.each(write, others)
        written = [one for one in asides if one]
        try:
            durable = [one for one in _durable(written, writers, disk) if one]
            made = tried(self._make_folders)({one.target.parent for one in durable})
            named = [one for one in durable if made and name(one)]
            folders = sorted({one.target.parent for one in named})
            synced = set(compress(folders, writers.each(tried(_synced), folders)))
        finally:
            for one in written:
                one.let_go()
        safe = synced if tried(_synced)(self._partial) else set[Path]()
        found = {id(one): one.sha256 for one in named if one.target.parent in safe}
        return [found.get(id(one)) for one in asides] + [None] * (len(objects) - len(asides))

    def _write(self, given: Object) -> "_Aside":
        object_id, chunks = given
        aside = _Aside(self.path(object_id), self._partial / f"{object_id}.{secrets.token_hex(8)}")
        try:
            aside.write(chunks)
        except BaseException:
            aside.let_go()
            raise
        return aside

    def _name(self, aside: "_Aside") -> "_Aside":
        aside.path.rename(aside.target)
        return aside

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
        for path in below(self._root):
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

    def _make_folders(self, folders: set[Path]) -> bool:
        """Each is durable on return: also one that a process made that was killed before it could
        see to that."""
        fresh = {one for one in folders if one not in self._lasting or not one.is_dir()}
        for folder in fresh:
            folder.mkdir(mode=0o700, exist_ok=True)
        if fresh:
            sync_folder(self._root)
            self._lasting |= fresh
        return True

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


class _Aside:
    """An object that is written where none stands, and has its name `target` next."""

    def __init__(self, target: Path, path: Path) -> None:
        self.target, self.path, self.sha256 = target, path, ""
        how = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self.descriptor = os.open(path, how, 0o600)

    def write(self, chunks: Iterable[bytes]) -> None:
        digest, size = hashlib.sha256(), 0
        with os.fdopen(self.descriptor, "wb", buffering=BUFFER, closefd=False) as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
                size += len(chunk)
        if size > LARGE:
            os.fsync(self.descriptor)
        self.sha256 = digest.hexdigest()

    def sync(self) -> "_Aside":
        os.fsync(self.descriptor)
        return self

    def let_go(self) -> None:
        """What has no name by now goes."""
        os.close(self.descriptor)
        self.path.unlink(missing_ok=True)


def _durable(
    written: Sequence[_Aside], writers: Writers, disk: WholeDisk
) -> Sequence[_Aside | None]:
    """Of many the whole disk takes less than each by itself."""
    if len(written) >= MANY and tried(WholeDisk.sync)(disk):
        return written
    return writers.each(tried(_Aside.sync), written)


def _synced(folder: Path) -> Path:
    sync_folder(folder)
    return folder


def tried(act: Callable[[Given], Result]) -> Callable[[Given], Result | None]:
    """None where the store, the disk or what it comes from fails: whoever asks then asks for that
    one by itself, and is told why."""

    def attempt(given: Given) -> Result | None:
        try:
            return act(given)
        except (StoreError, OSError):
            return None

    return attempt


def _read(descriptor: int, start: int, length: int) -> bytes:
    parts = []
    while length and (part := os.pread(descriptor, length, start)):
        parts.append(part)
        start, length = start + len(part), length - len(part)
    return b"".join(parts)
