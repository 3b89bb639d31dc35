"""What another recorder left word of: nothing of a conversation is to be kept just now, or ever.

A recorder may die in a pause, and its sender goes on at another one; or both have the call all
along. Notes are by digests of what tells that two parts are one call (told_apart), so they stand
for no call of one recorder. Who told a pause here ends it here; what was inherited ends with its
note too. Where notes cannot be read nothing is kept of what they may be about. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from vaiti.capture.session.call import AGENT, SENDER, Call

OBJECTED: Final = "objected"
UNKNOWN: Final = "unknown"
"""In place of whoever paused, and as the reason of a pause, where that could not be read."""
TOLD: Final = (AGENT, SENDER, OBJECTED)
"""Whose notes there are."""


@dataclass(frozen=True, slots=True)
class Note:
    """Since when, in microseconds, and why; `by` is one of TOLD, or UNKNOWN."""

    session: str
    by: str
    since_us: int
    reason: str = ""


Notes = Mapping[str, Mapping[str, Note]]
"""By session, and by whom."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The notes as they were last seen; not `known` while they cannot be read."""

    notes: Notes = field(default_factory=dict)
    known: bool = True

    def of(self, call: Call) -> dict[str, Note]:
        """The call's, by whom."""
        notes = (self.notes.get(session, {}) for session in call.sessions)
        return {by: note for each in notes for by, note in each.items()}

    def at_begin(self, call: Call, now_us: int) -> dict[str, Note]:
        """As recording begins: a sender that has said itself that it goes on has no pause."""
        found = self.of(call)
        if call.state_told:
            found.pop(SENDER, None)
        if call.sessions and not self.known:
            found[UNKNOWN] = Note("", UNKNOWN, now_us, UNKNOWN)
        return found
