"""What happens to one call after another: the rows of the session's table (docs/siprec.md).

Pure. A row is a method; `session.table` says which one a happening leads to in which state.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from vaiti.capture.events import AskLastHeard, Begin, Draft, End, Forget
from vaiti.capture.policy import Policy, Record
from vaiti.capture.sdp import CONTENT_TYPE, G711
from vaiti.capture.session import reports
from vaiti.capture.session.call import SENDER, SENDERS_PAUSE, Call, State
from vaiti.capture.session.pausing import Pausing, micros
from vaiti.capture.session.signs import Sign, signs
from vaiti.capture.session.starting import MEDIA, answered, may_begin
from vaiti.capture.session.withheld import OBJECTED
from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.incoming import NO_HANDLE, Incoming
from vaiti.capture.sip.timers import earliest
from vaiti.vault.manifest import Manifest

ASK_S = 5.0  # after which the recorder is asked again when a track was last heard
LISTEN_S = 0.5  # between two questions whether both sides are heard: one sweep of the sockets
INHERITED_AFTER_S = 5.0  # in which the sender ends the second session of a call too
HELD_AT_MOST_S = 4 * 3_600.0  # a hold that outlasts this ends like silence: the BYE was lost
ANSWERED_WITHIN_S = 2 * 3_600.0  # a session in which nothing may be recorded yet
ENDED_WELL = frozenset({"bye", "released", "transferred"})
AT_ONCE = 8  # calls that are ended in one turn: to seal one takes half a millisecond and more
RETRY_AFTER = (("Retry-After", "60"),)


class Lifecycle(Pausing):
    """The calls of one recorder, and what becomes of them by `table`."""

    def __init__(
        self, recorder_id: str, endpoint: Endpoint, table: "Mapping[tuple[State, str], Row]"
    ) -> None:
        super().__init__()
        self.policy: Policy | None = None
        self.codecs = G711
        self._recorder = recorder_id
        self.endpoint = endpoint
        self._table = table

    def fire(
        self, call: Call, happening: str, now: float, incoming: Incoming | None = None
    ) -> None:
        """What the table has no row for changes nothing; a request is then answered 491."""
        row = self._table.get((call.state, happening))
        if row is not None:
            row(self, call, incoming, now)
        elif incoming is not None:
            self.endpoint.answer(incoming.handle, 491, now=now)

    def taken(self, record: Record | None) -> frozenset[str]:
        """The codecs that a call may have. Where keys are pressed only those in which they are
        found; while the line is not known, it may be such a one."""
        keypad = self.policy is not None and self.policy.keypad
        return G711 if (record.line.keypad if record else keypad) else self.codecs

    def handle_timer(self, now: float) -> None:
        """Of many calls whose time has come only some; `next_deadline` has passed then."""
        for call in islice(self.due(now), AT_ONCE):
            self.fire(call, "deadline", now)
        self.end_pauses(now)

    def next_deadline(self) -> float | None:
        return earliest(self.next_watch(), self.pauses.next())

    # What is asked for while the call lasts

    def drop(self, call: Call, now: float) -> None:
        """Nothing of the call is kept; the session goes on, so that its sender has no fault."""
        if call.state is State.PARTED:
            self.forget(call, None, now)
        if call.state not in (State.RECORDING, State.ANSWERED):
            return
        if call.state is State.RECORDING:
            self.out.append(Forget(call.id, over=False))
        call.state = State.DROPPED
        self.watch(call, now + HELD_AT_MOST_S)

    def take_signs(self, call: Call, said: Iterable[Sign], now: float) -> None:
        """What sender, telephone system or agent say about recording this call."""
        for sign in said:
            call.note(sign)
            if sign is Sign.ON:
                self.resume(call, now, by=SENDER)
            elif sign is Sign.OFF:
                self.pause(call, SENDER, SENDERS_PAUSE, now)
        self._follow(call, now)

    def bring_up(self, call: Call, now: float) -> None:
        self.expect(call)
        self._follow(call, now)

    def manifest(
        self, call: Call, ended_us: int, *, ended_by: str = "", state: str = "draft"
    ) -> Manifest:
        """As the call's own, with what ties it to a part that another recorder may have."""
        call.sessions = self.words.sessions(call)
        return call.manifest(self._recorder, ended_us, ended_by=ended_by, state=state)

    def stop(self, now: float) -> None:
        for call in self:
            self.fire(call, "stop", now)

    # Rows of the table

    def answer_invite(self, call: Call, _: Incoming | None, now: float) -> None:
        call.state = State.ANSWERED
        call.wait_until, call.counted_us = now + ANSWERED_WITHIN_S, micros(now)
        self.wait_on(call, None, now)
        self.answer_pending(call, None, now)

    def answer_pending(self, call: Call, _: Incoming | None, now: float) -> None:
        """200 with our description; the sockets are ready and know what to expect by then."""
        branch = call.at
        self.expect(call)
        handle, branch.pending = branch.pending, NO_HANDLE
        branch.answered = True
        body = b"" if branch.bare else branch.streams.describe()
        kind = CONTENT_TYPE if body else ""
        self.endpoint.answer(handle, 200, body=body, content_type=kind, now=now)
        self._follow(call, now)

    def expect(self, call: Call) -> None:
        labels = dict(enumerate(call.record.labels)) if call.record else {}
        for branch in call.branches:
            facts = (call.id, labels, branch.flow.remote.host, call.kept_of(branch))
            until_us, left_out = branch.over_us, branch.left_out()
            self.out += branch.streams.changed(*facts, until_us=until_us, left_out=left_out)

    def _follow(self, call: Call, now: float) -> None:
        """Begins when it may, and tells the recorder of changed facts."""
        now_us = micros(now)
        record = call.record
        if record is None:
            return
        if call.words:
            self.out += self.words.renew(call)
        if call.state is State.ANSWERED and call.spare_of is None:
            facts, rule = call.told(now_us), call.peer.start_on
            if may_begin(rule, facts, announced_first=record.line.announced):
                call.sessions = self.words.sessions(call)
                found = self.words.at_begin(call, now_us)
                if OBJECTED in found:
                    self.give_up(call, found[OBJECTED], now)
                    return
                call.begin(now_us)
                self.begin_withheld(call, found, now_us)
                draft = self.manifest(call, now_us)
                self.out.append(Begin(call.id, now_us, draft, record.line.keypad))
                self.watch_silence(call, now)
        elif call.state is State.RECORDING and call.follow(now_us):
            # a microsecond later: what has just ended is told from what goes on (recovery)
            self.out.append(Draft(call.id, self.manifest(call, now_us + 1)))
            self.watch_silence(call, now)

    def wait_on(self, call: Call, _: Incoming | None, now: float) -> None:
        """Nothing may be recorded yet; where media tells of the answer, it is listened for."""
        if call.spare_of is not None and self.get(call.spare_of) is None:
            call.spare_of = None
            self.watch(call, call.wait_until)
            self._follow(call, now)
            return
        if now >= call.wait_until:
            if call.record is not None:
                self.report(reports.NEVER_ANSWERED, call.peer.name)
            elif not call.succeeds:
                self.report(reports.PARTIES_NEVER_TOLD, call.peer.name)
            self.dismiss(call, None, now)
        elif call.peer.start_on == MEDIA:
            self.out.append(AskLastHeard(call.id))
            self.watch(call, now + LISTEN_S)
        else:
            self.watch(call, call.wait_until)

    def heard_both(self, call: Call, _: Incoming | None, now: float) -> None:
        self._follow(call, now)

    def refuse_invite(self, call: Call, _: Incoming | None, now: float) -> None:
        self.endpoint.answer(call.at.pending, 503, headers=RETRY_AFTER, now=now)
        self.forget(call, None, now)

    def refuse_offer(self, call: Call, _: Incoming | None, now: float) -> None:
        """The session stays as it was (RFC 3261 section 14.2)."""
        handle, call.at.pending = call.at.pending, NO_HANDLE
        self.endpoint.answer(handle, 500, headers=RETRY_AFTER, now=now)
        self.withdrawn(call, None, now)

    def forget(self, call: Call, _: Incoming | None, now: float) -> None:
        begun = call.state is not State.ALLOCATING
        if begun and self.goes_on(call, now):
            return
        if begun and call.spare_of is None:  # else its sender comes again, or has it still
            self.out += self.words.fade(call, micros(now))
        self._leave_out(call, now)

    def _leave_out(self, call: Call, now: float) -> None:
        self._remove(call, now)
        self.out.append(Forget(call.id))

    def forget_unanswered(self, call: Call, _: Incoming | None, now: float) -> None:
        """A caller who hangs up in the queue is no fault; one who was never told is."""
        facts = call.told(micros(now))
        if call.record and call.spare_of is None and answered(call.peer.start_on, facts):
            self.report(reports.NOT_ANNOUNCED, call.peer.name)
        self.forget(call, None, now)

    def forget_lost(self, call: Call, _: Incoming | None, now: float) -> None:
        self._hand_over(call, now)
        if not self.goes_on(call, now):
            self._leave_out(call, now)

    def dismiss(self, call: Call, _: Incoming | None, now: float) -> None:
        self._say_bye(call, now)
        self._leave_out(call, now)

    def dismiss_lost(self, call: Call, _: Incoming | None, now: float) -> None:
        if not self.goes_on(call, now):
            self._hand_over(call, now)
            self.dismiss(call, None, now)

    def withdrawn(self, call: Call, _: Incoming | None, now: float) -> None:
        call.at.pending = NO_HANDLE
        if not call.at.answered:
            self.goes_on(call, now)

    def informed(self, call: Call, incoming: Incoming | None, now: float) -> None:
        """An INFO: only a header that the peer's settings name is looked at."""
        assert incoming is not None and incoming.request is not None
        self.take_signs(call, signs(incoming.request, None, call.peer.state_header), now)

    def end_stopped(self, call: Call, _: Incoming | None, now: float) -> None:
        self.end(call, micros(now), "stopped", now)

    def end_transferred(self, call: Call, _: Incoming | None, now: float) -> None:
        self.end(call, micros(now), "transferred", now)

    def end_released(self, call: Call, _: Incoming | None, now: float) -> None:
        self.end(call, micros(now), "released", now)

    def ask(self, call: Call, _: Incoming | None, now: float) -> None:
        self.out.append(AskLastHeard(call.id))
        self.watch(call, now + ASK_S)

    def close_unacknowledged(self, call: Call, _: Incoming | None, now: float) -> None:
        self._close(call, reports.NOT_ACKNOWLEDGED, now)

    def close_expired(self, call: Call, _: Incoming | None, now: float) -> None:
        self._close(call, reports.TIMER_EXPIRED, now)

    def _close(self, call: Call, kind: str, now: float) -> None:
        """It is over, but when? The customer's last packet says."""
        self.report(kind, call.peer.name)
        self.endpoint.bye(call.at.dialog, now)
        if self.goes_on(call, now):
            return
        self._say_bye(call, now)
        call.state = State.CLOSING
        self._hand_over(call, now)
        self.ask(call, None, now)

    def judge_silence(self, call: Call, _: Incoming | None, now: float) -> None:
        if now < _silence_at(call):
            self.watch_silence(call, now)
            return
        self.report(reports.SILENCE, call.peer.name)
        self.end_at_last_packet(call, None, now)

    def end_at_last_packet(self, call: Call, _: Incoming | None, now: float) -> None:
        if not call.heard_us:
            self.report(reports.NO_MEDIA, call.peer.name)
        self.end(call, min(max(call.began_us, call.heard_us), micros(now)), "silence", now)

    # Common to several rows

    def goes_on(self, call: Call, now: float) -> bool:
        """The session at hand has ended; whether others of the call go on with the customer."""
        branch = call.at
        if not call.outlives(branch):
            return False
        self.leave(call, branch)
        call.combine()
        self.bring_up(call, now)
        return True

    def end(self, call: Call, ended_us: int, ended_by: str, now: float) -> None:
        ended_us = max(ended_us, call.began_us)  # should the clock have been set back meanwhile
        facts = self.manifest(call, ended_us, ended_by=ended_by, state="complete")
        if ended_by in ENDED_WELL:
            self.out += self.words.fade(call, micros(now))
        self._remove(call, now, inherited=ended_by == "bye")
        self.out.append(End(call.id, facts))
        self._say_bye(call, now)

    def lose(self, call: Call, now: float) -> None:
        """It has ended, and nothing is left of it here."""
        self._say_bye(call, now)
        self._remove(call, now, inherited=True)

    def _say_bye(self, call: Call, now: float) -> None:
        """Where the session has ended already, nothing is sent."""
        for branch in call.living():
            self.endpoint.bye(branch.dialog, now)

    def _remove(self, call: Call, now: float, *, inherited: bool = False) -> None:
        """A spare session whose sender ends it as well is forgotten; one that stays is the call."""
        self.remove(call)
        for spare in self._spares(call):
            if inherited:
                self.watch(spare, now + INHERITED_AFTER_S)
            else:
                spare.spare_of = None
                self.drop(spare, now)

    def _hand_over(self, call: Call, now: float) -> None:
        """The session was lost and not ended: a second one of the same call takes its place."""
        for spare in self._spares(call)[:1]:
            spare.spare_of = None
            self._follow(spare, now)
            for other in self._spares(call):
                other.spare_of = spare.id

    def _spares(self, call: Call) -> list[Call]:
        found = [each for each in self if each.spare_of == call.id] if call.has_spare else []
        for each in found:
            self.touch(each)
        return found

    def watch_silence(self, call: Call, now: float) -> None:
        self.watch(call, max(_silence_at(call), now))


def _silence_at(call: Call) -> float:
    """When the call ends unless the customer is heard; while on hold that cannot be expected."""
    if call.excused_since_us is not None:
        return call.excused_since_us / 1e6 + HELD_AT_MOST_S
    return call.silent_since_us / 1e6 + call.peer.silence_s


Row = Callable[[Lifecycle, Call, Incoming | None, float], None]
