"""One recorder after another: what the present one takes over, and what it leaves.

Without a keeper there is neither; then every method does nothing.
"""

import logging
import os
import time
from collections import ChainMap
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from vaiti.capture.drain import Drain
from vaiti.capture.events import Forget
from vaiti.capture.recorder import rebirth
from vaiti.capture.recorder.calls import Calls
from vaiti.capture.recorder.lasting import HEALTHY_S, Lasting
from vaiti.capture.recorder.outbox import Outbox
from vaiti.capture.recorder.reached import Reached
from vaiti.capture.recorder.rebirth import Estate
from vaiti.capture.rtp.packet import Batch
from vaiti.capture.session import lasting
from vaiti.capture.session.session import Session
from vaiti.values.ids import CallId
from vaiti.vault.journal import JournalWriter

LOST = "calls in progress would not outlive the recorder"
REFUSED = "what another recorder left cannot be read by this one: its calls are cut off"

log = logging.getLogger(__name__)


class Succession:
    """`resumed`: the calls that were taken over."""

    def __init__(self, estate: Estate | None, calls: Calls, drain: Drain, outbox: Outbox) -> None:
        self.resumed = 0
        self._was_active = True
        self._estate, self._calls, self._drain = estate, calls, drain
        self._began = time.monotonic()
        self._lasting: Lasting | None = None
        self._nobodys: Collection[CallId] = ()
        self._kept: dict[str, int] = {}
        self._refused = estate is not None and estate.refused
        if estate is not None:
            self._lasting = outbox.lasting = Lasting(estate.box, estate.keeping, calls, drain)

    @property
    def active(self) -> bool:
        """Whether a next recorder would go on with everything that has been seen of this one."""
        return self._lasting is not None and self._lasting.active

    @property
    def held(self) -> dict[str, int]:
        """Descriptors that were taken over and are nobody's yet."""
        return self._estate.held if self._estate is not None else {}

    @property
    def started_us(self) -> int:
        """When the first of all that followed each other began; 0 for now."""
        return int(self._estate.general.get("started_us", 0)) if self._estate is not None else 0

    @property
    def expected(self) -> bool:
        """Whether there is anything to go on with."""
        return self._estate is not None and bool(self._estate.entries)

    def go_on(
        self,
        session: Session,
        transports: Reached,
        left: tuple[int, list[int], Batch],
        folder: Path,
        now: float,
    ) -> None:
        """Takes over calls and dialogs; then the packets that had left the kernel. `folder` is the
        journal's."""
        if self._estate is None or self._lasting is None or not self.expected:
            return
        taken = rebirth.take_over(self._estate, self._drain, self._calls, folder)
        lasting.go_on(session, self._estate.entries)
        self._lasting.watch(session)
        for event in lasting.expected(session):
            self._calls.agree(event)
        staged = taken.of_staging(self._estate.box.committed, left)
        if staged is not None:
            self._calls.take_left(*staged)
        known = lasting.connections(session)
        for number in sorted(known - transports.go_on(known, self._estate.held)):
            session.connection_lost(number, now)
        ours, there = lasting.calls(session), self._calls.ids()
        lasting.give_up(session, ours - there, now)
        self._nobodys = there - ours
        self.resumed = len(ours & there)
        log.info("the recorder goes on with its calls", extra={"count": self.resumed})

    def begin(
        self, session: Session, journal: JournalWriter, transports: Reached, started_us: int
    ) -> None:
        """From now on everything is left to a next recorder, with the next commit."""
        if self._estate is None or self._lasting is None:
            return
        for descriptor in self._estate.held.values():
            os.close(descriptor)
        self._estate.keeping.drop(set(self._estate.held) - {"memory", "lock"})
        self._lasting.general = {"start_id": journal.start_id, "started_us": started_us}
        self._lasting.beside = ChainMap(
            {"lock": journal.lock, **self._drain.held}, self._kept, transports.held
        )
        if self.expected:
            self._lasting.go_on()
            for call_id in self._nobodys:
                self._calls.forget(Forget(call_id))
        else:
            self._lasting.begin(session)
        self._estate.held, self._estate.entries = {}, {}

    @property
    def keep(self) -> Callable[[str, int], None] | None:
        """What is given here by name is left to a next recorder; None where nothing is."""
        return self._keep if self._estate is not None else None

    def _keep(self, name: str, descriptor: int) -> None:
        self._kept[name] = descriptor
        self.hold(name, descriptor)

    def hold(self, name: str, descriptor: int) -> None:
        """Of a connection, that a next recorder can go on with it."""
        if self._lasting is not None:
            self._lasting.hold(name, descriptor)

    def let_go(self, name: str) -> None:
        if self._lasting is not None:
            self._lasting.let_go(name)

    @contextmanager
    def in_session(self) -> Iterator[None]:
        """While it lasts the session is between two states, and is not left so. What it is then
        counts with the next commit, be it one while the next message is heard."""
        if self._lasting is None:
            yield
            return
        self._lasting.in_session = True
        yield
        self._lasting.in_session = False
        self._lasting.put_session()

    @property
    def crowded(self) -> bool:
        """Whether what was heard is to be answered before more is: it has large messages."""
        return self._lasting is not None and self._lasting.crowded

    def lost(self) -> str:
        """Looks after the keeper; what has been lost since it was asked last, or nothing."""
        if self._refused:
            self._refused = False
            return REFUSED
        if self._lasting is not None:
            self._lasting.look()
            if time.monotonic() - self._began > HEALTHY_S:
                self._lasting.well()
        before, self._was_active = self._was_active, self.active
        return LOST if before and not self.active else ""

    def leave(self) -> bool:
        """Whether a next recorder would go on; who leaves by itself has not died of what it had."""
        if self.active and self._lasting is not None:
            self._lasting.well()
        return self.active

    def end(self) -> None:
        """Nobody is to go on from here."""
        if self._lasting is not None and self._lasting.active:
            self._lasting.end()
