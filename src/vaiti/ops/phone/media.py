"""RTP as the phone sends it: one stream is one sound, cut in packets of 20 ms."""

import base64
import secrets
import socket
import struct
from dataclasses import dataclass, field
from typing import Final

from pylibsrtp import Policy, Session

PACKET = 160
"""Samples in 20 ms."""
SECONDS = 0.02
ALAW = 8


SUITES: Final = {
    "AES_CM_128_HMAC_SHA1_80": (30, Policy.SRTP_PROFILE_AES128_CM_SHA1_80),
    "AES_CM_128_HMAC_SHA1_32": (30, Policy.SRTP_PROFILE_AES128_CM_SHA1_32),
    "AEAD_AES_128_GCM": (28, Policy.SRTP_PROFILE_AEAD_AES_128_GCM),
    "AEAD_AES_256_GCM": (44, Policy.SRTP_PROFILE_AEAD_AES_256_GCM),
}
"""RFC 4568, 6.2; RFC 7714, 14.1: the bytes of a suite's master key and salt."""
SUITE: Final = "AES_CM_128_HMAC_SHA1_80"


class _Session(Session):
    @property
    def context(self) -> object:
        """libsrtp's own, good for as long as this is."""
        return self._srtp[0]


class Secrecy:
    """One stream's own SRTP key, and what it makes of packets."""

    def __init__(self, suite: str = SUITE, key: bytes = b"") -> None:
        size, profile = SUITES[suite]
        self.key = key or secrets.token_bytes(size)
        self.line = f"1 {suite} inline:{base64.b64encode(self.key).decode()}"
        policy = Policy(self.key, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile)
        self._session = _Session(policy)
        self.context = self._session.context

    def protect(self, packet: bytes) -> bytes:
        return self._session.protect(packet)


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
    secrecy: Secrecy | None = None

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
        packet = header + self.sound[at : at + PACKET]
        self.socket.sendto(self.secrecy.protect(packet) if self.secrecy else packet, self.remote)
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
