"""Journal records on their way to the disk; they wait while it is full."""

from collections.abc import Iterable

from vaiti.vault.journal import JournalFull, JournalWriter

MAX_WAITING = 256 << 20  # in bytes; while the disk is full no packet is kept, only ends of calls


class Outbox:
    """`full` is True from the first refused write to the first that succeeds again."""

    def __init__(self, journal: JournalWriter) -> None:
        self._journal = journal
        self._waiting: list[bytes] = []
        self.waiting_bytes = 0
        self.full = False

    def add(self, records: Iterable[bytes]) -> None:
        """Raises MemoryError past MAX_WAITING: rather end than keep part of a call."""
        before = len(self._waiting)
        self._waiting.extend(records)
        self.waiting_bytes += sum(map(len, self._waiting[before:]))
        if self.waiting_bytes > MAX_WAITING:
            raise MemoryError("the disk is full and too many records wait for it")

    def write(self) -> None:
        """Appends what waits. Raises OSError if the disk fails otherwise than by being full."""
        if not self._waiting:
            return
        try:
            self._journal.append(self._waiting)
        except JournalFull:
            self.full = True
            return
        self._waiting.clear()
        self.waiting_bytes = 0
        self.full = False
