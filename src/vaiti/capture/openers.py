"""The SRTP of all streams: a batch of many streams' packets is opened together.

What can be asked of all packets at once is asked in numpy; then each is one call of the library,
in the order of arrival. Where one is not as usual, its stream's are looked at one by one.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import ALIGNED, REPORTS, Batch, some
from vaiti.capture.rtp.table import StreamTable
from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp import Opener
from vaiti.capture.srtp_in_place import REFUSED, Rows


class Openers:
    """Those of the streams of `table` that are SRTP, by slot."""

    def __init__(self, table: StreamTable) -> None:
        self.lasting = False
        """Whether another process is to be able to go on with the streams."""
        self._table = table
        self._of: dict[int, Opener] = {}

    def __len__(self) -> int:
        return len(self._of)

    def get(self, slot: int) -> Opener | None:
        return self._of.get(slot)

    def put(self, slot: int, opener: Opener) -> None:
        self._of[slot] = opener

    def secure(self, slot: int, crypto: Crypto | None) -> None:
        """From now on the slot's packets are SRTP with this key, or plain RTP. The same key goes on
        counting where it was."""
        known = self._of.get(slot)
        if crypto is None:
            self._of.pop(slot, None)
        elif known is None or known.crypto != crypto:
            self._of[slot] = Opener(crypto, lasting=self.lasting)

    def remove(self, slot: int) -> None:
        self._of.pop(slot, None)

    def opened(self, slots: NDArray[np.int64], batch: Batch) -> Batch:
        """The batch with its SRTP packets opened, in rows that are written over; those that nobody
        vouches for are left out."""
        theirs = self._table.from_senders(slots, batch)
        usual = theirs & _whole_sound(batch)
        rows, all_usual = _in_words(batch.rows), bool(usual.all())
        left, counts = batch.length.tolist(), batch.counts.copy()
        for index, slot, opener, start, end in self._each(slots, batch.counts):
            spent = opener.spent
            sizes = left[start:end]
            fine = all_usual or usual[start:end].all()
            if fine and rows is not None and opener.is_usual(end - start):
                sizes = opener.open_rows(rows, start, sizes)
            else:
                sizes = opener.open_singly(batch.rows, start, sizes, theirs[start:end].tolist())
            left[start:end] = sizes
            if refused := sizes.count(REFUSED):
                counts[index] -= refused
                self._note(slot, refused, opener.spent - spent)
        length = np.array(left, np.int64)
        opened, proven = batch._replace(length=length), length != REFUSED
        return opened if proven.all() else some(opened, proven, counts)

    def _each(
        self, slots: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> Iterator[tuple[int, int, Opener, int, int]]:
        """Each that sent anything: its place among the slots, its opener, and its packets' first
        and last place."""
        end = 0
        for index, (slot, count) in enumerate(zip(slots.tolist(), counts.tolist(), strict=True)):
            start, end = end, end + count
            opener = self._of.get(slot)
            if opener is not None and count:
                self._table.note(slot)
                yield index, slot, opener, start, end

    def _note(self, slot: int, refused: int, spent: int) -> None:
        drops = self._table[slot].drops
        if refused > spent:
            drops[Drop.UNPROVEN] += refused - spent
        if spent:
            drops[Drop.KEY_SPENT] += spent


def _in_words(rows: NDArray[np.uint8]) -> Rows | None:
    """The rows, where the library can read the words of each."""
    if rows.ctypes.data % ALIGNED or rows.shape[1] % ALIGNED:
        return None
    return Rows(rows)


def _whole_sound(batch: Batch) -> NDArray[np.bool_]:
    """Of each packet, whether it is RTP and not RTCP, and not longer than its row."""
    second = batch.rows[:, 1]
    sound = (second < REPORTS.start) | (second >= REPORTS.stop)
    whole: NDArray[np.bool_] = batch.length <= batch.rows.shape[1]
    return sound & whole
