"""libsrtp on packets where they lie.

The call that its binding offers takes a packet's bytes and gives others back: copied in, copied
out, and twice as much time spent on that as on opening it (bench/RESULTS.md, *What SRTP costs*).
What it is made of is used here instead: the same call of the library, on the same session.
"""

from itertools import repeat
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

REFUSED: Final = -1  # instead of a size
_WIDTHS: Final = (320, 1472)  # bytes of a row: of most packets, of the largest; odd cache lines
_ROOM: Final = 2048  # packets, at least


class Place:
    """Where packets are opened: `rows` uint8[packets, bytes] and their `sizes` int32[packets]. What
    the library is told of each, where it lies and where its size stands, is made once."""

    def __init__(self, packets: int, width: int) -> None:
        self.rows = np.zeros((packets, width), np.uint8)
        self.sizes = np.zeros(packets, np.int32)
        self._held = ffi.from_buffer("char[]", self.rows), ffi.from_buffer("int[]", self.sizes)
        begin, sizes = self._held
        self.begins = [ffi.cast("void *", begin + row * width) for row in range(packets)]
        self.sized = [sizes + row for row in range(packets)]
        self._count = 0
        self._breaks: NDArray[np.int64] | None = None

    def put(self, rows: NDArray[np.uint8], sizes: NDArray[np.int64]) -> None:
        """Packets from the first row on; there must be room. What was here is gone."""
        self.rows[: len(rows), : rows.shape[1]] = rows
        self.sizes[: len(rows)] = sizes
        self._count, self._breaks = len(rows), None

    def is_run(self, first: int, last: int) -> bool:
        """Whether the packets in these rows and between them are of one source, and the number of
        each follows that of the one before."""
        if self._breaks is None:
            self._breaks = _breaks(self.rows[: self._count])
        return bool(self._breaks[first] == self._breaks[last])


class Places:
    """One for small packets and one for large, each made when the first come."""

    def __init__(self) -> None:
        self._of: dict[int, Place] = {}

    def put(self, rows: NDArray[np.uint8], sizes: NDArray[np.int64]) -> Place:
        """Where these packets now are, until some are put there again."""
        count, width = rows.shape
        wide = next((each for each in _WIDTHS if width <= each), _WIDTHS[-1])
        place = self._of.get(wide)
        if place is None or count > len(place.rows) or width > place.rows.shape[1]:
            place = self._of[wide] = Place(max(count, _ROOM), max(width, wide))
        place.put(rows, sizes)
        return place


def _breaks(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many rows up to each do not follow the one before."""
    seq = rows[:, 2].astype(np.uint16) << 8 | rows[:, 3]
    ssrc = np.ascontiguousarray(rows[:, 8:12]).view(np.uint32)[:, 0]
    apart = np.zeros(len(rows), np.int64)
    apart[1:] = (seq[1:] != seq[:-1] + np.uint16(1)) | (ssrc[1:] != ssrc[:-1])
    return apart.cumsum()


class InPlace(Session):
    """One of libsrtp's, which opens packets in a place, too."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._context = self._srtp[0]

    def open_rows(self, place: Place, first: int, last: int) -> list[int]:
        """Opens the packets from the row `first` to before `last`, in this order: their sizes are
        then what is left of each. Says the rows of those that nobody vouches for, which then hold
        anything, and whose size is REFUSED."""
        told = place.begins[first:last], place.sized[first:last]
        faults = list(map(lib.srtp_unprotect, repeat(self._context), *told))
        if not any(faults):
            return []
        refused = [row for row, fault in enumerate(faults, first) if fault]
        place.sizes[refused] = REFUSED
        return refused
