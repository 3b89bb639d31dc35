"""What another recorder left word of: nothing of a conversation is to be kept just now, or ever.

A recorder may die in a pause, and its sender goes on at another one; or both have the call all
along. Notes are by digests of what tells that two parts are one call (told_apart), so they stand
for no call of one recorder. Who told a pause here ends it here; what was inherited ends with its
note too. Where notes cannot be read nothing is kept of what they may be about.

A sender may give no identifier, or another one at the next recorder. So notes are also left by
what the parts of one call will have in common, and another call may: there the safe side is taken,
for as long as the first one may last. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from vaiti.capture.events import Withhold
from vaiti.capture.orders import Limits
from vaiti.capture.policy import Record
from vaiti.capture.session.call import AGENT, SENDER, Call
from vaiti.capture.session.told_apart import Likeness, digests, likeness
from vaiti.values.ids import CallId
from vaiti.values.masked import withheld

OBJECTED: Final = "objected"
UNKNOWN: Final = "unknown"
"""In place of whoever paused, and as the reason of a pause, where that could not be read."""
TOLD: Final = (AGENT, SENDER, OBJECTED)
"""Whose notes there are."""
LIKE_S: Final = 4.5 * 3_600.0
"""As long as a call of which nothing is kept lasts at most, and its sender may take to notice that
its recorder died: then another call is no longer taken for it."""
MOST_ALIKE: Final = 16
"""Digests by likeness in one word: of a call that is handed on again and again the newest."""
AFTER_S: Final = 10.0
"""In which a sender that ends a session goes on at another recorder."""


@dataclass(frozen=True, slots=True)
class Note:
    """Since when, in microseconds, and why; `by` is one of TOLD, or UNKNOWN. With `until_us` it is
    of a call that is only like the one that was told of, and of none that begins later. All notes
    of one `word` lie in one place."""

    session: str
    by: str
    since_us: int
    reason: str = ""
    until_us: int = 0
    word: str = ""


Notes = Mapping[str, Mapping[str, Note]]
"""By session, and by whom."""


@dataclass(slots=True)
class Words:
    """What other recorders are told of calls here, and what they have told, as it was last seen;
    not `known` while that cannot be read."""

    tie_key: str = field(default="", repr=False)
    longest_pause_s: int = Limits().pause_s
    notes: Notes = field(default_factory=dict)
    known: bool = True
    _ours: dict[tuple[str, str], CallId] = field(default_factory=dict, init=False)
    """Whose the notes are that were left here by likeness, by digest and by whom."""
    _looked: dict[CallId, tuple[Record | None, frozenset[str]]] = field(
        default_factory=dict, init=False
    )

    # What is told

    def sessions(self, call: Call) -> tuple[str, ...]:
        """By what another recorder knows the call for certain."""
        return digests(self.tie_key, call)

    def leave(self, call: Call, by: str, since_us: int, reason: str = "") -> Iterator[Withhold]:
        """From then on nothing is kept."""
        lasts_s = LIKE_S if by == OBJECTED else self.longest_pause_s
        told = Withhold((), by, since_us, reason, (), since_us + round(lasts_s * 1e6))
        yield from self._tell(call, told)

    def renew(self, call: Call) -> Iterator[Withhold]:
        """By what the call is known has changed meanwhile: another agent, another session."""
        for told in list(call.words.values()):
            yield from self._tell(call, told)

    def _tell(self, call: Call, told: Withhold) -> Iterator[Withhold]:
        alike = sorted(self._likeness(call).left.difference(told.alike))
        sessions = sorted({*call.sessions, *self.sessions(call)}.difference(told.sessions))
        if not alike and not sessions:
            return
        first, *later = (*told.alike, *alike) or ("",)
        kept = tuple(filter(None, (first, *later[1 - MOST_ALIKE :])))
        whole = replace(told, sessions=(*told.sessions, *sessions), alike=kept)
        call.words[told.by] = whole
        for each in {*told.alike, *alike}.difference(kept):
            self._ours.pop((each, told.by), None)
        self._ours |= {(each, told.by): call.id for each in kept}
        yield whole
        if told.alike and sessions and not told.sessions:  # what is certain has another place
            yield Withhold(told.alike[:1], told.by)

    def take_back(self, call: Call, by: str) -> Iterator[Withhold]:
        """It is over: also what another recorder left word of."""
        told = call.words.pop(by, Withhold((), by))
        for each in told.alike:
            self._ours.pop((each, by), None)
        heeded = {each.word for each in (*self._alike(call), *self._sure(call)) if each.by == by}
        ours = {*told.sessions, *told.alike[:1], *(call.sessions or self.sessions(call))}
        if places := ours | heeded:
            yield Withhold(tuple(sorted(places)), by)

    def fade(self, call: Call, now_us: int) -> Iterator[Withhold]:
        """The call has ended well: soon a call that is like it is another one."""
        until_us = now_us + round(max(AFTER_S, call.peer.rejoin_s) * 1e6)
        for told in call.words.values():
            if told.alike:
                yield replace(told, until_us=min(told.until_us, until_us))
        if call.record is None or call.record.customer == withheld():
            return
        words = {
            (each.word, each.by)
            for each in self._alike(call)
            if each.until_us > until_us and (each.session, each.by) not in self._ours
        }
        for word, by in sorted(words):
            yield self._again(word, by, until_us)

    def _again(self, word: str, by: str, until_us: int) -> Withhold:
        """What another recorder left, until then."""
        found = [one[by] for one in self.notes.values() if by in one and one[by].word == word]
        sessions = tuple(each.session for each in found if not each.until_us)
        alike = {each.session for each in found if each.until_us}
        first = sorted(alike, key=lambda each: (each != word, each))  # its place is the same
        return Withhold(sessions, by, found[0].since_us, found[0].reason, tuple(first), until_us)

    def take_up(self, call: Call) -> None:
        """A call that another process had."""
        for by, told in call.words.items():
            self._ours |= {(each, by): call.id for each in told.alike}

    def forget(self, call: Call) -> None:
        """The call is no more."""
        self._looked.pop(call.id, None)
        for by, told in call.words.items():
            for each in told.alike:
                self._ours.pop((each, by), None)

    # What was told

    def of(self, call: Call, now_us: int, *, begins: bool = False) -> dict[str, Note]:
        """The call's notes, by whom; a certain one before one by likeness."""
        like = [each for each in self._alike(call) if self._means(call, each, now_us, begins)]
        return {each.by: each for each in (*like, *self._sure(call))}

    def at_begin(self, call: Call, now_us: int) -> dict[str, Note]:
        """As recording begins: a sender that has said itself that it goes on has no pause."""
        found = self.of(call, now_us, begins=True)
        if call.state_told:
            found.pop(SENDER, None)
        if self.tie_key and not self.known:
            found[UNKNOWN] = Note("", UNKNOWN, now_us, UNKNOWN)
        return found

    def concern(self, call: Call, changed: Iterable[str], *, alike: bool) -> bool:
        """Whether notes that have changed may be of this call; `alike`: some are by likeness."""
        if not set(call.sessions).isdisjoint(changed):
            return True
        return alike and not self._looks_for(call).isdisjoint(changed)

    def _alike(self, call: Call) -> list[Note]:
        return list(self._noted(self._looks_for(call))) if self.notes else []

    def _sure(self, call: Call) -> Iterator[Note]:
        return self._noted(call.sessions)

    def _noted(self, sessions: Iterable[str]) -> Iterator[Note]:
        for each in sessions:
            yield from self.notes.get(each, {}).values()

    def _means(self, call: Call, note: Note, now_us: int, begins: bool) -> bool:
        """Whether a note by likeness counts. One of another call that goes on here: only for one
        that begins with the same customer, whose sender may have been cut off."""
        if note.by in call.inherited:
            return True
        whose = self._ours.get((note.session, note.by), call.id)
        known = call.record is not None and call.record.customer != withheld()
        return (not note.until_us or now_us < note.until_us) and (
            whose == call.id or (begins and known)
        )

    def _looks_for(self, call: Call) -> frozenset[str]:
        """Remembered as long as what is known of the parties stands: each change of a note asks."""
        record, found = self._looked.get(call.id, (None, frozenset()))
        if record is None or record is not call.record:
            found = self._likeness(call).looked
            self._looked[call.id] = call.record, found
        return found

    def _likeness(self, call: Call) -> Likeness:
        return likeness(self.tie_key, call)
