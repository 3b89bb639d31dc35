"""The C library's memory of a process with many threads that do little (glibc).

Each thread gets an arena of its own there, up to eight a processor, and what is freed in one
serves no other: so a worker's sixteen writers and eight rounds of steps kept memory that nothing
used. They take turns anyhow, so two arenas are enough for them.
"""

import ctypes
from typing import Final

ARENAS: Final = 2
_M_ARENA_MAX: Final = -8


def share_arenas(most: int = ARENAS) -> bool:
    """Lets threads that start from now on share so many; False where the C library has no such
    setting."""
    change = getattr(ctypes.CDLL(None), "mallopt", None)
    return change is not None and bool(change(_M_ARENA_MAX, most))
