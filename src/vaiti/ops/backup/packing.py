"""Several named streams as one, read as they come: what a backup holds.

An entry is its name (2 bytes of length, big-endian), then its content in chunks (4 bytes of length
each), then a chunk of length zero. A name of length zero ends all.
"""

import struct
from collections.abc import Iterable, Iterator

Entry = tuple[str, Iterable[bytes]]

MOST_CHUNK = 1 << 24

_NAME = struct.Struct(">H")
_CHUNK = struct.Struct(">I")


class PackDamaged(Exception):
    """The stream is no pack, or ends in the middle of one."""


def packed(entries: Iterable[Entry]) -> Iterator[bytes]:
    for name, chunks in entries:
        spelt = name.encode()
        yield _NAME.pack(len(spelt)) + spelt
        for chunk in chunks:
            if chunk:
                yield _CHUNK.pack(len(chunk)) + chunk
        yield _CHUNK.pack(0)
    yield _NAME.pack(0)


def unpacked(source: Iterable[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The entries in their order; what is not read of one is passed over. Raises PackDamaged."""
    reader = _Reader(source)
    while length := _NAME.unpack(reader.take(_NAME.size))[0]:
        name = reader.take(length).decode()
        chunks = _chunks(reader)
        yield name, chunks
        for _ in chunks:
            pass
    if reader.more():
        raise PackDamaged("the pack goes on after its end")


def _chunks(reader: "_Reader") -> Iterator[bytes]:
    while length := _CHUNK.unpack(reader.take(_CHUNK.size))[0]:
        if length > MOST_CHUNK:
            raise PackDamaged("a chunk of the pack is larger than any that was written")
        yield reader.take(length)


class _Reader:
    def __init__(self, source: Iterable[bytes]) -> None:
        self._source, self._held = iter(source), bytearray()

    def take(self, size: int) -> bytes:
        while len(self._held) < size:
            chunk = next(self._source, None)
            if chunk is None:
                raise PackDamaged("the pack ends in its middle")
            self._held += chunk
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def more(self) -> bool:
        return bool(self._held) or next(self._source, None) is not None
