"""Whether new calls are taken: there must be room for those in progress to end well."""

from collections.abc import Iterator

from vaiti.capture.events import Report
from vaiti.capture.recorder.load import Load
from vaiti.capture.recorder.notes import Notes
from vaiti.capture.recorder.outbox import SLOW_S, Outbox
from vaiti.capture.session.reports import (
    NO_MEMORY,
    OVERLOADED,
    PAUSE_UNKNOWN,
    SENTENCES,
    SLOW_DISK,
)
from vaiti.vault.journal import JournalWriter
from vaiti.vault.memory import Memory, share_used

DISK_FULL = "disk_full"


class Judging:
    """`reason`: why no new call is taken, "" where they are; looked at once a second."""

    def __init__(self, journal: JournalWriter, outbox: Outbox, notes: Notes) -> None:
        self.reason = ""
        self._journal, self._outbox, self._notes = journal, outbox, notes
        self._load, self._memory = Load(), Memory()

    def look(self, least_free: int, late_s: float, *, crowded: bool = False) -> Iterator[Report]:
        """What is to be told of it; `late_s`: how late the latest sweep was; `crowded`: what it
        reads is nearly full."""
        full = self._outbox.full or self._journal.free_bytes() < least_free
        if full and self.reason != DISK_FULL:
            told = "there is less room for the journal than the orders ask"
            yield Report(DISK_FULL, "", told)
        if self._outbox.slowest_s() > SLOW_S:
            yield Report(SLOW_DISK, "", SENTENCES[SLOW_DISK])
        if self._memory.look(share_used()):
            yield Report(NO_MEMORY, "", SENTENCES[NO_MEMORY])
        if self._notes.failed:
            told = "what a call was told could not be left for other recorders: it is tried again"
            yield Report(PAUSE_UNKNOWN, "", told)
        late = OVERLOADED if self._load.look(late_s, crowded=crowded) else ""
        self.reason = DISK_FULL if full else NO_MEMORY if self._memory.full else late
