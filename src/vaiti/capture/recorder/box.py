"""What a recorder knows of its calls, in memory that outlives it: entries by key, and a staging
room for packets that have left the kernel and are not taken in yet.

Nothing here touches a disk: the memory is the kernel's secret memory (memfd_secret) where it has
it, else locked. A killed process leaves its last commit whole: entries are appended with the number
of their transaction, and count once that number is committed, which is one store of eight bytes.
Superseded entries are overwritten with zeros: keys and sound do not stay. Layout: docs/keeper.md.
"""

import ctypes
import mmap
import os
import resource
import struct
from collections.abc import Callable, Mapping

from vaiti.vault.hardening import lock_memory

MAGIC = 0x56414954_49423031  # VAITIB01; another layout gets another number
PAGE = 4096
SMALLEST = 1 << 20  # bytes of each half
ROOM = 4  # the share of a half that is free after it was tidied: else it would be all the time
MARGIN = 256 << 10  # bytes of the limit that are left to others

_MEMFD_SECRET = 447  # the system call's number on every architecture
_HEAD = struct.Struct("=QII")
_DELETED = 0xFFFFFFFF
_ZEROS = bytes(1 << 16)
_MAGIC, _ACTIVE, _COMMITTED, _FINISHED, _ATTEMPTS, _SIZE, _HIGH = range(7)


class BoxFull(RuntimeError):
    """There is no room for what the calls' state takes."""


class NoBox(OSError):
    """No memory of a kind that never touches a disk."""


def make(wanted: int) -> int:
    """A descriptor of at most `wanted` bytes of memory, as much as may be locked. Raises NoBox."""
    _, limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
    sizes = [wanted] if limit < 0 else [wanted, min(wanted, limit - MARGIN)]
    for size in sizes:
        for kind in (_secret, _locked):
            descriptor = kind(size // PAGE * PAGE)
            if descriptor >= 0:
                return descriptor
    raise NoBox("the recorder may lock no memory: raise its limit (LimitMEMLOCK in systemd)")


def _secret(size: int) -> int:
    """Memory that not even the kernel has mapped, and that is never swapped; -1 for none."""
    descriptor: int = ctypes.CDLL(None).syscall(_MEMFD_SECRET, os.O_CLOEXEC)
    return descriptor if descriptor < 0 or _maps(descriptor, size) else -1


def _locked(size: int) -> int:
    descriptor = os.memfd_create("vaiti", os.MFD_CLOEXEC)
    return descriptor if _maps(descriptor, size, lock_memory) else -1


def _maps(
    descriptor: int, size: int, locks: Callable[[mmap.mmap], bool] = lambda mapped: True
) -> bool:
    """Whether so much of it may be had; else it is closed."""
    try:
        os.ftruncate(descriptor, size)
        with mmap.mmap(descriptor, size) as mapped:
            fits = locks(mapped)
    except OSError:
        fits = False
    if not fits:
        os.close(descriptor)
    return fits


class Box:
    """Entries of one recorder; `staging` bytes are left to whoever reads sockets."""

    def __init__(self, descriptor: int, staging: int) -> None:
        self.descriptor = descriptor
        size = os.fstat(descriptor).st_size
        if size < PAGE + staging + 2 * SMALLEST:
            raise NoBox("the recorder may lock too little memory: raise its limit")
        self._map = mmap.mmap(descriptor, size)
        lock_memory(self._map)
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("Q")
        first = PAGE + -(-staging // PAGE) * PAGE
        self.staging = self._bytes[PAGE:first]
        self._half = (len(self._map) - first) // 2 // PAGE * PAGE
        self._starts = (first, first + self._half)
        self._index: dict[bytes, tuple[int, int]] = {}
        self._fresh: dict[bytes, tuple[int, int, bool]] = {}
        self._at = self._starts[0]
        if self._words[_MAGIC] == MAGIC and self._words[_SIZE] == len(self._map):
            self._open()
        else:
            self._begin()

    @property
    def committed(self) -> int:
        """The number of the last transaction that counts."""
        return self._words[_COMMITTED]

    @property
    def finished(self) -> bool:
        """Whether what the last transaction meant for the journal was appended."""
        return self._words[_FINISHED] == self._words[_COMMITTED]

    def finish(self) -> None:
        self._words[_FINISHED] = self._words[_COMMITTED]

    @property
    def attempts(self) -> int:
        """How often somebody began to go on from here since it last went well."""
        return self._words[_ATTEMPTS]

    @attempts.setter
    def attempts(self, count: int) -> None:
        self._words[_ATTEMPTS] = count

    @property
    def used(self) -> float:
        """The share of the room that the entries take, without what is superseded."""
        return sum(size for _, size in self._index.values()) / self._half

    def has(self, key: bytes) -> bool:
        return key in self._index

    def reset(self) -> None:
        """Forgets everything, and clears it."""
        self._words[_MAGIC] = 0
        for half in (0, 1):
            self._clear(half)
        self.staging[:8] = bytes(8)
        self._index.clear()
        self._fresh.clear()
        self._begin()

    def _begin(self) -> None:
        for word in (_ACTIVE, _COMMITTED, _FINISHED, _ATTEMPTS):
            self._words[word] = 0
        self._words[_HIGH], self._words[_HIGH + 1] = self._starts
        self._words[_SIZE], self._words[_MAGIC] = len(self._map), MAGIC
        self._at = self._starts[0]

    def entries(self) -> Mapping[bytes, bytes]:
        """All that is committed."""
        return {key: self._value(key, *place) for key, place in self._index.items()}

    def put(self, key: bytes, value: bytes) -> None:
        """Counts from the next `commit` on. Raises BoxFull."""
        self._append(key, value, len(value))

    def delete(self, key: bytes) -> None:
        if key in self._index or key in self._fresh:
            self._append(key, b"", _DELETED)

    def commit(self) -> None:
        self._words[_COMMITTED] += 1
        for key, (offset, size, gone) in self._fresh.items():
            before = self._index.pop(key, None)
            if before is not None:
                self._wipe(*before)
            if not gone:
                self._index[key] = (offset, size)
        self._fresh.clear()

    def _append(self, key: bytes, value: bytes, told: int) -> None:
        size = -(-(_HEAD.size + len(key) + len(value)) // 8) * 8
        if self._at + size > self._starts[self._words[_ACTIVE]] + self._half:
            self._compact()
            end = self._starts[self._words[_ACTIVE]] + self._half
            if self._at + size > end - self._half // ROOM:
                raise BoxFull("the calls' state needs more memory than may be locked")
        at, begin = self._at, self._at + _HEAD.size
        self._at = self._words[_HIGH + self._words[_ACTIVE]] = at + size
        _HEAD.pack_into(self._map, at, 0, len(key), told)
        self._bytes[begin : begin + len(key)] = key
        self._bytes[begin + len(key) : begin + len(key) + len(value)] = value
        self._words[at // 8] = self.committed + 1
        before = self._fresh.get(key)
        if before is not None:
            self._wipe(before[0], before[1])
        self._fresh[key] = (at, size, told == _DELETED)

    def _wipe(self, offset: int, size: int) -> None:
        """The head stays, so that the log can be walked; the key stays, so that it is an entry."""
        keylen = _HEAD.unpack_from(self._map, offset)[1]
        begin, end = offset + _HEAD.size + keylen, offset + size
        while begin < end:
            some = min(end - begin, len(_ZEROS))
            self._bytes[begin : begin + some] = _ZEROS[:some]
            begin += some

    def _value(self, key: bytes, offset: int, size: int) -> bytes:
        _, keylen, length = _HEAD.unpack_from(self._map, offset)
        begin = offset + _HEAD.size + keylen
        return bytes(self._bytes[begin : begin + length])

    def _open(self) -> None:
        """Finds what was committed, and moves it: what was not is in nobody's way then."""
        active = self._words[_ACTIVE]
        at, end = self._starts[active], self._words[_HIGH + active]
        while at < end:
            txn, keylen, length = _HEAD.unpack_from(self._map, at)
            if not 0 < txn <= self.committed:
                break
            told = 0 if length == _DELETED else length
            begin, size = at + _HEAD.size, -(-(_HEAD.size + keylen + told) // 8) * 8
            key = bytes(self._bytes[begin : begin + keylen])
            self._index.pop(key, None)
            if length != _DELETED:
                self._index[key] = (at, size)
            at += size
        self._clear(1 - active)
        self._compact()

    def _compact(self) -> None:
        """Moves what counts, and what is about to, into the other half, and clears this one."""
        active = self._words[_ACTIVE]
        at = self._starts[1 - active]
        moved: dict[bytes, tuple[int, int]] = {}
        fresh: dict[bytes, tuple[int, int, bool]] = {}
        for key, (offset, size) in self._index.items():
            self._words[_HIGH + 1 - active] = at + size
            self._bytes[at : at + size] = self._bytes[offset : offset + size]
            moved[key], at = (at, size), at + size
        for key, (offset, size, gone) in self._fresh.items():
            self._words[_HIGH + 1 - active] = at + size
            self._bytes[at : at + size] = self._bytes[offset : offset + size]
            fresh[key], at = (at, size, gone), at + size
        self._words[_HIGH + 1 - active] = at
        self._words[_ACTIVE] = 1 - active
        self._index, self._fresh, self._at = moved, fresh, at
        self._clear(active)

    def _clear(self, half: int) -> None:
        begin, end = self._starts[half], self._words[_HIGH + half]
        while begin < end:
            some = min(end - begin, len(_ZEROS))
            self._bytes[begin : begin + some] = _ZEROS[:some]
            begin += some
        self._words[_HIGH + half] = self._starts[half]
