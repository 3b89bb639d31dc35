"""The recorder's own memory in large pages, where the system has them (Linux 6.1 or later).

What a call is made of lies in some twenty places, and has left the processor's caches when it is
needed again, half a second later; so has where in the machine each page of 4 KB lies. In pages of
2 MB that takes a tenth less time for each packet (bench/RESULTS.md). Nothing depends on it: where
the system has none to give, memory stays as it is.
"""

import asyncio
import ctypes
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_CALLS: Final = 100  # in progress, for which it is not worth anything
GROWN: Final = 1.25  # times as many calls as when it was done last: at once
SOON_S: Final = 5.0  # but not sooner after it was done than this
EVERY_S: Final = 60.0  # memory is given back and had anew

_LARGE: Final = 2 << 20
_PAGES: Final = _LARGE // 4096
_USED: Final = 0.75  # of a large page's small ones: the rest is what it may cost
_COLLAPSE: Final = 25  # MADV_COLLAPSE
_SIZE: Final = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
_MAPS: Final = Path("/proc/self/maps")


def available() -> bool:
    """Whether the system has pages of this size."""
    return sys.platform == "linux" and _SIZE.exists() and int(_SIZE.read_text()) == _LARGE


def join() -> int:
    """Puts what is used of this process's private memory into large pages; returns how many there
    are. Takes a millisecond for each that is new: not for a thread that others wait for."""
    libc, known = ctypes.CDLL(None), ctypes.create_string_buffer(_PAGES)
    libc.mincore.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
    libc.madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    joined = 0
    for at in _places():
        if libc.mincore(at, _LARGE, known) == 0 and known.raw.count(0) <= _PAGES * (1 - _USED):
            joined += libc.madvise(at, _LARGE, _COLLAPSE) == 0
    return joined


def _places() -> Iterator[int]:
    """Where a large page may lie: in memory that is of no file, and may be written."""
    for line in _MAPS.read_text().splitlines():
        bounds, rights, *_, name = (*line.split(maxsplit=5), "")[:6]
        if rights == "rw-p" and name in ("", "[heap]"):
            first, end = (int(each, 16) for each in bounds.split("-"))
            yield from range(-(-first // _LARGE) * _LARGE, end - _LARGE + 1, _LARGE)


@dataclass(slots=True)
class LargePages:
    """When it is done: `_joined` in seconds of a clock that never goes back, with `_calls` in
    progress."""

    _joined: float = 0.0
    _calls: int = 0
    _joining: "asyncio.Task[int] | None" = None

    def due(self, calls: int, now: float) -> bool:
        """Once a second; `calls` are in progress."""
        passed = now - self._joined
        if calls <= MOST_CALLS or passed < SOON_S:
            return False
        if passed < EVERY_S and calls < GROWN * self._calls:
            return False
        self._joined, self._calls = now, calls
        return True

    def look(self, calls: int, now: float) -> None:
        """Once a second: joins pages beside the loop where that is due."""
        if self.due(calls, now) and available():
            self._joining = asyncio.create_task(asyncio.to_thread(join))
