"""A package as it lies in the store: its files one after the other, each encrypted by itself.

Nothing is held as a whole but the smallest files, and nothing is written in the clear. Handed out,
the files are put into a zip: still encrypted, or opened with the password.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vaiti.rights.zip_crypt import (
    CHECK,
    MARK,
    OVERHEAD,
    SALT,
    Damaged,
    Decryptor,
    Encryptor,
)
from vaiti.rights.zip_file import Member, length_of, written
from vaiti.values.ids import ObjectId
from vaiti.vault.store import Store

PIECE = 1 << 20  # bytes read of the store at once


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the package, its text `size` bytes long."""

    name: str
    size: int
    sha256: str

    @property
    def packed(self) -> int:
        return self.size + OVERHEAD


class Packer:
    """Encrypts files one after the other; `entries` are those that are done."""

    def __init__(self, password: str) -> None:
        self._password = password
        self.entries: list[Entry] = []

    def file(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        encryptor, digest, size = Encryptor(self._password), hashlib.sha256(), 0
        yield encryptor.begin()
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            yield encryptor.text(chunk)
        yield encryptor.end()
        self.entries.append(Entry(name, size, digest.hexdigest()))


@dataclass(frozen=True, slots=True)
class Lying:
    """The package of `entries` in a store."""

    object_id: ObjectId
    entries: Sequence[Entry]
    store: Store

    def sealed(self, beside: Sequence[tuple[str, bytes]]) -> tuple[int, Iterator[bytes]]:
        """As a zip whose files are encrypted; those `beside` stand in it in the clear."""
        members = [Member(one.name, one.size, one.packed, 0, True) for one in self.entries]
        parts = [
            (one, self._pieces(at, one.packed)) for one, at in zip(members, self._at(), strict=True)
        ]
        return _zipped(parts, beside)

    def opened(
        self, password: str, beside: Sequence[tuple[str, bytes]]
    ) -> tuple[int, Iterator[bytes]]:
        """As an ordinary zip. Each file is looked through before the first byte of any leaves.

        Raises WrongPassword and Damaged.
        """
        parts = []
        for one, at in zip(self.entries, self._at(), strict=True):
            crc = 0
            for plain in self._plain(password, one, at):
                crc = zlib.crc32(plain, crc)
            member = Member(one.name, one.size, one.size, crc, False)
            parts.append((member, self._plain(password, one, at)))
        return _zipped(parts, beside)

    def fits(self, password: str) -> bool:
        """Whether it is the password, by the whole of the last file, which is short."""
        try:
            for _ in self._plain(password, self.entries[-1], self._at()[-1]):
                pass
        except ValueError:
            return False
        return True

    def _at(self) -> list[int]:
        places, at = [], 0
        for one in self.entries:
            places.append(at)
            at += one.packed
        return places

    def _plain(self, password: str, one: Entry, at: int) -> Iterator[bytes]:
        head = self.store.get(self.object_id, at, SALT + CHECK)
        decryptor = Decryptor(password, head)
        for sealed in self._pieces(at + len(head), one.size):
            yield decryptor.text(sealed)
        decryptor.end(self.store.get(self.object_id, at + one.packed - MARK, MARK))

    def _pieces(self, at: int, length: int) -> Iterator[bytes]:
        end = at + length
        while at < end:
            piece = self.store.get(self.object_id, at, min(PIECE, end - at))
            if not piece:
                raise Damaged("the package ends too soon")
            at += len(piece)
            yield piece


def _zipped(
    parts: list[tuple[Member, Iterator[bytes]]], beside: Sequence[tuple[str, bytes]]
) -> tuple[int, Iterator[bytes]]:
    for name, text in beside:
        member = Member(name, len(text), len(text), zlib.crc32(text), False)
        parts.append((member, iter([text])))
    return length_of(member for member, _ in parts), written(parts)
