"""The kernel's arrival times are proven to be noted before the first call is answered.

Linux notes them only some time after the first socket of the whole machine has asked for them: at
once on an idle machine, after seconds on a busy one. Till then a packet gets the time at which it
is read, and what was said before an announcement could pass for said after it.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from vaiti.capture.drain import Receiver

PATIENCE_S = 60.0
PAUSE_S = 0.005


class NotNoted(RuntimeError):
    """The kernel does not say when packets arrive."""


@asynccontextmanager
async def noted(receiver: Receiver, patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """While it lasts the kernel notes when packets arrive, whether calls are there or not.

    Raises NotNoted.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
        receiver.prepare(sock)
        until = time.monotonic() + patience_s
        while receiver.asks_kernel and not await _was_noted(receiver, sock):
            if time.monotonic() > until:
                raise NotNoted(
                    f"for {patience_s:.0f} seconds the kernel has not noted when packets arrive: "
                    "look whether the machine is overloaded, then start the recorder again"
                )
        yield


async def _was_noted(receiver: Receiver, sock: socket.socket) -> bool:
    """Sends a packet to itself: one with a time of arrival before its reading began was noted."""
    sock.sendto(b"?", sock.getsockname())
    await asyncio.sleep(PAUSE_S)
    reading_us = time.time_ns() // 1000
    arrived = receiver.receive([sock]).arrival_us
    return bool(len(arrived)) and int(arrived[-1]) < reading_us
