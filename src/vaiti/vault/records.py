"""Where the records of a journal file begin and end, and whether their bytes are whole. Pure."""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

LENGTH: Final = struct.Struct(">I")
CRC: Final = struct.Struct(">I")
MAX_RECORD: Final = 2 << 20  # in bytes, of what follows the length; a sealed manifest is half of it
SMALLEST: Final = 1 + 16 + CRC.size  # in bytes: kind, id, crc of an empty body


def whole(block: bytes) -> Iterator[bytes]:
    """The contents of the records with which the block begins, without their lengths."""
    at = 0
    while at + LENGTH.size <= len(block):
        begins = at + LENGTH.size
        at = begins + int.from_bytes(block[at:begins], "big")
        content = block[begins:at]
        whole = SMALLEST <= at - begins == len(content) <= MAX_RECORD
        if not whole or not intact(content):
            return
        yield content


def wanted(rest: bytes) -> int:
    """How many bytes the record takes that begins so, as far as that can be told."""
    if len(rest) < LENGTH.size:
        return LENGTH.size
    return LENGTH.size + int.from_bytes(rest[: LENGTH.size], "big")


def damaged(rest: bytes) -> bool:
    """Whether no record begins so, however the file goes on."""
    size = wanted(rest)
    return len(rest) >= size or size > LENGTH.size + MAX_RECORD


def intact(content: bytes) -> bool:
    return zlib.crc32(memoryview(content)[: -CRC.size]) == int.from_bytes(content[-4:], "big")
