"""A zip file written as it goes, of files that are stored as they are. Pure (APPNOTE 6.3.10).

Each file's size is known before its first byte, so that what reads a zip from its front, as some
telephones do, can read it too. No time of the machine and no comment stands in it.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

MOST: Final = 0xFFFFFFFF  # bytes: beyond, other records would be needed
STORED: Final = 0
AES: Final = 99
_UTF8: Final = 1 << 11
_ENCRYPTED: Final = 1
_DAY: Final = (1 << 5) | 1  # 1 January 1980
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_AE2: Final = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, STORED)


@dataclass(frozen=True, slots=True)
class Member:
    """A file: `size` of its text, `packed` as it stands in the zip. `crc` is 0 where `encrypted`,
    whose own mark says more."""

    name: str
    size: int
    packed: int
    crc: int
    encrypted: bool


def written(members: Iterable[tuple[Member, Iterable[bytes]]]) -> Iterator[bytes]:
    """The zip's bytes. Raises ValueError when a file is not as long as it was said to be."""
    at, directory, count = 0, b"", 0
    for member, chunks in members:
        head = _local(member)
        yield head
        length = 0
        for chunk in chunks:
            length += len(chunk)
            yield chunk
        if length != member.packed:
            raise ValueError("a file of the zip has another length than was said")
        directory += _central(member, at)
        at += len(head) + length
        count += 1
    yield directory
    yield _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), at, 0)


def length_of(members: Iterable[Member]) -> int:
    """Of the zip that `written` makes of them."""
    heads = sum(len(_local(one)) + one.packed + len(_central(one, 0)) for one in members)
    return heads + _END.size


def _fields(member: Member) -> tuple[int, int, int, int, int]:
    """Version needed, flags, method, time, day."""
    if member.encrypted:
        return 51, _UTF8 | _ENCRYPTED, AES, 0, _DAY
    return 20, _UTF8, STORED, 0, _DAY


def _local(member: Member) -> bytes:
    name, extra = member.name.encode(), _AE2 if member.encrypted else b""
    sizes = (member.crc, member.packed, member.size, len(name), len(extra))
    return _LOCAL.pack(b"PK\3\4", *_fields(member), *sizes) + name + extra


def _central(member: Member, at: int) -> bytes:
    name, extra = member.name.encode(), _AE2 if member.encrypted else b""
    sizes = (member.crc, member.packed, member.size, len(name), len(extra))
    rest = (0, 0, 0, 0o644 << 16, at)
    made_by = 0x0314  # by a Unix, which tells how a file may be read
    return _CENTRAL.pack(b"PK\1\2", made_by, *_fields(member), *sizes, *rest) + name + extra
