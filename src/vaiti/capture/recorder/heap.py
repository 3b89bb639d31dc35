"""Where the entries of a box lie: blocks one after the other, each free or of one key.

What is handed out changes nothing by itself: `put` and `delete` say what is to be written where,
and whoever carries it out decides when. Only how the memory is cut into free blocks is written at
once; a block is cut, or joined with free ones behind it, by one store of four bytes. Pure.
"""

import struct
from collections.abc import Mapping

ALIGN = 64  # bytes: the least that a block has, and by which it grows
KEPT_FREE = 8  # the part of an entry's size by which it may grow where it lies
LARGE = 4096  # bytes of an entry that does not grow

_SIZE = struct.Struct("<I")
_HEAD = struct.Struct("<IHHI")  # the block's size, the key's length, nothing, the value's length
_FREE = bytes(_HEAD.size - _SIZE.size)
_ZEROS = bytes(1 << 16)

Change = tuple[int, bytes]


class HeapFull(RuntimeError):
    """No block is large enough."""


class HeapDamaged(ValueError):
    """The blocks that somebody else has left do not lie as ours do."""


class Heap:
    """`bytes` begin with a block; one of size 0 ends them."""

    def __init__(self, memory: memoryview) -> None:
        self.bytes = memory[: len(memory) // ALIGN * ALIGN]
        self.used = 0
        self._high = 0
        self._entries: dict[bytes, tuple[int, int, int]] = {}  # offset, size, length of the value
        self._free: dict[int, list[int]] = {}
        self._left: list[tuple[int, int]] = []  # free from the next `settle` on

    def length(self, key: bytes) -> int | None:
        found = self._entries.get(key)
        return found[2] if found is not None else None

    def place(self, key: bytes) -> int:
        """Where the value of an entry begins."""
        return self._entries[key][0] + _HEAD.size + len(key)

    def entries(self) -> Mapping[bytes, bytes]:
        found = {}
        for key, (_, _, length) in self._entries.items():
            begin = self.place(key)
            found[key] = bytes(self.bytes[begin : begin + length])
        return found

    def put(self, key: bytes, value: bytes) -> list[Change]:
        """Raises HeapFull."""
        needed = _HEAD.size + len(key) + len(value)
        known = self._entries.get(key)
        left: list[Change] = []
        if known is not None and known[1] < needed:
            left, known = [self.delete(key)], None
        offset, size, before = known or (*self._allocated(needed), 0)
        self._entries[key] = (offset, size, len(value))
        head = _HEAD.pack(size, len(key), 0, len(value))
        rest = before - len(value)
        data = b"".join((head, key, value, bytes(rest)) if rest > 0 else (head, key, value))
        return [*left, (offset, data)]

    def reserve(self, key: bytes, size: int) -> tuple[Change, memoryview]:
        """An entry of zeros that its owner fills by itself; it must not be there. Raises
        HeapFull."""
        offset, block = self._allocated(_HEAD.size + len(key) + size)
        self._entries[key] = (offset, block, size)
        return (offset, _HEAD.pack(block, len(key), 0, size) + key), self.view(key)

    def view(self, key: bytes) -> memoryview:
        """Where the value of an entry lies."""
        begin = self.place(key)
        return self.bytes[begin : begin + self._entries[key][2]]

    def delete(self, key: bytes) -> Change:
        """Of a key that is there."""
        offset, size, _ = self._entries.pop(key)
        self._left.append((offset, size))
        return offset + _SIZE.size, _FREE

    def settle(self) -> None:
        """All that was said has been carried out: blocks that were left are clear, and free."""
        for offset, size in self._left:
            self._wipe(offset + _HEAD.size, size - _HEAD.size)
            self.used -= size
            self._free.setdefault(size, []).append(offset)
        self._left.clear()

    def open(self) -> None:
        """Finds the entries of a memory that somebody else has left; clears what nobody has. Raises
        HeapDamaged."""
        at = 0
        while at < len(self.bytes):
            size, keylen, _, length = _HEAD.unpack_from(self.bytes, at)
            if not size:
                break
            begin = at + _HEAD.size
            if size % ALIGN or at + size > len(self.bytes):
                raise HeapDamaged
            if keylen:
                key = bytes(self.bytes[begin : begin + keylen])
                if key in self._entries or begin + keylen + length > at + size:
                    raise HeapDamaged
                self._entries[key] = (at, size, length)
                self.used += size
            else:
                self._wipe(begin, size - _HEAD.size)
                self._free.setdefault(size, []).append(at)
            at += size
        self._high = at

    def clear(self) -> None:
        self._wipe(0, self._high)
        self.used = self._high = 0
        self._entries.clear()
        self._free.clear()
        self._left.clear()

    def _allocated(self, needed: int) -> tuple[int, int]:
        """A block's offset and size. Raises HeapFull."""
        kept = needed // KEPT_FREE if needed < LARGE else 0
        wanted = -(-(needed + kept) // ALIGN) * ALIGN
        found = self._reused(wanted)
        if found is None and self._high + wanted <= len(self.bytes):
            found = (self._high, wanted)
            self._cut(self._high, wanted)
            self._high += wanted
        if found is None:
            self._join()
            found = self._cut_off(wanted)
        self.used += found[1]
        return found

    def _reused(self, wanted: int) -> tuple[int, int] | None:
        same = self._free.get(wanted)
        return (same.pop(), wanted) if same else None

    def _cut_off(self, wanted: int) -> tuple[int, int]:
        """From the smallest free block that is large enough. Raises HeapFull."""
        sizes = [size for size, blocks in self._free.items() if blocks and size >= wanted]
        if not sizes:
            raise HeapFull
        size = min(sizes)
        offset = self._free[size].pop()
        if size > wanted:
            self._cut(offset + wanted, size - wanted)
            self._cut(offset, wanted)
            self._free.setdefault(size - wanted, []).append(offset + wanted)
        return offset, wanted

    def _join(self) -> None:
        """Free blocks that lie behind each other become one."""
        blocks = sorted((at, size) for size, some in self._free.items() for at in some)
        joined: list[tuple[int, int]] = []
        for at, size in blocks:
            if joined and sum(joined[-1]) == at:
                joined[-1] = (joined[-1][0], joined[-1][1] + size)
            else:
                joined.append((at, size))
        self._free.clear()
        for at, size in joined:
            self._cut(at, size)
            self._free.setdefault(size, []).append(at)

    def _cut(self, offset: int, size: int) -> None:
        self.bytes[offset : offset + _SIZE.size] = _SIZE.pack(size)

    def _wipe(self, begin: int, size: int) -> None:
        for at in range(begin, begin + size, len(_ZEROS)):
            some = min(begin + size - at, len(_ZEROS))
            self.bytes[at : at + some] = _ZEROS[:some]
