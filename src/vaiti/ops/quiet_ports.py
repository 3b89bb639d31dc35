"""Ports that nobody else is given between now and their use: for a demo, for benches and tests."""

import os
import random
import socket
from collections import deque
from typing import Final

QUIET_PORTS: Final = range(25_000, 32_000)
"""Below those that systems lend to connections outwards."""
MOST_CLAIMS: Final = 64
CLAIMS: Final[deque[int]] = deque()
"""Sockets of this process whose names are ports that it was given, the oldest first."""


def free_port(wanted: int, kinds: tuple[socket.SocketKind, ...]) -> int:
    """The wanted port of this machine's own address if it is free, else one that is.

    One that no connection outwards is given by chance, between now and its use, and no other
    program that asks here.
    """
    port = wanted or random.choice(QUIET_PORTS)
    found = try_port(port, kinds)
    return found if found and claim(found) else free_port(0, kinds)


def claim(port: int) -> bool:
    """Whether nobody else has claimed it. The kernel takes the claim back when this process ends,
    and it ends before where many ports were claimed since."""
    mine = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        mine.bind(f"\0vaiti-port-{port}")  # a name that is in no folder
    except OSError:
        mine.close()
        return False
    CLAIMS.append(mine.detach())
    if len(CLAIMS) > MOST_CLAIMS:
        os.close(CLAIMS.popleft())
    return True


def try_port(port: int, kinds: tuple[socket.SocketKind, ...]) -> int:
    """The port, bound for each kind for a moment; 0 when one of them is taken."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return 0
            port = probe.getsockname()[1]
    return port
