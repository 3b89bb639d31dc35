"""Objects in little room: much of what `plain` tells is names of kinds, which a dictionary has.

The dictionary lies beside what it packs, so that a recorder of another version can read it. Pure.
"""

import zlib
from collections.abc import Sequence
from typing import Any, Final

from vaiti.capture.recorder.plain import NotKnown, dump, load, names_in, spelled
from vaiti.capture.recorder.spelling import MOST

SMALL: Final = 2000  # bytes that are left as they are: those change most often
LEVEL: Final = 1  # of zlib: the rest of the gain takes twice the time
WINDOW: Final = 13  # bits: more memory than that to be cleared takes longer than the packing
MEMORY: Final = 6
DICTIONARY: Final = spelled()
_PACKED: Final = b"\0"  # with which no pickle begins


class TooLarge(RuntimeError):
    """No recorder reads an object of so many bytes."""


def pack(value: object) -> bytes:
    """Raises TypeError for an object of a class that does not outlive a recorder, and TooLarge."""
    return packed(dump(value))


def packed(text: bytes, small: int = SMALL) -> bytes:
    """The same of what was dumped already. Raises TooLarge."""
    if len(text) < small:
        return text
    if len(text) > MOST:
        raise TooLarge
    made = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW, MEMORY, zdict=DICTIONARY)
    return _PACKED + made.compress(text) + made.flush()


def unpack(data: bytes, dictionary: bytes = DICTIONARY, parts: Sequence[object] = ()) -> Any:  # noqa: ANN401
    """What `pack` was given, where its dictionary was this one. Raises NotKnown."""
    return load(opened(data, dictionary), names_in(dictionary), parts)


def opened(data: bytes, dictionary: bytes = DICTIONARY) -> bytes:
    """At most MOST bytes for `load`. Raises NotKnown."""
    if not data.startswith(_PACKED):
        return data
    made = zlib.decompressobj(-zlib.MAX_WBITS, zdict=dictionary)
    try:
        text = made.decompress(data[len(_PACKED) :], MOST)
    except zlib.error as error:
        raise NotKnown("what was left behind cannot be unpacked") from error
    if not made.eof:
        raise NotKnown("what was left behind is cut off")
    return text
