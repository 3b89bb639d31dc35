"""Packet rings on the machine's own loopback, for tests that are allowed one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from vaiti.capture.binding import Ports
from vaiti.capture.ring import NoRing, PacketRing, Place

PORTS = Ports(20_000, 24_998)
HOST = "127.0.0.1"


@contextmanager
def ring_or_skip(size: int = 16 << 20) -> Iterator[PacketRing]:
    try:
        ring = PacketRing(Place(HOST, PORTS, "lo", size))
    except NoRing as error:
        pytest.skip(str(error))
    with closing(ring):
        yield ring
