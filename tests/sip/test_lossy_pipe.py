"""A call through a pipe that loses, doubles, delays and reorders ends as one call."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sip.peer import SDP, UDP, Peer, Wire, established, header, status_of, tag_of

T1, T2 = 0.5, 4.0
DELIVER, LOSE, DOUBLE = "deliver", "lose", "double"
FATES = st.lists(
    st.tuples(st.sampled_from([DELIVER, DELIVER, LOSE, DOUBLE]), st.sampled_from([0.01, 0.3, 0.9])),
    max_size=14,
).filter(lambda fates: sum(fate == LOSE for fate, _ in fates) <= 5)


@dataclass
class Pipe:
    """Both ways through one heap of (time, order, to the endpoint?, bytes)."""

    fates: Iterator[tuple[str, float]]
    heap: list[tuple[float, int, bool, bytes]] = field(default_factory=list)
    order: Iterator[int] = field(default_factory=itertools.count)

    def put(self, now: float, data: bytes, *, inward: bool) -> None:
        fate, delay = next(self.fates, (DELIVER, 0.01))
        copies = {DELIVER: 1, LOSE: 0, DOUBLE: 2}[fate]
        for copy in range(copies):
            at = now + delay + 0.2 * copy
            heapq.heappush(self.heap, (at, next(self.order), inward, data))


@dataclass
class Caller:
    """A user agent client: repeats what is not answered, acknowledges each 2xx, then says BYE."""

    peer: Peer
    pending: bytes = b""
    interval: float = T1
    due: float | None = None
    talks_until: float | None = None
    done: bool = False

    def start(self, request: bytes, now: float) -> bytes:
        self.pending, self.interval, self.due = request, T1, now + T1
        return request

    def tick(self, now: float) -> list[bytes]:
        if self.talks_until is not None and now >= self.talks_until:
            self.talks_until = None
            return [self.start(self.peer.next("BYE"), now)]
        if self.due is None or now < self.due:
            return []
        self.interval = min(2 * self.interval, T2)
        self.due = now + self.interval
        return [self.pending]

    def hear(self, data: bytes, now: float) -> list[bytes]:
        if data.startswith(b"BYE "):
            return [self.peer.reply(data)]
        status, method = status_of(data), header(data, "CSeq").split()[1]
        if method == "BYE":
            self.done, self.due = True, None
            return []
        if status < 200 and self.pending.startswith(b"INVITE"):
            self.due = None
        if status != 200:
            return []
        if not self.peer.to_tag:
            self.due = None
            self.peer.learn(data)
            self.talks_until = now + 2
        return [self.peer.request("ACK", cseq=1)]


def run(wire: Wire, caller: Caller, pipe: Pipe, seconds: float) -> None:
    """Step through time in hundredths; the session answers an invite when it sees it."""
    pipe.put(wire.now, caller.start(caller.peer.invite(), wire.now), inward=True)
    answered = 0
    for _ in range(int(seconds * 20)):
        out = wire.pass_time(0.05)
        while pipe.heap and pipe.heap[0][0] <= wire.now:
            _, _, inward, data = heapq.heappop(pipe.heap)
            if inward:
                out += wire.give(data)
            else:
                for reply in caller.hear(data, wire.now):
                    pipe.put(wire.now, reply, inward=True)
        if wire.kinds().count("invite") > answered:
            answered += 1
            out += wire.answer(200)
        for data in out:
            pipe.put(wire.now, data, inward=False)
        for data in caller.tick(wire.now):
            pipe.put(wire.now, data, inward=True)


@settings(max_examples=60, deadline=None)
@given(FATES)
def test_a_call_through_a_bad_pipe_is_one_invite_one_ack_one_bye(
    fates: list[tuple[str, float]],
) -> None:
    wire, caller = Wire(UDP), Caller(Peer())
    run(wire, caller, Pipe(iter(fates)), 110)
    assert caller.done
    assert wire.kinds().count("invite") == 1
    assert wire.kinds().count("bye") == 1
    assert wire.kinds() in (["invite", "ack", "bye"], ["invite", "bye"])
    assert wire.endpoint.sizes() == (0, 0, 0)


def tag_we_would_give() -> str:
    """The tokens of `Wire` are always the same, so that our tag is too."""
    return tag_of(header(established(Wire()).request("BYE"), "To"))


OURS = tag_we_would_give()
MESSAGES = [
    Peer().invite(),
    Peer().invite('Require: "siprec, x', 'Supported: "timer', 'Record-Route: <sip:a, "b'),
    Peer().invite(branch="z9hG4bKtwo"),
    Peer().request("CANCEL", branch="z9hG4bKcall-1@1-1"),
    Peer(to_tag=OURS).request("ACK"),
    Peer(to_tag=OURS, cseq=2).invite(body=b""),
    Peer(to_tag=OURS, cseq=2).request("UPDATE", body=SDP),
    Peer(to_tag=OURS, cseq=3).request("BYE"),
    Peer().request("OPTIONS"),
    Peer().reply(Peer().request("BYE")),
    b"\r\n\r\n",
]
STEPS = st.one_of(
    st.sampled_from(MESSAGES),
    st.tuples(
        st.sampled_from(MESSAGES), st.integers(0, 400), st.integers(0, 5), st.binary(max_size=5)
    ).map(lambda t: t[0][: t[1]] + t[3] + t[0][t[1] + t[2] :]),
    st.binary(max_size=60),
    st.floats(0, 40),
    st.integers(100, 699),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(STEPS, max_size=25))
def test_nothing_the_wire_brings_raises_and_all_of_it_is_forgotten(
    steps: list[bytes | float | int],
) -> None:
    wire = Wire(UDP)
    for step in steps:
        if isinstance(step, bytes):
            wire.give(step)
        elif isinstance(step, float):
            wire.pass_time(step)
        elif wire.events:
            handle = wire.events[-1].handle
            wire.endpoint.answer(handle, step, body=SDP, now=wire.now)
            wire.take()
    for event in wire.events:
        wire.endpoint.bye(event.dialog, wire.now)
    wire.take()
    wire.pass_time(200)
    assert wire.endpoint.sizes() == (0, 0, 0)
