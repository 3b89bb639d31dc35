"""The SRTP of all streams: a batch of many streams' packets is opened together.

What can be asked of all packets at once is asked in numpy; then each is one call of the library,
in the order of arrival. Where one is not as usual, its stream's are looked at one by one.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import HEADER, REPORTS, Batch, some
from vaiti.capture.rtp.table import StreamTable
from vaiti.capture.sdes import Crypto
from vaiti.capture.srtp import Opener
from vaiti.capture.srtp_in_place import REFUSED, Place, Places


class Openers:
    """Those of the streams of `table` that are SRTP, by slot."""

    def __init__(self, table: StreamTable) -> None:
        self.lasting = False
        """Whether another process is to be able to go on with the streams."""
        self._table = table
        self._of: dict[int, Opener] = {}
        self._places = Places()

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
        """The batch with its SRTP packets opened, in rows that are good until the next; those that
        nobody vouches for are left out."""
        place, theirs = self._filled(batch), self._table.from_senders(slots, batch)
        theirs &= batch.length <= batch.rows.shape[1]
        usual = theirs & ~_reports(batch)
        all_usual, counts = bool(usual.all()), batch.counts.copy()
        for index, slot, opener, start, end in self._each(slots, batch.counts):
            spent = opener.spent
            if opener.is_usual(end - start) and (all_usual or usual[start:end].all()):
                refused = opener.open_rows(place, start, end)
            else:
                refused = opener.open_singly(place, start, theirs[start:end].tolist())
            if refused:
                counts[index] -= refused
                self._note(slot, refused, opener.spent - spent)
        length = place.sizes[: len(batch.length)].astype(np.int64)
        rows = place.rows[: len(length), : batch.rows.shape[1]]
        opened, proven = batch._replace(rows=rows, length=length), length != REFUSED
        return opened if proven.all() else some(opened, proven, counts)

    def _filled(self, batch: Batch) -> Place:
        rows = batch.rows[:, : max(HEADER, int(batch.length.max(initial=0)))]
        return self._places.put(rows, batch.length)

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


def _reports(batch: Batch) -> NDArray[np.bool_]:
    """Of each packet, whether it is RTCP."""
    second = batch.rows[:, 1]
    found: NDArray[np.bool_] = (second >= REPORTS.start) & (second < REPORTS.stop)
    return found
