"""A recorder within the test's own process, which dies when the test says, and a keeper beside."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recorder.world import World
from rtp.rings import OWN, PORTS
from vaiti.capture.binding import Ports
from vaiti.capture.drain import best_receiver
from vaiti.capture.orders import Peer
from vaiti.capture.recorder import rebirth
from vaiti.capture.recorder.arrivals import noted
from vaiti.capture.recorder.config import Listen, RecorderConfig
from vaiti.capture.recorder.keeper import Held, listening, serve
from vaiti.capture.recorder.keeping import Keeping
from vaiti.capture.recorder.process import Recorder
from vaiti.capture.ring import PacketRing, Place

HERE = tuple(Listen(each, "127.0.0.1", 0) for each in ("udp", "tcp"))
RING_SIZE = 1 << 20


def quiet_world(folder: Path) -> World:
    """Orders and keys; the recorders are in this process, and a call ends with its session."""
    made = World(folder)
    made.write_orders(peers=(Peer("pbx", ("127.0.0.0/8",), rejoin_s=0),))
    return made


@contextmanager
def keeper(folder: Path) -> Iterator[Held]:
    """What a keeper of the folder holds."""
    held, over = Held(), threading.Event()
    listener = listening(folder / "keeper.sock")

    def keep() -> None:
        while not over.is_set():
            with listener.accept()[0] as recorder:
                serve(recorder, held)

    thread = threading.Thread(target=keep, daemon=True)
    thread.start()
    yield held
    over.set()
    last = Keeping(folder / "keeper.sock")
    assert last.connect()
    last.close()
    thread.join(5)  # a test that failed has left its recorder connected
    listener.close()
    held.forget()


class Dead(BaseException):
    """The recorder is killed: nothing more of it is carried out."""


class One:
    """A recorder that does nothing of its own accord. It dies at the `dies_in`th of the places at
    which something of it is about to be seen, or just was: its commits, and its writes."""

    def __init__(
        self, world: World, estate: rebirth.Estate | None = None, *, ring: bool = False
    ) -> None:
        folder, ports, host = world.folder, PORTS if ring else Ports(), OWN if ring else "127.0.0.1"
        config = RecorderConfig(
            *("recorder-1", folder / "journal", folder / "orders.json", folder / "orders.pub"),
            *(folder / "recorder.json", HERE, (host,), lambda: datetime.now(UTC)),
            keeper=folder / "keeper.sock",
            rtp_ports=ports,
        )
        estate = estate or rebirth.look(folder / "keeper.sock")
        assert estate is not None
        estate.box.attempts = 0
        self.estate, self.journal = estate, rebirth.journal_of(config.journal, estate)
        place = Place(host, ports, "lo", RING_SIZE)
        self.ring = PacketRing(place, estate.held.pop(place.name, None)) if ring else None
        self.recorder = Recorder(config, self.journal, estate, self.ring)
        self.dead, self.dies_in = False, 0
        self.estate.box.commit = self._between(estate.box.commit)  # type: ignore[method-assign]
        self.journal.append = self._between(self.journal.append)  # type: ignore[method-assign]
        # no disk counts as slow here, however late the machine: what is written is written at once
        self.recorder._outbox._took = lambda began, ended: None  # type: ignore[method-assign]

    def _between(self, act: Callable[..., None]) -> Callable[..., None]:
        def acted(*given: object, **named: object) -> None:
            self._maybe_die()
            act(*given, **named)
            self._maybe_die()

        return acted

    def _maybe_die(self) -> None:
        if self.dies_in or self.dead:
            self.dies_in -= 1
            if self.dies_in <= 0:
                self._die()
                raise Dead

    async def begin(self, transport: str = "udp") -> int:
        """As `Recorder.run`; the port for SIP over that transport."""
        it = self.recorder
        it._orders_file.take(it._succession.held)
        it._follow_orders()
        it._go_on()
        await it._transports.listen(HERE, it._succession.held)
        it._succession.begin(it._session, self.journal, it._transports, 0)
        it._transports.begin()
        it._carry_out(it._now())
        return next(each.port for each in it._transports.addresses if each.transport == transport)

    def _die(self) -> None:
        if not self.dead:
            self.dead = True
            self.recorder._transports.close(leaving=True)
            self.estate.keeping.close()
        if self.recorder._waking._timer is not None:
            self.recorder._waking._timer.cancel()

    def die(self) -> None:
        self._die()
        self.gone()

    def end(self) -> None:
        """Dies with nothing left to be written, as nobody comes after it: a write that was slow
        puts off the next."""
        self.recorder._outbox.write(at_once=True)
        self.die()

    def gone(self) -> None:
        """Nothing of it is left in this process."""
        self.estate.keeping.close()
        self.recorder._drain.before = None
        for slot in self.recorder._drain.slots:
            self.recorder._drain.close(slot)
        if self.ring is not None:
            self.ring.close()
        os.close(self.journal._file)
        os.close(self.journal.lock)


def run(story: Coroutine[Any, Any, None]) -> None:
    """Once the kernel notes when packets arrive, which a recorder's process waits for itself."""

    async def told() -> None:
        async with noted(best_receiver(lambda: 0)):
            await story

    asyncio.run(told())


async def until(happened: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.005)
