"""What happens to one call after another: the rows of the session's table (docs/siprec.md).

Pure. A row is a method; the table at the end says which one a happening leads to in which state.
"""

from collections.abc import Callable, Iterator, Mapping

from vaiti.capture.events import (
    Allocate,
    AskLastHeard,
    Begin,
    Draft,
    End,
    Forget,
    Output,
    Report,
)
from vaiti.capture.policy import INTERNAL_CALL, Policy, Record, Refuse
from vaiti.capture.sdp import CONTENT_TYPE
from vaiti.capture.session import reports
from vaiti.capture.session.call import Call, State
from vaiti.capture.session.request import Said, Unreadable, read
from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.incoming import NO_HANDLE, DialogId, Incoming
from vaiti.capture.sip.timers import Timers
from vaiti.capture.siprec.metadata import merge
from vaiti.values.ids import CallId

ALLOCATE_S = 10.0  # the recorder binds sockets in milliseconds
ASK_S = 5.0  # after which the recorder is asked again when a track was last heard
HELD_AT_MOST_S = 4 * 3_600.0  # a hold that outlasts this ends like silence: the BYE was lost
PARTIES_WITHIN_S = 2 * 3_600.0  # an answered session in which nobody is associated
RETRY_AFTER = (("Retry-After", "60"),)


class Lifecycle:
    """The calls of one recorder. `out` gathers what the world is to do."""

    def __init__(self, recorder_id: str, endpoint: Endpoint) -> None:
        self.out: list[Output] = []
        self.policy: Policy | None = None
        self._recorder = recorder_id
        self._endpoint = endpoint
        self._calls: dict[CallId, Call] = {}
        self._by_dialog: dict[DialogId, CallId] = {}
        self._timers: Timers[tuple[CallId, int]] = Timers()
        self._pauses: Timers[tuple[CallId, int]] = Timers()

    def __len__(self) -> int:
        return len(self._calls)

    def get(self, call_id: CallId) -> Call | None:
        return self._calls.get(call_id)

    def of(self, dialog: DialogId) -> Call | None:
        return self._calls.get(self._by_dialog.get(dialog, CallId("")))

    def open(self, call: Call, tracks: tuple[int, ...], now: float) -> None:
        """A call that may be recorded, or that waits for its parties: asks for its sockets."""
        self._calls[call.id] = call
        self._by_dialog[call.dialog] = call.id
        self._watch(call, now + ALLOCATE_S)
        self.out.append(Allocate(call.id, tracks, call.streams.host))

    def fire(
        self, call: Call, happening: str, now: float, incoming: Incoming | None = None
    ) -> None:
        """What the table has no row for changes nothing; a request is then answered 491."""
        row = TABLE.get((call.state, happening))
        if row is not None:
            row(self, call, incoming, now)
        elif incoming is not None:
            self._endpoint.answer(incoming.handle, 491, now=now)

    def handle_timer(self, now: float) -> None:
        for call_id, watch in self._timers.due(now):
            call = self._calls.get(call_id)
            if call is None or call.watch != watch:
                continue
            call.watched_at = None
            if call.check_at > now:
                self._watch(call, call.check_at)
            else:
                self.fire(call, "deadline", now)

        for call_id, since_us in self._pauses.due(now):
            call = self._calls.get(call_id)
            if call is not None and call.paused_since_us == since_us:
                self.report(reports.PAUSE_TOO_LONG, call.peer.name)
                self.resume(call, now)

    def next_deadline(self) -> float | None:
        deadlines = (self._timers.next(), self._pauses.next())
        return min((each for each in deadlines if each is not None), default=None)

    # What an agent asks for while the call lasts

    def living(self) -> Iterator[Call]:
        return iter(self._calls.values())

    def pause(self, call: Call, reason: str, longest_s: float, now: float) -> None:
        """Nothing is kept from now on, until `resume` or for `longest_s` seconds."""
        if call.state is not State.RECORDING or call.paused_since_us is not None:
            return
        since_us = _micros(now)
        call.pause(reason, since_us)
        self._pauses.set(now + longest_s, (call.id, since_us))
        self._paused_or_resumed(call, now)

    def resume(self, call: Call, now: float) -> None:
        if call.state is State.RECORDING and call.paused_since_us is not None:
            call.resume(_micros(now))
            self._paused_or_resumed(call, now)

    def drop(self, call: Call, now: float) -> None:
        """Nothing of the call is kept; the session goes on, so that its sender has no fault."""
        if call.state is not State.RECORDING:
            return
        call.state = State.DROPPED
        self.out.append(Forget(call.id, over=False))
        self._watch(call, now + HELD_AT_MOST_S)

    def _paused_or_resumed(self, call: Call, now: float) -> None:
        self._expect(call)
        self._follow(call, now)

    def stop(self, now: float) -> None:
        for call in list(self._calls.values()):
            self.fire(call, "stop", now)

    def report(self, kind: str, peer: str, reason: str = "") -> None:
        self.out.append(Report(kind, peer, reason or reports.SENTENCES.get(kind, kind)))

    # Rows of the table

    def _answer_invite(self, call: Call, _: Incoming | None, now: float) -> None:
        call.state = State.ANSWERED
        self._watch(call, now + PARTIES_WITHIN_S)
        self._answer_pending(call, None, now)

    def _answer_pending(self, call: Call, _: Incoming | None, now: float) -> None:
        """200 with our description; the sockets are ready and know what to expect by then."""
        self._expect(call)
        handle, call.pending = call.pending, NO_HANDLE
        body = b"" if call.bare else call.streams.describe()
        kind = CONTENT_TYPE if body else ""
        self._endpoint.answer(handle, 200, body=body, content_type=kind, now=now)
        self._follow(call, now)

    def _expect(self, call: Call) -> None:
        labels = call.record.labels if call.record else ()
        paused = call.paused_since_us is not None
        host = call.flow.remote.host
        self.out.extend(call.streams.changed(call.id, labels, host, paused=paused))

    def _follow(self, call: Call, now: float) -> None:
        """Begins when it may, and tells the recorder of changed facts."""
        now_us = _micros(now)
        if call.record is None:
            return
        if call.state is State.ANSWERED:
            call.begin(now_us)
            self.out.append(Begin(call.id, now_us, call.manifest(self._recorder, now_us)))
            self._watch_silence(call, now)
        elif call.state is State.RECORDING and call.follow(now_us):
            # a microsecond later: what has just ended is told from what goes on (recovery)
            self.out.append(Draft(call.id, call.manifest(self._recorder, now_us + 1)))
            self._watch_silence(call, now)

    def _refuse_invite(self, call: Call, _: Incoming | None, now: float) -> None:
        self._endpoint.answer(call.pending, 503, headers=RETRY_AFTER, now=now)
        self._forget(call, None, now)

    def _refuse_offer(self, call: Call, _: Incoming | None, now: float) -> None:
        """The session stays as it was (RFC 3261 section 14.2)."""
        handle, call.pending = call.pending, NO_HANDLE
        self._endpoint.answer(handle, 500, headers=RETRY_AFTER, now=now)

    def _forget(self, call: Call, _: Incoming | None, now: float) -> None:
        self._remove(call)
        self.out.append(Forget(call.id))

    def _drop(self, call: Call, _: Incoming | None, now: float) -> None:
        self._endpoint.bye(call.dialog, now)
        self._forget(call, None, now)

    def _drop_unknown(self, call: Call, _: Incoming | None, now: float) -> None:
        self.report(reports.PARTIES_NEVER_TOLD, call.peer.name)
        self._drop(call, None, now)

    def _withdrawn(self, call: Call, incoming: Incoming | None, now: float) -> None:
        call.pending = NO_HANDLE

    def _offered(self, call: Call, incoming: Incoming | None, now: float) -> None:
        """A re-INVITE or UPDATE with any mix of description, metadata, both or nothing."""
        assert incoming is not None and incoming.request is not None
        try:
            said = read(incoming.request, call.peer.srtp)
        except Unreadable as error:
            self._endpoint.answer(incoming.handle, error.status, now=now)
            return
        call.pending = incoming.handle
        call.bare = said.sdp is None and incoming.kind == "update"
        self._heard_of(call, said, now)
        if call.id not in self._calls:
            return
        missing = call.streams.missing()
        if missing:
            self.out.append(Allocate(call.id, missing, call.streams.host))
        else:
            self._answer_pending(call, None, now)

    def _acknowledged(self, call: Call, incoming: Incoming | None, now: float) -> None:
        """An ACK carries the answer to what we offered in our 2xx."""
        assert incoming is not None and incoming.request is not None
        try:
            said = read(incoming.request, call.peer.srtp)
        except Unreadable:
            self._drop(call, None, now)
            return
        unanswered = call.streams.remote is None
        if unanswered and (said.sdp is None or not said.sdp.acceptable):
            self._drop(call, None, now)
        elif said.sdp is not None:
            self._heard_of(call, said, now)
            self._expect(call)
            self._follow(call, now)

    def _heard_of(self, call: Call, said: Said, now: float) -> None:
        """Takes over description and metadata, and judges the call anew."""
        call.warn(said.warnings)
        if said.metadata is not None:
            call.metadata = merge(call.metadata, said.metadata)
        if said.sdp is not None:
            call.streams.take_on(said.sdp)
        assert self.policy is not None
        if call.record is None:
            verdict = self.policy.decide(call.parties(), call.peer, now)
        else:
            verdict = self.policy.review(call.parties(), call.peer, call.record)
        if isinstance(verdict, Record):
            call.learn(verdict)
        elif isinstance(verdict, Refuse):
            self.report(verdict.reason, call.peer.name)
            if verdict.reason == INTERNAL_CALL and _no_customer(call):
                self.drop(call, now)  # agents consulted each other, which was not told at first
            else:
                self.fire(call, "out_of_scope", now)

    def _end_by_bye(self, call: Call, _: Incoming | None, now: float) -> None:
        self._end(call, _micros(now), "bye")

    def _end_stopped(self, call: Call, _: Incoming | None, now: float) -> None:
        self._end(call, _micros(now), "stopped")
        self._endpoint.bye(call.dialog, now)

    def _end_transferred(self, call: Call, _: Incoming | None, now: float) -> None:
        self._end(call, _micros(now), "transferred")
        self._endpoint.bye(call.dialog, now)

    def _ask(self, call: Call, _: Incoming | None, now: float) -> None:
        self.out.append(AskLastHeard(call.id))
        self._watch(call, now + ASK_S)

    def _close_unacknowledged(self, call: Call, _: Incoming | None, now: float) -> None:
        self._close(call, reports.NOT_ACKNOWLEDGED, now)

    def _close_expired(self, call: Call, _: Incoming | None, now: float) -> None:
        self._close(call, reports.TIMER_EXPIRED, now)

    def _close(self, call: Call, kind: str, now: float) -> None:
        """It is over, but when? The customer's last packet says."""
        self.report(kind, call.peer.name)
        self._endpoint.bye(call.dialog, now)
        call.state = State.CLOSING
        self._ask(call, None, now)

    def _judge_silence(self, call: Call, _: Incoming | None, now: float) -> None:
        if now < _silence_at(call):
            self._watch_silence(call, now)
            return
        self.report(reports.SILENCE, call.peer.name)
        self._end_at_last_packet(call, None, now)
        self._endpoint.bye(call.dialog, now)

    def _end_at_last_packet(self, call: Call, _: Incoming | None, now: float) -> None:
        if not call.heard_us:
            self.report(reports.NO_MEDIA, call.peer.name)
        self._end(call, min(max(call.began_us, call.heard_us), _micros(now)), "silence")

    # Common to several rows

    def _end(self, call: Call, ended_us: int, ended_by: str) -> None:
        self._remove(call)
        facts = call.manifest(self._recorder, ended_us, ended_by=ended_by, state="complete")
        self.out.append(End(call.id, facts))

    def _remove(self, call: Call) -> None:
        del self._calls[call.id]
        del self._by_dialog[call.dialog]

    def _watch_silence(self, call: Call, now: float) -> None:
        self._watch(call, max(_silence_at(call), now))

    def _watch(self, call: Call, at: float) -> None:
        """Sets the call's one deadline. A later one waits for the timer that is set already."""
        call.check_at = at
        if call.watched_at is None or at < call.watched_at:
            call.watch += 1
            call.watched_at = at
            self._timers.set(at, (call.id, call.watch))


def _no_customer(call: Call) -> bool:
    """Whether nobody but agents has ever been in the call."""
    known = call.record
    return call.state is State.RECORDING and known is not None and known.customer_key is None


def _micros(now: float) -> int:
    return round(now * 1_000_000)


def _silence_at(call: Call) -> float:
    """When the call ends unless the customer is heard; while on hold that cannot be expected."""
    if call.excused_since_us is not None:
        return call.excused_since_us / 1e6 + HELD_AT_MOST_S
    return call.silent_since_us / 1e6 + call.peer.silence_s


Row = Callable[[Lifecycle, Call, Incoming | None, float], None]

TABLE: Mapping[tuple[State, str], Row] = {
    (State.ALLOCATING, "allocated"): Lifecycle._answer_invite,
    (State.ALLOCATING, "not_allocated"): Lifecycle._refuse_invite,
    (State.ALLOCATING, "deadline"): Lifecycle._refuse_invite,
    (State.ALLOCATING, "stop"): Lifecycle._refuse_invite,
    (State.ALLOCATING, "cancel"): Lifecycle._forget,
    (State.ALLOCATING, "bye"): Lifecycle._forget,
    (State.ANSWERED, "reinvite"): Lifecycle._offered,
    (State.ANSWERED, "update"): Lifecycle._offered,
    (State.ANSWERED, "allocated"): Lifecycle._answer_pending,
    (State.ANSWERED, "not_allocated"): Lifecycle._refuse_offer,
    (State.ANSWERED, "cancel"): Lifecycle._withdrawn,
    (State.ANSWERED, "ack"): Lifecycle._acknowledged,
    (State.ANSWERED, "bye"): Lifecycle._forget,
    (State.ANSWERED, "unacknowledged"): Lifecycle._forget,
    (State.ANSWERED, "expired"): Lifecycle._drop,
    (State.ANSWERED, "stop"): Lifecycle._drop,
    (State.ANSWERED, "out_of_scope"): Lifecycle._drop,
    (State.ANSWERED, "deadline"): Lifecycle._drop_unknown,
    (State.RECORDING, "reinvite"): Lifecycle._offered,
    (State.RECORDING, "update"): Lifecycle._offered,
    (State.RECORDING, "allocated"): Lifecycle._answer_pending,
    (State.RECORDING, "not_allocated"): Lifecycle._refuse_offer,
    (State.RECORDING, "cancel"): Lifecycle._withdrawn,
    (State.RECORDING, "ack"): Lifecycle._acknowledged,
    (State.RECORDING, "bye"): Lifecycle._end_by_bye,
    (State.RECORDING, "unacknowledged"): Lifecycle._close_unacknowledged,
    (State.RECORDING, "expired"): Lifecycle._close_expired,
    (State.RECORDING, "stop"): Lifecycle._end_stopped,
    (State.RECORDING, "out_of_scope"): Lifecycle._end_transferred,
    (State.RECORDING, "deadline"): Lifecycle._ask,
    (State.RECORDING, "heard"): Lifecycle._judge_silence,
    (State.DROPPED, "reinvite"): Lifecycle._offered,
    (State.DROPPED, "update"): Lifecycle._offered,
    (State.DROPPED, "allocated"): Lifecycle._answer_pending,
    (State.DROPPED, "not_allocated"): Lifecycle._refuse_offer,
    (State.DROPPED, "cancel"): Lifecycle._withdrawn,
    (State.DROPPED, "bye"): Lifecycle._forget,
    (State.DROPPED, "unacknowledged"): Lifecycle._drop,
    (State.DROPPED, "expired"): Lifecycle._drop,
    (State.DROPPED, "stop"): Lifecycle._drop,
    (State.DROPPED, "out_of_scope"): Lifecycle._drop,
    (State.DROPPED, "deadline"): Lifecycle._drop,
    (State.CLOSING, "heard"): Lifecycle._end_at_last_packet,
    (State.CLOSING, "deadline"): Lifecycle._end_at_last_packet,
    (State.CLOSING, "stop"): Lifecycle._end_at_last_packet,
}
"""What happens in which state; what has no row changes nothing."""
