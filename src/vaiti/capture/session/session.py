"""One recorder's signalling: messages in, orders to the recorder out. Pure.

`now` is seconds since the epoch, UTC; instants in events are microseconds. Every method may add to
what `take` returns. Times of a call are those at which messages arrived here: the senders' own
clocks are not believed (N-12).
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence

from vaiti.capture.events import AskLastHeard, Output, Send
from vaiti.capture.orders import Orders, Peer
from vaiti.capture.parties import carriers, named, ties, wider_ties, without_metadata
from vaiti.capture.policy import Policy, Record, Refuse, Verdict, Wait
from vaiti.capture.sdp import G711
from vaiti.capture.session import rejoining, reports
from vaiti.capture.session.branch import Branch, media_host
from vaiti.capture.session.call import AGENT, Call
from vaiti.capture.session.kinship import Kinship, kinship
from vaiti.capture.session.knocking import Door, Knock, cut_off, doubtful
from vaiti.capture.session.lifecycle import RETRY_AFTER, Lifecycle
from vaiti.capture.session.live import Live, live_calls
from vaiti.capture.session.media import Streams
from vaiti.capture.session.peers import Peers
from vaiti.capture.session.proving import Proving
from vaiti.capture.session.request import Said, Unreadable, key_in_clear, read
from vaiti.capture.session.signs import Sign, signs
from vaiti.capture.session.table import TABLE
from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.incoming import Incoming
from vaiti.capture.sip.message import Request
from vaiti.capture.sip.timers import earliest
from vaiti.values.ids import CallId, new_call_id

SECOND_SESSION = "second_session"
ANOTHER_SESSION = "another_session"


class Session:
    """See docs/seams.md. `local_hosts` are our literal addresses that media may be sent to.

    `tokens` gives a fresh random token of at least 64 bits. `codecs` are taken besides G.711:
    those that whoever listens can decode. The tags of our dialogs begin with `mark`.
    """

    def __init__(
        self,
        recorder_id: str,
        orders: Orders | None,
        local_hosts: Sequence[str],
        tokens: Callable[[], str] = lambda: secrets.token_hex(16),
        codecs: frozenset[str] = frozenset(),
        *,
        mark: str = "",
    ) -> None:
        self._hosts = tuple(local_hosts)
        self._peers = Peers()
        self._proving = Proving(tokens(), self._peers)
        self.endpoint = Endpoint(tokens, self._proving, mark)
        self.lives = Lifecycle(recorder_id, self.endpoint, TABLE)
        self._proving.report = self.lives.report
        self.lives.codecs = G711 | codecs
        self.orders: Orders | None = None
        self._refusing: str | None = None
        self.door = Door()
        if orders is not None:
            self.set_orders(orders)

    @property
    def calls(self) -> int:
        """How many calls there are, in whatever state."""
        return len(self.lives)

    @property
    def strangers(self) -> int:
        """How many messages came from addresses that are no peer's."""
        return self._peers.strangers

    @property
    def wrong_credentials(self) -> int:
        """How many requests had credentials that are not their peer's."""
        return self._proving.wrong.total()

    def receive(self, data: bytes, flow: Flow, now: float, doubt_s: float = 0.0) -> None:
        """One datagram, or frame of a stream, perhaps `doubt_s` ago. A stranger's is not read."""
        if self._peers.of(flow) is None:
            if self._peers.turn_away(now):
                self.lives.report(reports.STRANGER, "")
            return
        self.endpoint.accepting, self.lives.doubt_s = not self.closed(now), doubt_s
        self.endpoint.receive(data, flow, now)
        self._pump(now)
        self.lives.doubt_s = 0.0

    def allocated(self, call_id: CallId, ports: Mapping[int, int], now: float) -> None:
        """The sockets that `Allocate` asked for are bound: `ports` by track."""
        call = self.lives.get(call_id)
        if call is not None:
            asked = (each for each in call.branches if ports.keys() & set(each.streams.in_order()))
            call.at = next(asked, call.at)
            call.at.streams.ports.update(ports)
            self.lives.fire(call, "allocated", now)
            self._pump(now)

    def not_allocated(self, call_id: CallId, reason: str, now: float) -> None:
        """No sockets; `reason` is a sentence or constant without personal data."""
        call = self.lives.get(call_id)
        if call is not None:
            self.lives.report(reports.NO_SOCKETS, call.peer.name, reason)
            self.lives.fire(call, "not_allocated", now)
            self._pump(now)

    def last_heard(self, call_id: CallId, heard: Mapping[int, int], now: float) -> None:
        """The answer to AskLastHeard: microseconds by track, 0 or absent for never."""
        call = self.lives.get(call_id)
        if call is not None:
            call.heard = dict(heard)
            times = [heard.get(track, 0) for track in call.customer_tracks()]
            call.heard_us = max(call.heard_us, *times, 0)
            self.lives.fire(call, "heard", now)
            self._decide(call, now)
            self._pump(now)

    def connection_lost(self, connection: int, now: float) -> None:
        """A TCP connection has gone. Calls go on: their dialogs outlive it."""
        self.endpoint.connection_lost(connection, now)
        self._pump(now)

    def set_orders(self, orders: Orders) -> None:
        """Follows new orders for new calls. Calls that are being recorded go on."""
        self.orders = orders
        self.lives.policy = Policy(orders)
        self.lives.words.longest_pause_s = orders.limits.pause_s
        self.lives.words.tie_key = orders.tie_key
        self._peers.follow(orders.peers)

    def refuse_new(self, reason: str | None) -> None:
        """New calls are answered 503 while `reason` (a constant such as disk_full) is given."""
        self._refusing = reason

    def stop(self, now: float) -> None:
        """Ends every call with BYE and takes no new one."""
        self._refusing = reports.STOPPING
        for each in self.door:
            self._turn_down(each.incoming, each.call.peer, 503, reports.STOPPING, now)
        self.door = Door()
        self.lives.stop(now)
        self._pump(now)

    def handle_timer(self, now: float) -> None:
        self.endpoint.handle_timer(now)
        self._pump(now)
        self.lives.handle_timer(now)
        for kin in self.door.due(now):
            self._ask_for(kin, now)
        self._pump(now)

    def next_deadline(self) -> float | None:
        """When to call `handle_timer` next; it may turn out that there is nothing to do then."""
        return earliest(*[each.next_deadline() for each in (self.endpoint, self.lives, self.door)])

    # What is asked about calls in progress: docs/control.md

    def live(self, devices: Collection[str], called: Collection[str] = ()) -> list[Live]:
        """The calls in which one of `devices` takes part now, or somebody `called` so."""
        return live_calls(self.lives, devices, called, self.lives.words.longest_pause_s * 1_000_000)

    def pause(self, call_id: str, devices: Collection[str], reason: str, now: float) -> bool:
        """Keeps nothing of the call for a while; False when none of `devices` is in it."""
        call = self._at(call_id, devices)
        if call is not None:
            self.lives.pause(call, AGENT, reason, now)
        return call is not None

    def resume(self, call_id: str, devices: Collection[str], now: float) -> bool:
        call = self._at(call_id, devices)
        if call is not None:
            self.lives.resume(call, now)
        return call is not None

    def drop(self, call_id: str, devices: Collection[str], now: float) -> bool:
        """Keeps nothing of the call at all, neither what was nor what comes."""
        call = self._at(call_id, devices)
        if call is not None:
            self.lives.object(call, now)
        return call is not None

    def report(self, sign: Sign, call_id: str, devices: Collection[str], now: float) -> bool:
        """The telephone system or the agent says so; without a call, of all that wait there.

        False when nobody is meant.
        """
        meant = [
            call
            for call in self.lives
            if call_id in ("", call.id) and not set(devices).isdisjoint(call.devices)
        ]
        for call in filter(self.lives.touch, meant):
            self.lives.take_signs(call, (sign,), now)
        return bool(meant)

    def _at(self, call_id: str, devices: Collection[str]) -> Call | None:
        call = self.lives.get(CallId(call_id))
        there = call is not None and not set(devices).isdisjoint(call.devices)
        return call if there else None

    def take(self) -> list[Output]:
        """What the world is to do, in order; empties the list."""
        taken, self.lives.out = self.lives.out, []
        return taken

    def _pump(self, now: float) -> None:
        while items := self.endpoint.take():
            for item in items:
                if isinstance(item, Send):
                    self.lives.out.append(item)
                else:
                    self._happened(item, now)

    def _happened(self, incoming: Incoming, now: float) -> None:
        if incoming.kind == "invite" and incoming.request is not None:
            self._invited(incoming, incoming.request, now)
            return
        if incoming.kind == "cancel" and self.door.withdraw(incoming.dialog):
            return
        call = self.lives.of(incoming.dialog, looking=incoming.says_nothing)
        if call is None:
            self.endpoint.answer(incoming.handle, 481, now=now)
            return
        call.warn(incoming.warnings)
        self.lives.fire(call, incoming.kind, now, incoming)

    def closed(self, now: float) -> str:
        """Why no new call is taken now; "" when one is."""
        if self.orders is None:
            return reports.NO_ORDERS
        if self.orders.expired(now):
            return reports.ORDERS_EXPIRED
        if len(self.lives) >= self.orders.limits.calls:
            return reports.CALLS_LIMIT
        return self._refusing or ""

    def _invited(self, incoming: Incoming, request: Request, now: float) -> None:
        peer = self._peers.of(incoming.flow)
        closed = self.closed(now)
        if peer is None or closed:
            self._turn_down(incoming, peer, 503, closed or reports.STRANGER, now)
            return
        try:
            said = read(request, peer.srtp, self.lives.codecs)
        except Unreadable as error:
            self._turn_down(incoming, peer, error.status, reports.UNREADABLE, now)
            return
        if said.sdp is not None and not said.sdp.acceptable:
            self._turn_down(incoming, peer, 488, reports.NO_STREAM, now)
            return
        call = self._call(incoming, request, peer, said)
        tracks = call.at.take_on(said)
        for sign in signs(request, said, peer.state_header):
            call.note(sign)
        if not self._put_together(incoming, call, tracks, now):
            self._consider(incoming, call, tracks, now)

    def _call(self, incoming: Incoming, request: Request, peer: Peer, said: Said) -> Call:
        call_id = new_call_id()
        told = said.metadata or without_metadata(request)
        branch = Branch(
            dialog=incoming.dialog,
            flow=incoming.flow,
            streams=Streams(
                media_host(incoming.flow, self._hosts), int(call_id[:15], 16), peer.srtp
            ),
            metadata=told,
            carriers=carriers(request, peer.agent_headers),
            pending=incoming.handle,
        )
        close = ties(request, told)
        return Call(
            id=call_id,
            peer=peer,
            at=branch,
            ties=close | wider_ties(request, told),
            close_ties=close,
            named=named(request),
            warnings=dict.fromkeys(
                (
                    *incoming.warnings,
                    *said.warnings,
                    *told.warnings,
                    *key_in_clear(said, incoming.flow.transport),
                )
            ),
        )

    def _put_together(
        self, incoming: Incoming, call: Call, tracks: tuple[int, ...], now: float
    ) -> bool:
        """Makes the new session part of a call that is there, if it is one of its sessions."""
        kin = self.lives.tied(call.peer.name, call.ties)
        policy = self.lives.policy
        if kin is None or policy is None:
            return False
        verdict = policy.decide(call.at.parties(), call.peer, now)
        if not isinstance(verdict, Record) and kin.close_ties & call.close_ties and kin.record:
            verdict = policy.review(call.at.parties(), call.peer, kin.record)
        record = verdict if isinstance(verdict, Record) else None
        found = kinship(kin, call, record)
        if found is Kinship.SPARE and doubtful(kin, now):
            self.door.waiting.append(Knock(kin.id, incoming, call, tracks, record, now))
            self._ask_for(kin.id, now)
            return True
        if found is Kinship.SPARE:
            self._spare(kin, call)
        return found is Kinship.PART and self._join(kin, call, record, now)

    def _spare(self, kin: Call, call: Call) -> None:
        call.spare_of, kin.has_spare = kin.id, True
        kin.warn([SECOND_SESSION])

    def _join(self, kin: Call, call: Call, record: Record | None, now: float) -> bool:
        """Whether there was room for one more session of the call."""
        if not self._narrowed(call, kin.record or Wait(), call.at.streams.in_order()):
            return False
        tracks = call.at.streams.join(kin.branches[0].streams.numbering)
        if tracks is None:
            return False
        kin.warn([*call.warnings, ANOTHER_SESSION])
        kin.ties, kin.close_ties = kin.ties | call.ties, kin.close_ties | call.close_ties
        kin.named |= call.named
        self.lives.join(kin, call.at, tracks)
        rejoining.knock(self.lives, kin, now)
        if record is not None:
            kin.learn(record)
        return True

    def _ask_for(self, kin: CallId, now: float) -> None:
        """When was it last heard? Who knocks at a call that is over is a call by itself."""
        if self.lives.get(kin) is not None:
            self.lives.out.append(AskLastHeard(kin))
            return
        for each in self.door.take(kin):
            self._consider(each.incoming, each.call, each.tracks, now)

    def _decide(self, kin: Call, now: float) -> None:
        """The sound of the call's present session tells what a second one is."""
        for each in self.door.take(kin.id):
            cut = cut_off(kin, each, now)
            if cut is None:
                self.door.waiting.append(each)
            elif not (cut and self._replace(kin, each, now)):
                self._spare(kin, each.call)
                self._consider(each.incoming, each.call, each.tracks, now)

    def _replace(self, kin: Call, knock: Knock, now: float) -> bool:
        """The call goes on in the new session; its sender has forgotten the old ones."""
        old = kin.living()
        if not self._join(kin, knock.call, knock.record, now):
            return False
        for branch in old:
            self.endpoint.bye(branch.dialog, now)
            self.lives.leave(kin, branch)
        kin.warn([rejoining.REJOINED])
        kin.combine()
        return True

    def _consider(
        self, incoming: Incoming, call: Call, tracks: tuple[int, ...], now: float
    ) -> None:
        policy = self.lives.policy
        assert policy is not None
        verdict = policy.decide(call.at.parties(), call.peer, now)
        if isinstance(verdict, Refuse):
            self._turn_down(incoming, call.peer, verdict.status, verdict.reason, now)
            return
        remaining = self._narrowed(call, verdict, tracks)
        if not remaining:
            self._turn_down(incoming, call.peer, 488, reports.NO_STREAM, now)
            return
        if remaining != tracks:
            verdict = policy.decide(call.at.parties(), call.peer, now)
        if isinstance(verdict, Record):
            call.learn(verdict)
        elif verdict.reason:
            self.lives.report(verdict.reason, call.peer.name)
        self.lives.open(call, remaining, now)

    def _narrowed(self, call: Call, verdict: Verdict, tracks: tuple[int, ...]) -> tuple[int, ...]:
        """The tracks that are left where keys may be pressed: a codec in which they are not found
        is not taken."""
        taken = self.lives.taken(verdict if isinstance(verdict, Record) else None)
        return tracks if taken == self.lives.codecs else call.at.streams.only(taken)

    def _turn_down(
        self, incoming: Incoming, peer: Peer | None, status: int, kind: str, now: float
    ) -> None:
        headers = RETRY_AFTER if status == 503 else ()
        self.endpoint.answer(incoming.handle, status, headers=headers, now=now)
        self.lives.report(kind, peer.name if peer else "")
