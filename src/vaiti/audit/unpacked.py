"""Packed runs of a settled recording (docs/track.md), unpacked into plain ones. Pure.

Written from the page for whoever verifies without our programs: the register's own reader is
another one (audio.packed), and a fault in either shows as a difference between the two.
"""

import lzma
import struct
from collections.abc import Iterator
from typing import Any, Final

PACKED: Final = b"\x02"
LIMIT: Final = 32_768  # bytes unpacked
FILTERS: Final[list[dict[str, Any]]] = [
    {"id": lzma.FILTER_LZMA2, "dict_size": 1 << 16, "lc": 4, "lp": 0, "pb": 0}
]

_HEAD: Final = struct.Struct(">BBBBHHIQ")
_ENTRY: Final = struct.Struct(">HII")
_WIDTHS: Final = (2, 4, 4)  # bytes of sequence number, timestamp, arrival


class UnpackError(ValueError):
    """The bytes are no packed runs."""


def plain(used: bytes) -> bytes:
    """The bytes in use of a segment as plain runs; those that are not packed, as they are.

    Raises UnpackError.
    """
    if used[:1] != PACKED:
        return used
    content = _inflated(used[1:])
    heads = [_HEAD.unpack_from(content, at) for at in _places(content)]
    if any(head[0] != 1 or head[3] or not head[4] for head in heads):
        raise UnpackError("a packed segment holds what is no run")
    at, total = 2 + _HEAD.size * len(heads), sum(head[4] for head in heads)
    if at + sum(head[4] * (_ENTRY.size + head[5]) for head in heads) != len(content):
        raise UnpackError("a packed segment holds other entries than it says")
    columns = list[list[int]]()
    for width in _WIDTHS:
        columns.append(_numbers(content[at : at + total * width], width, total))
        at += total * width
    return b"".join(_runs(content, heads, columns, at))


def _inflated(packed: bytes) -> bytes:
    unpacking = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=FILTERS)
    try:
        content = unpacking.decompress(packed, LIMIT + 1)
    except lzma.LZMAError as error:
        raise UnpackError("a packed segment cannot be unpacked") from error
    if len(content) > LIMIT or not unpacking.eof or unpacking.unused_data:
        raise UnpackError("a packed segment is too long, or cut off")
    return content


def _places(content: bytes) -> range:
    """Where the heads of the runs begin."""
    end = 2 + _HEAD.size * int.from_bytes(content[:2], "big")
    if len(content) < 2 or end > len(content):
        raise UnpackError("a packed segment holds fewer runs than it says")
    return range(2, end, _HEAD.size)


def _numbers(planes: bytes, width: int, count: int) -> list[int]:
    """All first bytes stand before all second ones."""
    rows = [planes[at * count : (at + 1) * count] for at in range(width)]
    return [int.from_bytes(bytes(octets), "big") for octets in zip(*rows, strict=True)]


def _runs(
    content: bytes, heads: list[tuple[int, ...]], columns: list[list[int]], at: int
) -> Iterator[bytes]:
    first = 0
    for head in heads:
        count, length = head[4], head[5]
        yield _HEAD.pack(*head)
        seq, ts, arrived = -1, -length, 0
        for number in range(first, first + count):
            seq = (seq + 1 + columns[0][number]) & 0xFFFF
            ts = (ts + length + columns[1][number]) & 0xFFFFFFFF
            arrived = (arrived + columns[2][number]) & 0xFFFFFFFF
            yield _ENTRY.pack(seq, ts, arrived)
            yield content[at : at + length]
            at += length
        first += count
