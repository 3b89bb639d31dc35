"""The front: one SIP address for several recorders. It passes messages on and keeps no call.

It listens, knows the peers, speaks TLS, and chooses (`capture.sharing`). Speech never comes here.
Where it has a keeper, the next front goes on with its sockets (`legacy`), and a message over TCP
stays in the kernel until a recorder has heard it.
"""

import asyncio
import logging
import os
import resource
import secrets
import signal
import socket
import time
from collections import Counter

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.capture.orders import Orders, OrdersRefused
from vaiti.capture.recorder.behind import Behind
from vaiti.capture.recorder.config import FrontConfig
from vaiti.capture.recorder.legacy import Legacy
from vaiti.capture.recorder.orders_file import OrdersFile
from vaiti.capture.recorder.passing import (
    Head,
    Passed,
    encode,
    flow_of,
    flow_told,
    keys_of,
)
from vaiti.capture.recorder.state import write_facts
from vaiti.capture.recorder.tcp import Receipt
from vaiti.capture.recorder.tls import Tls
from vaiti.capture.recorder.transport import Transports
from vaiti.capture.recorder.turns import Loop
from vaiti.capture.recorder.waiting import Heard, Waiting
from vaiti.capture.session.peers import Peers
from vaiti.capture.sharing import Sharing, read
from vaiti.capture.sip.flow import Flow, Send
from vaiti.capture.sip.message import Request, SipError, parse
from vaiti.capture.sip.stateless import Stateless
from vaiti.capture.sip.timeliness import LATER
from vaiti.values.clock import to_micros
from vaiti.vault.hardening import keep_out_of_dumps, keep_out_of_swap
from vaiti.vault.memory import leave_or_tell

LINGER_S = 1.0  # in which a recorder answers what makes us close a connection
GATHER_S = 1.0  # that what nobody is known to have waits at a front that goes on: somebody may
GATHERINGS = 5  # times as long, while not a single recorder is there
MOST_ASIDE = 1_000  # messages that wait so
SECOND = 1.0
UNAVAILABLE = 503

log = logging.getLogger(__name__)


def main(config: FrontConfig) -> int:
    """Passes messages on until SIGTERM or SIGINT, which end the connections, or SIGHUP, which
    leaves them to the next front. Blocks. Raises OSError where it cannot listen."""
    raise_descriptor_limit()
    keep_out_of_dumps()
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        keep_out_of_swap()
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(_run(config))


async def _run(config: FrontConfig) -> int:
    front = Front(config)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(leave_or_tell)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, front.stop)
    loop.add_signal_handler(signal.SIGHUP, front.leave)
    await front.run()
    return 0


class Front:
    """Between `Transports` and one connection for each recorder."""

    def __init__(self, config: FrontConfig) -> None:
        self._config = config
        self._sharing = Sharing(config.recorders)
        self._behind: dict[int, Behind] = {}
        self._waiting = Waiting()
        self._peers = Peers()
        self._orders: Orders | None = None
        self._legacy = Legacy(config.keeper, to_micros(config.clock()))
        keep = self._legacy.keep if self._legacy.wanted else None
        self._orders_file = OrdersFile(config.orders, config.orders_public, keep)
        tls = Tls(config.tls) if config.tls else None
        self._transports = Transports(self, tls, LINGER_S, self._legacy)
        self._stateless = Stateless(secrets.token_hex(16))
        self._counts = Counter[str]()
        self._resumed = 0
        self._gathering: asyncio.TimerHandle | None = None
        self._aside: list[Heard] = []
        self._stopping = asyncio.Event()
        self._leaving = False

    def stop(self) -> None:
        self._stopping.set()

    def leave(self) -> None:
        """Ends, and leaves the connections to the next front; ends them where nobody keeps them."""
        self._leaving = self._legacy.lasting
        self._stopping.set()

    async def run(self) -> None:
        await self._begin()
        server = await self._serve()
        if self._legacy.went_on:
            self._wait(GATHERINGS)
        self._transports.begin()
        log.info("the front listens", extra={"count": len(self._transports.addresses)})
        rounds = asyncio.create_task(self._each_second())
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait((rounds, stopped), return_when=asyncio.FIRST_COMPLETED)
            if rounds.done():
                rounds.result()
        finally:
            rounds.cancel()
            stopped.cancel()
            self._end()
            server.close()
            self._config.socket.unlink(missing_ok=True)

    async def _begin(self) -> None:
        """Has the sockets, those of another front where it left them; nothing is heard yet."""
        self._orders_file.take(self._legacy.held)
        self._follow_orders(self._config.clock().timestamp())
        if self._orders is None and self._legacy.went_on:
            self._follow(self._orders_file.standing())
        self._transports.go_on(set(), self._legacy.held)
        newest = max(self._transports.last_connection, time.time_ns() // 1000)
        self._transports.last_connection = newest  # none of an earlier front's
        await self._transports.listen(self._config.listen, self._legacy.held)
        self._legacy.begin(self._transports.held)
        self._resumed = len(self._transports.connections)

    def _wait(self, times: int) -> None:
        loop = asyncio.get_running_loop()
        self._gathering = loop.call_later(GATHER_S, self._waited, times - 1)

    def _waited(self, times: int) -> None:
        if self._behind or not times:
            self._gathered()
        else:
            self._wait(times)

    def _gathered(self) -> None:
        """Each recorder has told what it has; or one is not there, and nobody waits for it."""
        if self._gathering is not None:
            self._gathering.cancel()
            self._gathering = None
        aside, self._aside = self._aside, []
        for each in aside:
            self._place(each)

    def _end(self) -> None:
        if self._gathering is not None:
            self._gathering.cancel()
        if self._leaving:
            self._legacy.leave()
        else:
            self._legacy.end()
        self._transports.close(leaving=self._leaving)

    async def _serve(self) -> asyncio.Server:
        """Binds before it listens, so that nobody connects before the mode is set."""
        self._config.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._config.socket))
        self._config.socket.chmod(0o600)
        loop = asyncio.get_running_loop()
        return await loop.create_unix_server(lambda: Behind(self), sock=listener)

    # What the transports hear

    def expects(self, flow: Flow) -> bool:
        return self._peers.expects(flow)

    def admits(self, flow: Flow) -> bool:
        return self._peers.of(flow) is not None

    def rest(self) -> None:
        """Each message was passed on when it was heard."""

    def heard(self, data: bytes, flow: Flow, arrived_us: int, doubt_us: int = 0) -> Receipt | None:
        now = time.monotonic()
        if self._peers.of(flow) is None and not self._peers.turn_away(now):
            return None  # the recorder that got one now and then tells of them
        told = read(data, stream=flow.transport != "udp")
        at = arrived_us or time.time_ns() // 1000  # it may have to wait
        head = {"do": "hear", "flow": flow_told(flow), "at": at, "begins": told.begins}
        if doubt_us:
            head["doubt"] = doubt_us
        heard = Heard(data, flow, told, Passed(encode(head, data), told.begins))
        receipt = None
        if self._legacy.wanted and flow.transport == "tcp":
            receipt = Receipt()
            heard.passed.settle = receipt.settle
        waits = self._gathering is not None and not self._sharing.knows(told)
        if waits and len(self._aside) < MOST_ASIDE:
            self._aside.append(heard)
        else:
            self._place(heard)
        return receipt

    def _place(self, heard: Heard) -> None:
        now = time.monotonic()
        if number := self._sharing.choose(heard.told, now):
            self._pass_on(number, heard.passed, now)
            return
        self._turn_down(heard.data, heard.flow)
        heard.passed.settle()

    def lost(self, connection: int) -> None:
        frame = encode({"do": "lost", "connection": connection})
        for each in self._behind.values():
            each.write(frame)

    def _pass_on(self, number: int, passed: Passed, now: float) -> None:
        behind = self._behind.get(number)
        if behind is None:
            self._counts["dropped"] += self._waiting.add(number, passed, now)
            return
        if behind.pass_on(passed):
            self._counts["passed"] += 1
            if passed.begins:
                self._sharing.passed_on(number)
        else:
            self._counts["dropped"] += 1

    def _turn_down(self, data: bytes, flow: Flow) -> None:
        """No recorder is there: the sender is told to look elsewhere. Nothing is kept of it."""
        self._counts["turned_down"] += 1
        try:
            request = parse(data, stream=flow.transport != "udp")
        except SipError:
            return
        if isinstance(request, Request) and request.method in ("INVITE", "OPTIONS"):
            self._transports.send(self._stateless.reply(request, UNAVAILABLE, flow, LATER))

    # What the recorders say

    def came(self, behind: Behind, head: Head) -> None:
        number, now = int(head["number"]), time.monotonic()
        if number not in self._sharing.seats:
            behind.close()
            return
        before = self._behind.get(number)
        if before is not None:
            self.left(before)
            before.close()
        behind.number = number
        self._behind[number] = behind
        self._sharing.came(number, now, lasting=bool(head["lasting"]))
        behind.write(encode(self._welcome()))
        for passed in self._waiting.take(number, now):
            passed.again = True
            if behind.pass_on(passed) and passed.begins:
                self._sharing.passed_on(number)

    def _welcome(self) -> Head:
        """Where we listen; which connections there are, and whether they outlive us."""
        listening = [[a.transport, a.host, a.port] for a in self._transports.addresses]
        connections, lasting = self._transports.connections, self._legacy.lasting
        return {
            "do": "welcome",
            "listening": listening,
            "connections": connections,
            "lasting": lasting,
        }

    def said(self, behind: Behind, head: Head, data: bytes) -> None:
        match head["do"]:
            case "hello":
                self.came(behind, head)
            case "send":
                self._transports.send(Send(flow_of(head["flow"]), data))
            case "has" if behind.number:
                self._sharing.has(behind.number, keys_of(data))
            case "state" if behind.number:
                taking, calls, most, heard = head["state"]
                state = (bool(taking), int(calls), int(most), int(heard))
                behind.has_heard(int(head["heard"]))
                self._sharing.said(behind.number, time.monotonic(), state)
                behind.spoke = True
                if sum(each.spoke for each in self._behind.values()) == self._config.recorders:
                    self._gathered()

    def left(self, behind: Behind) -> None:
        if self._behind.get(behind.number) is not behind:
            return
        now = time.monotonic()
        del self._behind[behind.number]
        self._sharing.left(behind.number, now)
        goes_on = self._sharing.seats[behind.number].lasting
        for passed in behind.unheard:
            if goes_on and not passed.again:  # what it had not heard the next one will
                self._waiting.add(behind.number, passed, now)
            else:
                passed.settle()

    # What is due each second

    async def _each_second(self) -> None:
        while True:
            self._follow_orders(self._config.clock().timestamp())
            self._legacy.look(self._transports.held)
            self._counts["dropped"] += self._waiting.forget(time.monotonic())
            await asyncio.to_thread(write_facts, self._config.state, self._facts())
            await asyncio.sleep(SECOND)

    def _follow_orders(self, now: float) -> None:
        """A bad file changes nothing; the recorders tell of it."""
        try:
            orders = self._orders_file.changed(now, self._orders)
        except OrdersRefused:
            return
        self._follow(orders)

    def _follow(self, orders: Orders | None) -> None:
        if orders is not None:
            self._orders = orders
            self._peers.follow(orders.peers)

    def _facts(self) -> dict[str, object]:
        """`run/front.json`: what the others may know of the front. No personal data."""
        places = self._transports.addresses
        return {
            "at_us": to_micros(self._config.clock()),
            "started_us": self._legacy.since_us,
            "pid": os.getpid(),
            "listening": [f"{a.transport}:{a.host}:{a.port}" for a in places],
            "recorders": sorted(self._behind),
            "of": self._config.recorders,
            "strangers": self._peers.strangers,
            "resumed": self._resumed,
            "lasting": self._legacy.lasting if self._legacy.wanted else None,
            **{kind: self._counts[kind] for kind in ("passed", "turned_down", "dropped")},
        }
