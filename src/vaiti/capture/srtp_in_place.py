"""libsrtp on packets where they lie.

The call that its binding offers takes a packet's bytes and gives others back: copied in, copied
out, and twice as much time spent on that as on opening it (bench/RESULTS.md, *What SRTP costs*).
What it is made of is used here instead: the same call of the library, on the same session.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

REFUSED: Final = -1  # instead of a size


class Rows:
    """Packets in `rows` uint8[n, row], contiguous, each row at a multiple of `packet.ALIGNED`."""

    def __init__(self, rows: NDArray[np.uint8]) -> None:
        self.rows, self.width = rows, rows.shape[1]
        self.base = ffi.from_buffer("char[]", rows)
        self._breaks: NDArray[np.int64] | None = None

    def is_run(self, first: int, last: int) -> bool:
        """Whether the packets in these rows and between them are of one source, and the number of
        each follows that of the one before."""
        if self._breaks is None:
            self._breaks = _breaks(self.rows)
        return bool(self._breaks[first] == self._breaks[last])


def _breaks(rows: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How many rows up to each do not follow the one before."""
    seq = rows[:, 2].astype(np.uint16) << 8 | rows[:, 3]
    ssrc = np.ascontiguousarray(rows[:, 8:12]).view(np.uint32)[:, 0]
    apart = np.zeros(len(rows), np.int64)
    apart[1:] = (seq[1:] != seq[:-1] + np.uint16(1)) | (ssrc[1:] != ssrc[:-1])
    return apart.cumsum()


class InPlace(Session):
    """One of libsrtp's, which opens rows of packets, too."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._size = ffi.new("int *")

    def open_rows(self, rows: Rows, first: int, sizes: list[int]) -> list[int]:
        """Opens packets, the one of `sizes[0]` bytes in the row `first`, in this order; says how
        many bytes are left of each, and REFUSED where nobody vouches for it: its row then holds
        anything."""
        unprotect, context, size = lib.srtp_unprotect, self._srtp[0], self._size
        width, at = rows.width, rows.base + first * rows.width
        left = []
        for length in sizes:
            size[0] = length
            left.append(REFUSED if unprotect(context, at, size) else size[0])
            at += width
        return left
