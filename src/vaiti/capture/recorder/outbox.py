"""Journal records on their way to the disk; they wait while it is full, or slow.


A write holds the whole recorder. So a slow disk is written to seldom, and much at a time: sockets
are emptied and SIP is answered for three quarters of the time at least, whatever a write takes.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from vaiti.vault.journal import JournalFull, JournalWriter

MAX_WAITING = 256 << 20  # in bytes; while the disk is full no packet is kept, only ends of calls
UNNOTICED_S = 0.05  # that a write may take without anything being put off
SHARE = 3  # times as long as the last write took, until the next
SLOW_S = 0.9  # from which on a write is told of


class Commits(Protocol):
    """Who has to know of records before they are written (`lasting`)."""

    @property
    def active(self) -> bool: ...

    def commit(self, place: tuple[int, int], parts: Sequence[bytes]) -> None: ...

    def appended(self) -> None: ...

    def end(self) -> None: ...


class Outbox:
    """`full` is True from the first refused write to the first that succeeds again; `slowest_s` is
    how long the longest write took since it was asked last."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal
        self._waiting: list[bytes] = [journal.unwritten] if journal.unwritten else []
        self.waiting_bytes = len(journal.unwritten)
        self.full = False
        self._slowest_s = 0.0
        self._not_before = 0.0
        self.lasting: Commits | None = None

    def add(self, records: Iterable[bytes]) -> None:
        """Raises MemoryError past MAX_WAITING: rather end than keep part of a call."""
        before = len(self._waiting)
        self._waiting.extend(records)
        self.waiting_bytes += sum(map(len, self._waiting[before:]))
        if self.waiting_bytes > MAX_WAITING:
            raise MemoryError("the disk is full and too many records wait for it")

    @property
    def place(self) -> tuple[int, int]:
        """Where what is added next will stand: the journal file's number, the offset."""
        number, offset = self._journal.place
        return number, offset + self.waiting_bytes

    def slowest_s(self) -> float:
        slowest, self._slowest_s = self._slowest_s, 0.0
        return slowest

    def write(self, *, at_once: bool = False) -> None:
        """Appends what waits, unless the disk is slow and was just written to.

        Raises OSError if the disk fails otherwise than by being full.
        """
        began = time.monotonic()
        later = began < self._not_before and not at_once
        try:
            self._commit()
            if not self._waiting or later:
                return
            self._journal.append(self._waiting, here=True)
        except JournalFull:
            self.full = True
            if self.lasting is not None and self.lasting.active:
                self.lasting.end()
            return
        finally:
            if self._waiting and not later:
                self._took(began, time.monotonic())
        self._waiting.clear()
        self.waiting_bytes = 0
        self.full = False
        if self.lasting is not None:
            self.lasting.appended()
        with suppress(JournalFull):  # the present file goes on until there is room for another
            self._journal.make_room()  # now that nothing waits: `place` was told of what does

    def _commit(self) -> None:
        """What waits would outlive us from here on, and so would all that it follows from."""
        if self.lasting is None or not self.lasting.active or self.full:
            return
        self.lasting.commit(self._journal.place, self._waiting)

    def _took(self, began: float, ended: float) -> None:
        took = ended - began
        self._slowest_s = max(self._slowest_s, took)
        self._not_before = ended + SHARE * took if took > UNNOTICED_S else 0.0
