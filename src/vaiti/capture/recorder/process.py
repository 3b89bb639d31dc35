"""The recorder as a process: one event loop for signalling, sweeps, and what is due each second."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from vaiti.capture import events
from vaiti.capture.binding import NoPort
from vaiti.capture.control import handle
from vaiti.capture.drain import INTERVAL, PARTS, Drain, best_receiver
from vaiti.capture.orders import Orders, OrdersRefused
from vaiti.capture.recorder.arrivals import noted
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.config import RecorderConfig
from vaiti.capture.recorder.control import Control
from vaiti.capture.recorder.garbage import Looking
from vaiti.capture.recorder.judging import Judging
from vaiti.capture.recorder.notes import Notes
from vaiti.capture.recorder.orders_file import OrdersFile
from vaiti.capture.recorder.outbox import Outbox
from vaiti.capture.recorder.pages import LargePages
from vaiti.capture.recorder.reached import new_session, transports_of
from vaiti.capture.recorder.rebirth import Estate
from vaiti.capture.recorder.reports import Reports
from vaiti.capture.recorder.state import RecorderState, StateFile
from vaiti.capture.recorder.succession import Succession
from vaiti.capture.recorder.timekeeping import Timekeeping
from vaiti.capture.recorder.waking import Waking
from vaiti.capture.ring import PacketRing
from vaiti.capture.session.peers import Peers
from vaiti.capture.session.room import room
from vaiti.capture.sip.flow import Flow, needed
from vaiti.values.clock import to_micros
from vaiti.vault.journal import JournalFull, JournalWriter
from vaiti.vault.memory import leave_without

NO_ORDERS = "no_orders"
KEEPER_LOST = "keeper_lost"
FAREWELL_S = 1.0  # seconds that the answers to our BYEs are waited for
SECOND = 1.0
FILE_LIFE_US = 3600 * 1_000_000  # a journal file is written for an hour, then left to be settled

log = logging.getLogger(__name__)


class Recorder:
    """Ties the session to sockets and journal. `run` raises whatever it cannot go on after."""

    def __init__(
        self,
        config: RecorderConfig,
        journal: JournalWriter,
        estate: Estate | None = None,
        ring: PacketRing | None = None,
    ) -> None:
        self._config = config
        self._journal = journal
        self._outbox = Outbox(journal)
        staging = estate.box.staging if estate is not None else None
        self._receiver = best_receiver(lambda: time.time_ns() // 1000, staging)
        self._probe = best_receiver(lambda: 0) if estate is not None else self._receiver
        self._drain = Drain(self._receiver, config.rtp_ports, config.receive_buffer, ring)
        self._drain.openers.lasting = estate is not None
        self._calls = Calls(self._drain, self._outbox, lasting=estate is not None)
        self._time = Timekeeping(config.clock, self._drain, self._calls)
        self._now = self._time.now
        self._reports, self._notes = Reports(), Notes(config.journal)
        self._orders: Orders | None = None
        self._session, self._peers = new_session(config), Peers()
        self._succession = Succession(estate, self._calls, self._drain, self._outbox)
        self._orders_file = OrdersFile(config.orders, config.orders_public, self._succession.keep)
        self._transports = transports_of(config, self, self._room, self._session, self._succession)
        self._control = Control(config.control, self._asked) if config.control else None
        self._waking = Waking(self._timed, self._now)
        self._sends: list[events.Send] = []
        self._stopping = asyncio.Event()
        self._started_us = self._file_since_us = to_micros(config.clock())
        self._lag, self._leaving = 0.0, False
        self._judging = Judging(journal, self._outbox, self._notes)
        self._looking, self._pages = Looking(), LargePages()
        self._state_file = StateFile(config.state)

    def _room(self) -> tuple[bool, int, int]:
        return room(self._session, self._now())

    def stop(self) -> None:
        self._stopping.set()

    def leave(self) -> None:
        """Leaves the calls to the next recorder, and ends; stays where they would end with it."""
        self._leaving = self._succession.leave()
        if not (self._leaving or self._session.calls):
            self._session.refuse_new("stopping")
        if self._leaving or not self._session.calls:
            self._stopping.set()

    async def run(self) -> None:
        """Listens, records, and ends all calls before it returns. Raises NotNoted."""
        async with noted(self._probe):
            await self._run()

    async def _run(self) -> None:
        self._orders_file.take(self._succession.held)
        self._follow_orders()
        self._go_on()
        await self._transports.listen(self._config.listen, self._succession.held)
        self._succession.begin(self._session, self._journal, self._transports, self._started_us)
        self._transports.begin()
        self._carry_out(self._now())
        if self._control is not None:
            await self._control.open()
        self._report_state()
        self._looking.begin(time.monotonic())
        log.info("the recorder listens", extra={"count": len(self._transports.addresses)})
        rounds = (self._sweep(), self._each_second(), self._sync(), self._stopped())
        tasks = [asyncio.create_task(each) for each in rounds]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                leave_without(task.exception())
                task.result()
        finally:
            await self._end(tasks)

    def _go_on(self) -> None:
        """With what another recorder left, before anything new is heard."""
        if not self._succession.expected:
            return
        if self._orders is None and (standing := self._orders_file.standing()) is not None:
            self._follow(standing)
        self._time.follow()
        self._started_us = self._succession.started_us
        self._file_since_us = 0  # unknown: the file began with another recorder, and may be settled
        left, folder = self._receiver.left, self._journal.folder
        self._succession.go_on(self._session, self._transports, left, folder, self._now())

    async def _stopped(self) -> None:
        await self._stopping.wait()

    # What the transports hear

    def expects(self, flow: Flow) -> bool:
        return self._peers.expects(flow)

    def admits(self, flow: Flow) -> bool:
        return self._peers.of(flow) is not None

    def heard(self, data: bytes, flow: Flow, arrived_us: int, doubt_us: int = 0) -> None:
        if not self._notes.looked_since(arrived_us):
            self._heed()
        now = self._time.at(arrived_us)
        said = len(self._sends)
        try:
            self._session.receive(data, flow, now, doubt_us / 1e6)
            self._see_to(now, doubt_us)
        except Exception:
            del self._sends[said:]  # what it follows from may be half of what it was to be
            raise
        if self._succession.crowded:
            self.rest()

    def rest(self) -> None:
        """What is sent goes out when all that led to it would outlive us."""
        self._outbox.write()
        sends, self._sends = needed(self._sends), []
        for send in sends:
            self._transports.send(send)
        self._waking.set(self._session.next_deadline())

    def lost(self, connection: int) -> None:
        now = self._now()
        self._session.connection_lost(connection, now)
        self._carry_out(now)

    def _asked(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        now = self._now()
        answer = handle(message, self._session, now)
        self._carry_out(now)
        return answer

    # What the session asks for

    def _carry_out(self, at: float) -> None:
        self._see_to(at)
        self.rest()

    def _see_to(self, at: float, doubt_us: int = 0) -> None:
        """`at` is when that arrived, or fell due, of which it follows; or so much earlier."""
        with self._succession.in_session():
            while outputs := self._session.take():
                for output in outputs:
                    if isinstance(output, events.Send):
                        self._sends.append(output)
                    else:
                        self._do(output, at, doubt_us)

    def _do(self, output: events.Asked, at: float, doubt_us: int) -> None:
        match output:
            case events.Allocate():
                self._allocate(output, round(at * 1e6))
            case events.Expect():
                self._calls.expect(output, round(at * 1e6), doubt_us)
            case events.Begin():
                assert self._orders is not None
                self._calls.begin(output, self._orders.intake)
            case events.Draft():
                self._calls.draft(output)
            case events.AskLastHeard():
                heard = self._calls.last_heard(output.call_id)
                self._session.last_heard(output.call_id, heard, self._now())
            case events.End():
                self._calls.end(output)
            case events.Forget():
                self._calls.forget(output)
            case events.Withhold():
                self._notes.leave(output)
            case events.Report():
                self._tell(output)
            case _:
                assert_never(output)

    def _heed(self) -> None:
        """What any recorder was told not to keep counts before anything more is heard."""
        for at in self._notes.heed(self._session, self._now()):
            self._carry_out(at)

    def _allocate(self, event: events.Allocate, at_us: int) -> None:
        try:
            ports = self._calls.allocate(event, at_us)
        except NoPort:
            self._session.not_allocated(event.call_id, "no_port", self._now())
        else:
            self._session.allocated(event.call_id, ports, self._now())

    def _timed(self) -> None:
        now = self._now()
        self._session.handle_timer(now)
        self._see_to(now)
        if self._sends or not self._succession.active:
            self.rest()
        else:  # nobody is told of it, and a next recorder finds it due: it may wait for the sweep
            self._waking.set(self._session.next_deadline())

    # What is due by the clock

    async def _sweep(self) -> None:
        """All parts every INTERVAL with a breath between; when late, one sweep after the other."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            for _ in range(PARTS):
                self._time.follow()
                self._heed()
                self._calls.sweep()
                await asyncio.sleep(0)  # looks at the sockets of SIP; behind it messages are read,
                await asyncio.sleep(0)  # before what came after them is judged
            due += INTERVAL
            late = loop.time() - due
            self._lag = max(self._lag, late)
            if late > INTERVAL or self._drain.behind:
                due = loop.time()
            await asyncio.sleep(max(0.0, due - loop.time()))

    async def _each_second(self) -> None:
        while True:
            began = time.monotonic()
            self._time.follow()
            self._follow_orders()
            for _ in self._calls.flush(round(self._now() * 1e6)):
                await asyncio.sleep(0)
            self._calls.hand_over()
            self._renew_file(round(self._now() * 1e6))
            self._judge()
            self._look_after_keeper()
            self._waking.set(self._session.next_deadline(), anew=True)
            self._report_state(self._state_file.write_beside)
            self._looking.look(len(self._calls), began)
            self._pages.look(len(self._calls), began)
            await asyncio.sleep(max(0.0, SECOND - (time.monotonic() - began)))

    async def _sync(self) -> None:
        while True:
            await asyncio.to_thread(self._journal.sync)
            await asyncio.to_thread(self._notes.sync)
            await asyncio.sleep(SECOND)

    def _follow_orders(self) -> None:
        """A bad file changes nothing but the alarm."""
        try:
            orders = self._orders_file.changed(self._now(), self._orders)
        except OrdersRefused:
            self._tell(events.Report("orders_refused", "", "the orders cannot be followed"))
            return
        if orders is not None:
            self._follow(orders)

    def _follow(self, orders: Orders) -> None:
        self._orders = orders
        self._session.set_orders(orders)
        self._peers.follow(orders.peers)

    def _renew_file(self, now_us: int) -> None:
        waits = self._outbox.waiting_bytes  # for where it was told to be
        if now_us - self._file_since_us >= FILE_LIFE_US and not waits:
            with contextlib.suppress(JournalFull):  # `_judge` says so, and we try again
                self._journal.begin_file()
                self._file_since_us = now_us

    def _look_after_keeper(self) -> None:
        told = self._succession.lost()
        if told and self._config.keeper is not None:
            self._tell(events.Report(KEEPER_LOST, "", told))
        self._outbox.write()  # where there is one again, it has everything from now on

    def _judge(self) -> None:
        limit = self._orders.limits.free_bytes if self._orders else 0
        for report in self._judging.look(limit, self._lag, crowded=self._drain.crowded):
            self._tell(report)
        self._session.refuse_new(self._judging.reason or None)

    def _tell(self, report: events.Report) -> None:
        self._outbox.add(self._reports.records(report, self._now()))

    def _report_state(self, write: Callable[[RecorderState], object] | None = None) -> None:
        reason = self._judging.reason
        if self._orders is None or not self._orders.expires_us:
            reason = NO_ORDERS
        elif self._orders.expired(self._now()):
            reason = "orders_expired"
        state = "refusing" if reason else "accepting"
        (write or self._state_file.write)(
            RecorderState(
                state="stopping" if self._stopping.is_set() else state,
                reason=reason,
                at_us=to_micros(self._config.clock()),
                started_us=self._started_us,
                pid=os.getpid(),
                journal=self._journal.start_id,
                listening=tuple(each.told() for each in self._transports.addresses),
                calls=len(self._calls),
                recording=self._calls.recording,
                recorded=self._calls.totals.calls,
                sockets=len(self._drain),
                packets=self._calls.packets(),
                drops=dict(self._calls.drops()),
                strangers=self._session.strangers,
                wrong_credentials=self._session.wrong_credentials,
                lag_ms=round(max(0.0, self._lag) * 1000, 1),
                waiting_bytes=self._outbox.waiting_bytes,
                free_bytes=self._journal.free_bytes(),
                orders_us=self._orders.issued_us if self._orders else 0,
                most_calls=self._orders.limits.calls if self._orders else 0,
                least_free_bytes=self._orders.limits.free_bytes if self._orders else 0,
                resumed=self._succession.resumed,
                lasting=self._succession.active,
            ),
        )
        self._lag = 0.0

    async def _end(self, tasks: list["asyncio.Task[None]"]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._state_file.done()
        self._carry_out(self._now())
        self._outbox.write(at_once=True)
        self._leaving = self._leaving and self._succession.active  # else the disk was full
        if not self._leaving:
            self._session.stop(now := self._now())
            self._carry_out(now)
            self._outbox.write(at_once=True)
            self._succession.end()
        self._report_state()
        if not self._leaving:
            await self._farewell()
        self._transports.close(leaving=self._leaving)
        if self._control is not None:
            await self._control.close()
        await asyncio.to_thread(self._journal.sync)
        self._report_state()

    async def _farewell(self) -> None:
        """Lets our BYEs be answered; a peer that does not answer finds the call ended anyway."""
        until = time.monotonic() + FAREWELL_S
        while self._session.next_deadline() is not None and time.monotonic() < until:
            await asyncio.sleep(0.05)
