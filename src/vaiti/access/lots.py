"""Which calls a sample takes: by lot, and again the same from the same seed. Pure.

A call's lot is the SHA-256 of the seed and its id; the lowest are drawn. So anybody with the seed
can draw again, and a call that has been destroyed since changes nothing in the others' lots.
"""

import hashlib
from collections.abc import Iterable
from heapq import nsmallest
from uuid import UUID


def lot(seed: str, call: UUID) -> bytes:
    """`seed` is lower-case hexadecimal text and goes in as its letters."""
    return hashlib.sha256(seed.encode("ascii") + call.bytes).digest()


def drawn(seed: str, calls: Iterable[UUID], number: int) -> list[UUID]:
    """The `number` calls of the lowest lots, the lowest first."""
    return [call for _, call in nsmallest(number, ((lot(seed, one), one) for one in calls))]


def left_out(seed: str, calls: Iterable[UUID], sample: Iterable[UUID]) -> list[UUID]:
    """Those of `calls` that the sample should hold in place of one it does: none, if it is true."""
    held = set(sample)
    highest = max((lot(seed, one) for one in held), default=b"")
    return [one for one in calls if one not in held and lot(seed, one) < highest]
