"""libsrtp on packets where they lie.

The call that its binding offers takes a packet's bytes and gives others back: copied in, copied
out, and twice as much time spent on that as on opening it (bench/RESULTS.md, *What SRTP costs*).
What it is made of is used here instead: the same call of the library, on the same session.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi, lib

from vaiti.capture.rtp.packet import ALIGNED


class InPlace(Session):
    """One of libsrtp's, which opens rows of packets, too."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self._size = ffi.new("int *")

    def open_rows(self, rows: NDArray[np.uint8], packets: Iterable[tuple[int, int]]) -> list[int]:
        """Opens packets, each the number of its row and the bytes it has there, in that order; says
        how many are left of each, 0 where nobody vouches for it: its row then holds anything.
        `rows` is uint8[n, row], contiguous and `suits` it.
        """
        base, width = ffi.from_buffer("char[]", rows), rows.shape[1]
        unprotect, context, size = lib.srtp_unprotect, self._srtp[0], self._size
        left = []
        for at, length in packets:
            size[0] = length
            left.append(0 if unprotect(context, base + at * width, size) else size[0])
        return left


def suits(rows: NDArray[np.uint8]) -> bool:
    """Whether each row begins where the library can read its words."""
    return not (rows.ctypes.data % ALIGNED or rows.shape[1] % ALIGNED)
