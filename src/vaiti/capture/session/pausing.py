"""Calls of which nothing is kept for a while, or at all, because somebody asked: docs/control.md.

What was asked here is left for other recorders, what was asked there is followed (withheld). Pure.
"""

from abc import abstractmethod
from collections.abc import Mapping

from vaiti.capture.session import reports
from vaiti.capture.session.call import AGENT, SENDER, Call, State
from vaiti.capture.session.living import Living
from vaiti.capture.session.withheld import OBJECTED, UNKNOWN, Note, Words
from vaiti.capture.sip.timers import Timers
from vaiti.values.ids import CallId


class Pausing(Living):
    """Living calls that may be paused, for a while. `words` are for and from other recorders;
    `doubt_s`: how much earlier than `now` that may have been said which is heard."""

    def __init__(self) -> None:
        super().__init__()
        self.words = Words()
        self.doubt_s = 0.0
        self.pauses: Timers[tuple[CallId, str, int]] = Timers()

    @abstractmethod
    def drop(self, call: Call, now: float) -> None:
        """Nothing of the call is kept; the session goes on, so that its sender has no fault."""

    @abstractmethod
    def expect(self, call: Call) -> None:
        """Tells of each stream what is kept of it now."""

    @abstractmethod
    def bring_up(self, call: Call, now: float) -> None:
        """As `expect`, and what follows for the call."""

    def take_up(self, call: Call) -> None:
        super().take_up(call)
        self.words.take_up(call)
        for by in call.pausers:
            self._limit_pause(call, by)

    def remove(self, call: Call) -> None:
        super().remove(call)
        self.words.forget(call)

    def pause(self, call: Call, by: str, reason: str, now: float) -> None:
        """Nothing is kept from now on, until `resume` or for `longest_pause_s` seconds."""
        if call.state is State.RECORDING and by not in call.pausers:
            call.pause(by, reason, micros(now))
            self._limit_pause(call, by)
            since_us = micros(now - self.doubt_s)
            self.out += self.words.leave(call, by, since_us, reason)
            self.bring_up(call, now)

    def begin_withheld(self, call: Call, found: Mapping[str, Note], now_us: int) -> None:
        """Where another recorder's pause may last, that is told before a packet is kept."""
        for note in found.values():
            self.inherit(call, note, now_us)
        if SENDER not in found and SENDER in self.words.of(call, now_us, begins=True):
            self.out += self.words.take_back(call, SENDER)
        if found:
            self.expect(call)

    def inherit(self, call: Call, note: Note, now_us: int) -> None:
        """Pauses as another recorder was told; its caller tells what follows of it."""
        call.pause(note.by, note.reason, now_us)
        call.inherited |= {note.by}
        if note.by == UNKNOWN:
            self.report(reports.PAUSE_UNKNOWN, call.peer.name)
        else:
            self._tell_of_likeness(call, note)
            call.pausers[note.by] = note.since_us
            self._limit_pause(call, note.by)

    def give_up(self, call: Call, note: Note, now: float) -> None:
        """As another recorder was told."""
        self._tell_of_likeness(call, note)
        self.drop(call, now)

    def _tell_of_likeness(self, call: Call, note: Note) -> None:
        if note.until_us:
            self.report(reports.PAUSE_ASSUMED, call.peer.name)

    def _limit_pause(self, call: Call, by: str) -> None:
        since_us = call.pausers[by]
        self.pauses.set(since_us / 1e6 + self.words.longest_pause_s, (call.id, by, since_us))

    def resume(self, call: Call, now: float, by: str = AGENT) -> None:
        if call.state in (State.RECORDING, State.PARTED) and by in call.pausers:
            call.resume(by, micros(now))
            self.out += self.words.take_back(call, by)
            self.bring_up(call, now)

    def object(self, call: Call, now: float) -> None:
        """As `drop`, and at every other recorder too."""
        self.out += self.words.leave(call, OBJECTED, micros(now))
        self.drop(call, now)

    def end_pauses(self, now: float) -> None:
        """Those that have lasted as long as a pause may."""
        for call_id, by, since_us in self.pauses.due(now):
            paused = self.get(call_id)
            if paused is None or by == UNKNOWN:
                continue  # what is not known is not over by itself
            if paused.pausers.get(by) == since_us:
                self.report(reports.PAUSE_TOO_LONG, paused.peer.name)
                self.resume(paused, now, by)


def micros(now: float) -> int:
    return round(now * 1_000_000)
