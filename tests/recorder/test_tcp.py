"""Connections over TCP that one recorder has and another goes on with, at real sockets."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable

import pytest

from sip.peer import Peer
from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.tcp import MAX_PASSED, MAX_UNSENT, Receipt
from vaiti.capture.recorder.transport import Transports
from vaiti.capture.recorder.turns import TICK_S, UNKNOWN_S, Loop
from vaiti.capture.sip.flow import Flow, Send
from vaiti.capture.sip.message import MAX_MESSAGE_BYTES

HERE = Listen("tcp", "127.0.0.1", 0)
OPTIONS = Peer().request("OPTIONS")
LONG = Peer().invite(body=b"v" * (MAX_MESSAGE_BYTES - 1000))


class Keeper:
    """As the real one: a descriptor of its own for what is held, by name."""

    def __init__(self) -> None:
        self.held: dict[str, int] = {}

    def hold(self, name: str, descriptor: int) -> None:
        self.let_go(name)
        self.held[name] = os.dup(descriptor)

    def let_go(self, name: str) -> None:
        if name in self.held:
            os.close(self.held.pop(name))


class Recorder:
    """What the recorder does with what it hears: it notes it."""

    def __init__(self, keeper: Keeper) -> None:
        self.messages: list[bytes] = []
        self.arrived_us: list[int] = []
        self.doubt_us: list[int] = []
        self.flows: list[Flow] = []
        self.gone: list[int] = []
        self.welcome = self.listens = True
        self.then: Callable[[], None] = lambda: None
        self.receipts: list[Receipt] | None = None
        """Where another process has to hear what we hear."""
        self.transports = Transports(self, holder=keeper)
        self.keeper = keeper

    def expects(self, flow: Flow) -> bool:
        return True

    def admits(self, flow: Flow) -> bool:
        return self.welcome

    def heard(self, data: bytes, flow: Flow, arrived_us: int, doubt_us: int = 0) -> Receipt | None:
        self.messages.append(data)
        self.doubt_us.append(doubt_us)
        self.arrived_us.append(arrived_us)
        self.flows.append(flow)
        self.then()
        if self.receipts is None:
            return None
        self.receipts.append(Receipt())
        return self.receipts[-1]

    def rest(self) -> None:
        pass

    def lost(self, connection: int) -> None:
        self.gone.append(connection)

    async def listen(self) -> int:
        """With whatever the keeper holds."""
        held = {name: os.dup(each) for name, each in self.keeper.held.items()}
        self.transports.go_on(set(), held)
        await self.transports.listen([HERE], held)
        self.transports.begin()
        return self.transports.addresses[0].port

    def close(self, *, leaving: bool = False) -> None:
        if self.listens:
            self.listens = False
            self.transports.close(leaving=leaving)

    async def has(self, count: int) -> None:
        await until(lambda: len(self.messages) >= count)


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.005)


def run(story: Callable[[Recorder, socket.socket], Awaitable[None]]) -> None:
    """With a peer that has connected."""

    async def told() -> None:
        first = Recorder(Keeper())
        port = await first.listen()
        with socket.create_connection(("127.0.0.1", port)) as peer:
            peer.settimeout(30)
            await until(lambda: "tcp:1" in first.keeper.held)
            try:
                await story(first, peer)
            finally:
                first.close()
                for name in list(first.keeper.held):
                    first.keeper.let_go(name)

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(told())


def in_kernel(recorder: Recorder) -> bytes:
    """What the next recorder would read."""
    with socket.socket(fileno=os.dup(recorder.keeper.held["tcp:1"])) as held:
        held.setblocking(False)
        try:
            return held.recv(1 << 18, socket.MSG_PEEK)
        except BlockingIOError:
            return b""


@pytest.mark.parametrize("cut", [1, len(OPTIONS) // 2, len(OPTIONS) - 1])
def test_n17_half_a_message_waits_for_the_next_recorder(cut: int) -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        peer.sendall(OPTIONS + b"\r\n" + OPTIONS[:cut])
        await first.has(1)
        assert in_kernel(first) == b"\r\n" + OPTIONS[:cut]
        first.close(leaving=True)
        second = Recorder(first.keeper)
        await second.listen()
        peer.sendall(OPTIONS[cut:])
        await second.has(1)
        assert (first.messages, second.messages) == ([OPTIONS], [OPTIONS])
        assert first.flows == second.flows
        second.transports.send(Send(second.flows[0], b"SIP/2.0 200 OK\r\n\r\n"))
        assert peer.recv(100) == b"SIP/2.0 200 OK\r\n\r\n"
        await asyncio.sleep(0)
        assert in_kernel(second) == b""
        second.close()
        assert peer.recv(100) == b"", "whatever the keeper still holds, the peer is told of the end"

    run(story)


def test_n22_a_message_that_waited_for_the_next_recorder_counts_from_when_it_came() -> None:
    """A pause, say: what was spoken meanwhile waits, too, and is judged by it."""

    async def story(first: Recorder, peer: socket.socket) -> None:
        first.close(leaving=True)
        before_us = time.time_ns() // 1000
        peer.sendall(OPTIONS)
        await asyncio.sleep(0.6)
        second = Recorder(first.keeper)
        began_us = time.time_ns() // 1000
        await second.listen()
        await second.has(1)
        assert before_us <= second.arrived_us[0] < began_us
        peer.sendall(OPTIONS)
        await second.has(2)
        assert not second.arrived_us[1] or second.arrived_us[1] > began_us
        second.close()

    run(story)


def test_n22_of_what_is_read_together_the_last_alone_is_known_to_have_come_last() -> None:
    """The others came at any time since the loop looked before; since ever, at who goes on."""

    async def story(first: Recorder, peer: socket.socket) -> None:
        peer.sendall(OPTIONS)
        await first.has(1)
        since = time.monotonic()
        await asyncio.sleep(0)
        peer.sendall(OPTIONS + OPTIONS)
        await first.has(3)
        most_us = (time.monotonic() - since + TICK_S) * 1e6
        assert (first.doubt_us[0], first.doubt_us[2]) == (0, 0)
        assert 0 < first.doubt_us[1] <= most_us
        peer.sendall(OPTIONS + OPTIONS[:9])
        await first.has(4)
        assert first.doubt_us[3] > 0, "the newest byte is another's"
        first.close(leaving=True)
        second = Recorder(first.keeper)
        await second.listen()
        peer.sendall(OPTIONS[9:] + OPTIONS)
        await second.has(2)
        assert second.doubt_us[0] > UNKNOWN_S * 1e6 / 2
        assert second.doubt_us[1] == 0
        second.close()

    run(story)


def test_what_was_heard_and_not_taken_is_heard_again() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        first.then = lambda: first.close(leaving=True)
        peer.sendall(OPTIONS)
        await first.has(1)
        second = Recorder(first.keeper)
        await second.listen()
        await second.has(1)
        assert second.messages == first.messages
        second.close()

    run(story)


def test_a_message_as_long_as_may_be_comes_in_pieces_and_never_leaves_the_kernel_early() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        for at in range(0, len(LONG) - 1, 5000):
            await asyncio.to_thread(peer.sendall, LONG[at : min(at + 5000, len(LONG) - 1)])
        await until(lambda: len(in_kernel(first)) == len(LONG) - 1)
        assert "tcp:1" in first.keeper.held
        peer.sendall(LONG[-1:])
        await first.has(1)
        assert first.messages == [LONG]

    run(story)


def test_nobody_goes_on_with_a_half_message_whose_sender_has_ended() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        peer.sendall(OPTIONS[:40])
        await until(lambda: in_kernel(first))
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: first.gone == [1])
        assert first.keeper.held == {}

    run(story)


def test_nobody_goes_on_in_the_midst_of_an_answer() -> None:
    """Until the peer has read on; one that does not is let go."""

    async def story(first: Recorder, peer: socket.socket) -> None:
        peer.sendall(OPTIONS)
        await first.has(1)
        sent = 0
        while "tcp:1" in first.keeper.held:
            first.transports.send(Send(first.flows[0], b"x" * 50_000))
            sent += 50_000
        while sent:
            sent -= len(await asyncio.to_thread(peer.recv, sent))
        await until(lambda: "tcp:1" in first.keeper.held)
        while not first.gone:
            first.transports.send(Send(first.flows[0], b"x" * MAX_UNSENT))
            await asyncio.sleep(0)
        assert first.keeper.held == {}

    run(story)


def test_who_is_no_peer_any_more_is_not_gone_on_with() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        first.close(leaving=True)
        second = Recorder(first.keeper)
        second.welcome = False
        await second.listen()
        assert (second.gone, second.keeper.held) == ([1], {})
        assert await asyncio.to_thread(peer.recv, 1) == b""
        second.close()

    run(story)


def test_what_cannot_be_heard_to_its_end_ends_the_connection_and_nothing_else() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        told: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, what: told.append(what))

        def fail() -> None:
            raise ValueError

        first.then = fail
        peer.sendall(OPTIONS)
        await until(lambda: first.gone == [1])
        assert (len(told), first.messages, first.keeper.held) == (1, [OPTIONS], {})

    run(story)


def test_n17_what_goes_on_to_another_process_is_taken_once_that_has_heard_it() -> None:
    """In the order of the stream, whoever is the first to hear; half a message waits behind."""

    async def story(first: Recorder, peer: socket.socket) -> None:
        receipts = first.receipts = list[Receipt]()
        parts = [OPTIONS, b"\r\n" + OPTIONS, OPTIONS[:50]]
        for count, part in enumerate(parts[:2], 1):
            peer.sendall(part)
            await first.has(count)
        peer.sendall(parts[2])
        await until(lambda: in_kernel(first) == b"".join(parts))
        receipts[1].settle()
        assert in_kernel(first) == b"".join(parts)
        receipts[0].settle()
        await until(lambda: in_kernel(first) == OPTIONS[:50])
        peer.sendall(OPTIONS[50:] + OPTIONS)
        await first.has(4)
        first.close(leaving=True)
        receipts[2].settle()
        second = Recorder(first.keeper)
        await second.listen()
        await second.has(2)
        assert second.messages == [OPTIONS, OPTIONS]
        await until(lambda: in_kernel(second) == b"")
        second.close()

    run(story)


def test_what_nobody_hears_is_taken_all_the_same_where_it_grows_long() -> None:
    async def story(first: Recorder, peer: socket.socket) -> None:
        receipts = first.receipts = list[Receipt]()
        for sent in range(20, 4 * MAX_PASSED // len(OPTIONS), 20):
            await asyncio.to_thread(peer.sendall, OPTIONS * 20)
            await first.has(sent)
        assert len(in_kernel(first)) <= MAX_PASSED
        for each in receipts:
            each.settle()
        assert in_kernel(first) == b""
        peer.sendall(OPTIONS[:40])
        await until(lambda: in_kernel(first))
        peer.shutdown(socket.SHUT_WR)
        await until(lambda: first.gone == [1])

    run(story)
