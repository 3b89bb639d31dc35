"""What a recorder knows of its calls, in memory that outlives it: entries by key, and a staging
room for packets that have left the kernel and are not taken in yet.

Nothing here touches a disk: the memory is the kernel's secret memory (memfd_secret) where it has
it, else locked. Changes are written down first, and count once the number of their transaction is
committed, which is one store of eight bytes; then they are carried out where the entries lie, and
again by whoever comes next, should we die over it. Layout: docs/keeper.md.
"""

import ctypes
import mmap
import os
import struct
from collections.abc import Callable, Mapping, Sequence

from vaiti.capture.recorder.heap import Heap, HeapDamaged, HeapFull
from vaiti.vault.hardening import lock_memory, raise_lock_limit

MAGIC = 0x56414954_49423037  # VAITIB07; another layout gets another number
PAGE = 4096
SMALLEST = 1 << 20  # bytes of the heap
MARGIN = 256 << 10  # bytes of the limit that are left to others
LEAST_REDO, MOST_REDO = 256 << 10, 8 << 20  # bytes of each of the two places for changes
REDO_SHARE = 16  # of the memory, that one of them has
MEANT_SHARE = 8  # of the memory, for what waits for the journal

_MEMFD_SECRET = 447  # the system call's number on every architecture
_CHANGE = struct.Struct("<II")
_ZEROS = bytes(1 << 16)
_MAGIC, _SIZE, _COMMITTED, _APPLIED, _FINISHED, _ATTEMPTS, _HIGH, _REDO = range(8)
_TOLD, _MEANT, _FILE, _OFFSET = range(4)  # words of each of the two places, behind _REDO
_LAST = _REDO + 8
_MOST_NUMBER = (1 << 63) - 2  # of a transaction: the next one's is told in 64 bits with a sign


_TOO_LITTLE = "the calls' state needs more memory than may be locked"


class BoxFull(RuntimeError):
    """There is no room for what the calls' state takes."""


class NoBox(OSError):
    """No memory of a kind that never touches a disk."""


class BoxDamaged(ValueError):
    """What somebody else has left does not lie as it does in a box."""


def make(wanted: int) -> int:
    """A descriptor of at most `wanted` bytes of memory, as much as may be locked. Raises NoBox."""
    limit = raise_lock_limit(wanted + MARGIN)
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
    """Entries of one recorder; `staging` bytes are left to whoever reads sockets. Raises NoBox,
    and BoxDamaged."""

    def __init__(self, descriptor: int, staging: int) -> None:
        self.descriptor = descriptor
        size = os.fstat(descriptor).st_size
        self._redo = min(max(size // REDO_SHARE, LEAST_REDO), MOST_REDO) // PAGE * PAGE
        first = PAGE + -(-staging // PAGE) * PAGE
        meant = first + 2 * self._redo
        self._base = meant + size // MEANT_SHARE // PAGE * PAGE
        if size < self._base + SMALLEST:
            raise NoBox("the recorder may lock too little memory: raise its limit")
        self._map = mmap.mmap(descriptor, size)
        lock_memory(self._map)
        self._bytes = memoryview(self._map)
        self._words = self._bytes[:PAGE].cast("Q")
        self.staging = self._bytes[PAGE:first]
        self._places = (first, first + self._redo)
        self._meant = self._bytes[meant : self._base]
        self._heap = Heap(self._bytes[self._base :])
        self._waiting = 0  # bytes that are meant for the journal, since it last had all
        self._changes: list[bytes] = []
        self._told = 0  # bytes of the changes since the last commit
        if self._words[_MAGIC] not in (0, MAGIC):  # its mark stays: nobody is to take it for ours
            raise BoxDamaged("it is of another version")
        if self._words[_MAGIC] == MAGIC and self._words[_SIZE] == size:
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
        self._waiting = 0

    @property
    def meant(self) -> tuple[int, int, bytes]:
        """What was meant for the journal as of the last transaction: the number of its file, the
        offset, and what."""
        at = self._place_of(self._words[_COMMITTED])
        size, file, offset = (self._words[at + word] for word in (_MEANT, _FILE, _OFFSET))
        return file, offset, bytes(self._meant[:size])

    @property
    def attempts(self) -> int:
        """How often somebody began to go on from here since it last went well."""
        return self._words[_ATTEMPTS]

    @attempts.setter
    def attempts(self, count: int) -> None:
        self._words[_ATTEMPTS] = count

    @property
    def used(self) -> int:
        """The bytes that the entries take."""
        return self._heap.used

    @property
    def changed(self) -> bool:
        """Whether anything is put that a `commit` would make count."""
        return bool(self._changes)

    @property
    def half_full(self) -> bool:
        """Whether it is time to commit what is put, where much is put at once."""
        return self._told > self._redo // 2

    def has(self, key: bytes) -> bool:
        return self._heap.length(key) is not None

    def reset(self) -> None:
        """Forgets everything, and clears it."""
        self._words[_MAGIC] = 0
        self._wipe(self._places[0], 2 * self._redo)
        self._heap.clear()
        self.staging[:8] = bytes(8)
        self._begin()

    def entries(self) -> Mapping[bytes, bytes]:
        """All that is committed."""
        return self._heap.entries()

    def put(self, key: bytes, value: bytes) -> None:
        """Counts from the next `commit` on. Raises BoxFull."""
        try:
            for offset, data in self._heap.put(key, value):
                self._change(offset, data)
        except HeapFull as error:
            raise BoxFull(_TOO_LITTLE) from error

    def reserve(self, key: bytes, size: int) -> memoryview:
        """Room that is there from the next `commit` on; who has it sees to it that what is in it
        can be trusted whenever we die. Raises BoxFull."""
        try:
            change, room = self._heap.reserve(key, size)
        except HeapFull as error:
            raise BoxFull(_TOO_LITTLE) from error
        self._change(*change)
        return room

    def view(self, key: bytes) -> memoryview:
        """The room of an entry that is there."""
        return self._heap.view(key)

    def delete(self, key: bytes) -> None:
        if self.has(key):
            self._change(*self._heap.delete(key))

    def commit(self, meant: Sequence[bytes] = (), where: tuple[int, int] = (0, 0)) -> None:
        """With what is about to be appended to the journal, behind what was told since `finish`;
        `where` all of that begins: the number of the file, the offset. Raises BoxFull."""
        told = b"".join(self._changes)
        waiting = self._waiting + sum(map(len, meant))
        if waiting > len(self._meant):
            raise BoxFull("more waits for the journal than there is memory for")
        self._meant[self._waiting : waiting] = b"".join(meant)
        self._waiting = waiting
        number = self._words[_COMMITTED] + 1
        place, at = self._places[number % 2], self._place_of(number)
        self._bytes[place : place + len(told)] = told
        for word, value in enumerate((len(told), waiting, *where), at):
            self._words[word] = value
        self._words[_COMMITTED] = number
        self._changes.clear()
        self._told = 0
        self._apply(told)
        self._heap.settle()
        self._wipe(place, len(told))

    def _change(self, offset: int, data: bytes) -> None:
        self._changes += (_CHANGE.pack(offset, len(data)), data)
        self._told += _CHANGE.size + len(data)
        if self._told > self._redo:
            raise BoxFull("more has changed at once than there is memory for")

    def _apply(self, told: bytes | memoryview) -> None:
        heap, at = self._heap.bytes, 0
        while at < len(told):
            offset, size = _CHANGE.unpack_from(told, at)
            at += _CHANGE.size
            heap[offset : offset + size] = told[at : at + size]
            at += size
        self._words[_APPLIED] = self._words[_COMMITTED]

    @staticmethod
    def _place_of(number: int) -> int:
        """The first of the words that tell of a transaction."""
        return _REDO + 4 * (number % 2)

    def _last(self) -> tuple[int, int]:
        """Where the last transaction's changes stand, and their size."""
        number = self._words[_COMMITTED]
        return self._places[number % 2], self._words[self._place_of(number) + _TOLD]

    def _begin(self) -> None:
        for word in range(_COMMITTED, _LAST):
            self._words[word] = 0
        self._waiting = 0
        self._changes.clear()
        self._told = 0
        self._words[_SIZE], self._words[_MAGIC] = len(self._map), MAGIC

    def _open(self) -> None:
        """Carries out what was committed and may not have been; clears what nobody has."""
        place, told = self._last()
        number = self._words[_COMMITTED]
        if told > self._redo or self._words[self._place_of(number) + _MEANT] > len(self._meant):
            raise BoxDamaged("more is told than there is room for")
        if number > _MOST_NUMBER:
            raise BoxDamaged("no recorder comes to so many transactions")
        if self._words[_APPLIED] != number:
            self._check(self._bytes[place : place + told])
            self._apply(self._bytes[place : place + told])
        self._wipe(place, told)
        try:
            self._heap.open()
        except HeapDamaged as error:
            raise BoxDamaged("entries lie across each other") from error

    def _check(self, told: memoryview) -> None:
        """Changes that were committed stand whole, and lie in the heap. Raises BoxDamaged."""
        at = 0
        while at < len(told):
            if at + _CHANGE.size > len(told):
                raise BoxDamaged("a change is cut off")
            offset, size = _CHANGE.unpack_from(told, at)
            at += _CHANGE.size + size
            if at > len(told) or offset + size > len(self._heap.bytes):
                raise BoxDamaged("a change lies outside")

    def _wipe(self, begin: int, size: int) -> None:
        for at in range(begin, begin + size, len(_ZEROS)):
            some = min(begin + size - at, len(_ZEROS))
            self._bytes[at : at + some] = _ZEROS[:some]
