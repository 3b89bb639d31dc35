"""The two processes that the benchmark measures: the recorder, and a drain that discards."""

import asyncio
import json
import signal
import socket
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from vaiti.capture.binding import Ports, raise_descriptor_limit
from vaiti.capture.drain import INTERVAL, PARTS, best_receiver
from vaiti.capture.recorder.config import FrontConfig, Listen, RecorderConfig, Ring, Shared
from vaiti.capture.recorder.front import main as pass_on
from vaiti.capture.recorder.keeper import main as keep
from vaiti.capture.recorder.starting import main as record
from vaiti.ops.benches import measured
from vaiti.ops.recorders import state_of

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 10_000, 22_000  # below those that the system gives to the callers


def recorder(folder: Path) -> int:
    """The recorder itself, as `vaiti up` runs it; with a keeper where there is one."""
    keeper = folder / "keeper.sock"
    ring = _ring(folder)
    return record(
        RecorderConfig(
            recorder_id="bench",
            journal=folder / "journal",
            orders=folder / "orders.json",
            orders_public=folder / "orders.pub",
            state=folder / "recorder.json",
            listen=(Listen("udp", HOST, 0), Listen("tcp", HOST, 0)),
            media_hosts=(HOST,),
            clock=lambda: datetime.now(UTC),
            keeper=keeper if keeper.exists() else None,
            rtp_ports=Ports(FIRST_PORT, FIRST_PORT + PORTS - 2) if ring else Ports(),
            ring=ring,
        )
    )


def shared(folder: Path, processes: int, number: int) -> int:
    """The front (0), with a keeper where there is one, or one of the recorders behind it."""
    listen = (Listen("udp", HOST, 0), Listen("tcp", HOST, 0))
    orders, public, front = folder / "orders.json", folder / "orders.pub", folder / "front.sock"
    if number == 0:
        state, kept = folder / "front.json", folder / "keeper.sock"
        config = FrontConfig(processes, front, orders, public, state, listen, _now)
        return pass_on(replace(config, keeper=kept if kept.exists() else None))
    share = PORTS // processes // 2 * 2
    first = FIRST_PORT + (number - 1) * share
    return record(
        RecorderConfig(
            recorder_id="bench",
            journal=folder / "journal",
            orders=orders,
            orders_public=public,
            state=state_of(folder, number),
            listen=listen,
            media_hosts=(HOST,),
            clock=_now,
            rtp_ports=Ports(first, first + share - 2),
            ring=_ring(folder),
            shared=Shared(number, front),
        )
    )


def _ring(folder: Path) -> Ring | None:
    asked = folder / measured.RING
    return Ring("lo", int(asked.read_text())) if asked.exists() else None


def _now() -> datetime:
    return datetime.now(UTC)


def keeper(folder: Path) -> int:
    """The process that holds a recorder's sockets and memory. Blocks."""
    keep(folder / "keeper.sock")
    return 0


def bare(folder: Path, streams: int) -> int:
    """Empties `streams` sockets as the recorder does and forgets what was in them."""
    raise_descriptor_limit()
    return asyncio.run(_discard(folder, streams))


async def _discard(folder: Path, streams: int) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    receiver = best_receiver(lambda: 0)
    sockets = []
    for _ in range(streams):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)
        receiver.prepare(sock)
        sock.bind((HOST, 0))
        sockets.append(sock)
    parts = [sockets[part::PARTS] for part in range(PARTS)]
    ports = [sock.getsockname()[1] for sock in sockets]
    aside = folder / "ports.part"
    aside.write_text(json.dumps(ports))
    aside.replace(folder / "ports.json")
    received, due = 0, loop.time()
    while not stopped.is_set():
        for part in parts:
            done = 0
            while done < len(part):
                batch = receiver.receive(part[done:])
                received += len(batch.length)
                done += len(batch.counts)
            await asyncio.sleep(0)
        due += INTERVAL
        await asyncio.sleep(max(0.0, due - loop.time()))
    (folder / "received.json").write_text(json.dumps(received))
    return 0


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    mains = {"recorder": recorder, "keeper": keeper}
    if what == "shared":
        sys.exit(shared(place, *map(int, sys.argv[3:])))
    sys.exit(mains[what](place) if what in mains else bare(place, int(sys.argv[3])))
