"""RTP as the phone sends it: one stream is one sound, cut in packets of 20 ms."""

import secrets
import socket
import struct
from dataclasses import dataclass, field

PACKET = 160
"""Samples in 20 ms."""
SECONDS = 0.02
ALAW = 8


@dataclass(slots=True)
class Stream:
    """One direction of speech. `sound` is A-law; it is repeated when the call outlasts it."""

    sound: bytes
    socket: socket.socket
    remote: tuple[str, int]
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    sequence: int = field(default_factory=lambda: secrets.randbits(16))
    first: int = field(default_factory=lambda: secrets.randbits(32))
    sent: int = 0
    marked: bool = True

    def another_source(self) -> None:
        """Somebody else speaks from now on: a new SSRC with its own counters (RFC 3550, 8)."""
        self.ssrc, self.first = secrets.randbits(32), secrets.randbits(32)
        self.sequence, self.marked = secrets.randbits(16), True

    def send(self, index: int) -> None:
        """Sends the packet of the stretch from `index` times 20 ms after the answer on."""
        at = (index * PACKET) % max(len(self.sound) - PACKET, 1)
        header = struct.pack(
            "!BBHII",
            0x80,
            ALAW | (0x80 if self.marked else 0),
            self.sequence,
            (self.first + index * PACKET) & 0xFFFFFFFF,
            self.ssrc,
        )
        self.socket.sendto(header + self.sound[at : at + PACKET], self.remote)
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.marked = False
        self.sent += 1


def bind(host: str) -> socket.socket:
    """A UDP socket at an even port, as RFC 3550 section 11 recommends."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    while True:
        one = socket.socket(family, socket.SOCK_DGRAM)
        one.bind((host, 0))
        if one.getsockname()[1] % 2 == 0:
            return one
        one.close()
