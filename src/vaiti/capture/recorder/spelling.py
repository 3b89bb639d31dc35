"""Whether bytes are spelled as `plain.dump` spells objects: asked before any are made of them.

A pickle is a program, and Python's own reader does whatever stands in one: it changes objects that
all of us share, and asks for gigabytes where nine bytes say so (gh-115952). Here pass the words
that `dump` uses, of which none reaches further than to what the same bytes have made; and nothing
is announced that does not come. Pure.
"""

import re
from typing import Final

MOST: Final = 16 << 20  # bytes of one object

_BEGIN: Final = b"\x80\x05"
_END: Final = b"."
_LONG: Final = frozenset((b"X", b"B"))  # text and bytes with four bytes of length
_BARE: Final = (
    rb"[(}\])\x8f"  # a mark; empty dict, list, tuple, set
    rb"t\x85\x86\x87su\x90\x91ae"  # of what came: a tuple, items of a dict, set or list
    rb"N\x88\x89\x93\x94R]"  # nothing, true, false, `made`, remember it, call it
)
_FIXED: Final = (rb"[Kh].", rb"M..", rb"[Jj].{4}", rb"[G\x95].{8}")  # numbers, what is remembered
_SHORT: Final = b"|".join(b"\\x%02x.{%d}" % (size, size) for size in range(256))
_RUN: Final = re.compile(
    b"(?:" + b"|".join((_BARE, rb"[\x8cC\x8a](?:" + _SHORT + b")", *_FIXED)) + b")*+", re.DOTALL
)
"""As many words as there are: a short text, bytes or number has its length before it."""


def well_spelled(data: bytes) -> bool:
    """Whether `load` may look at it: our words alone, each whole, to the last byte."""
    if len(data) > MOST or not data.startswith(_BEGIN):
        return False
    at = len(_BEGIN)
    while True:
        found = _RUN.match(data, at)
        at = found.end() if found is not None else at
        if data[at : at + 1] not in _LONG:
            return data[at:] == _END
        at += 5 + int.from_bytes(data[at + 1 : at + 5], "little")
