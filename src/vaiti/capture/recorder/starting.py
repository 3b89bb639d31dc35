"""The recorder's start as a process, and the signals that it obeys."""

import asyncio
import logging
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.capture.recorder import rebirth
from vaiti.capture.recorder.config import RecorderConfig
from vaiti.capture.recorder.garbage import leave_the_old_alone
from vaiti.capture.recorder.process import Recorder
from vaiti.capture.recorder.turns import Loop
from vaiti.capture.ring import NoRing, PacketRing, Place
from vaiti.vault.hardening import give_up_raw_sockets, keep_out_of_dumps, keep_out_of_swap
from vaiti.vault.memory import leave_or_tell

log = logging.getLogger(__name__)

THREAD_STACK = 256 << 10  # in bytes: locked in memory like the rest, and only syncs run on it


def main(config: RecorderConfig) -> int:
    """Records until SIGTERM or SIGINT, which end all calls, or SIGHUP, which leaves them to the
    next recorder, and where it cannot changes nothing; returns the exit status. Blocks."""
    raise_descriptor_limit()
    leave_the_old_alone()
    keep_out_of_dumps()
    threading.stack_size(THREAD_STACK)
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY:
        keep_out_of_swap()
    with asyncio.Runner(loop_factory=Loop) as runner:
        return runner.run(_run(config))


async def _run(config: RecorderConfig) -> int:
    estate = rebirth.look(config.keeper) if config.keeper is not None else None
    with rebirth.journal_of(config.journal, estate) as journal, _ring(config, estate) as ring:
        recorder = Recorder(config, journal, estate, ring)
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(leave_or_tell)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, recorder.stop)
        loop.add_signal_handler(signal.SIGHUP, recorder.leave)
        await recorder.run()
    return 0


@contextmanager
def _ring(config: RecorderConfig, estate: rebirth.Estate | None) -> Iterator[PacketRing | None]:
    """The one that is asked for, another process's if that left one; what opens one is given up.
    Raises NoRing."""
    if config.ring is None:
        yield None
        return
    place = Place(config.media_hosts[0], config.rtp_ports, *astuple(config.ring))
    left = estate.held.pop(place.name, None) if estate is not None else None
    with closing(_opened(place, left)) as ring:
        give_up_raw_sockets()
        yield ring


def _opened(place: Place, left: int | None) -> PacketRing:
    if left is not None:
        try:
            return PacketRing(place, left)
        except NoRing:
            log.warning("a packet ring is begun anew: what waited in it is lost, and calls go on")
    return PacketRing(place)
