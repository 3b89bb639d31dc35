"""Packet rings on the machine's own loopback, for tests that are allowed one."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ipaddress import IPv4Address

import pytest

from vaiti.capture.binding import Ports
from vaiti.capture.ring import NoRing, PacketRing, Place

PORTS = Ports(20_000, 24_998)
"""The system gives none of these by chance, and so not those beside them."""
HOST = "127.0.0.1"
OWN = str(IPv4Address(0x7F800000 + os.getpid() % 0x700000))
"""An address of this process alone: a ring hears everything that comes to its address."""


@contextmanager
def ring_or_skip(size: int = 32 << 20, host: str = HOST) -> Iterator[PacketRing]:
    try:
        ring = PacketRing(Place(host, PORTS, "lo", size))
    except NoRing as error:
        pytest.skip(str(error))
    with closing(ring):
        yield ring
