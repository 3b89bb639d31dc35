"""SIP over UDP: one socket, and when and where each datagram came by it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from vaiti.capture import recvmmsg
from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.ears import TOGETHER, Ears
from vaiti.capture.sip.flow import Address, Flow

MAX_DATAGRAM = 65_535
DATAGRAMS = 16  # heard at a time; meanwhile no speech is
SIP_BUFFER = 4 << 20  # bytes wanted of the kernel for SIP over UDP; it gives what it allows
ANCILLARY = socket.CMSG_SPACE(16) + socket.CMSG_SPACE(20)

_TIMESPEC = struct.Struct("=qq")
_ANY = ("0.0.0.0", "::")
_PKTINFO = 8  # ip(7): the second of three words is our address


class Datagrams:
    """One UDP socket. Each datagram comes with the instant at which the kernel had it: on a busy
    machine it waits here, and so does the speech that came before and after it."""

    def __init__(self, ears: Ears, sock: socket.socket) -> None:
        self._ears = ears
        self._sock = sock
        host, port = sock.getsockname()[:2]
        self.address = (str(host), int(port))
        self._loop = asyncio.get_running_loop()

    def begin(self) -> None:
        self._loop.add_reader(self._sock, self._readable)

    def _readable(self) -> None:
        """Several at a time: between two parts of a sweep there is one turn for them all."""
        more, turns = True, DATAGRAMS // TOGETHER
        while more and turns:
            turns -= 1
            try:
                more = self._hear_some()
            finally:
                self._ears.rest()

    def _hear_some(self) -> bool:
        """Whether more may wait."""
        for _ in range(TOGETHER):
            try:
                data, told, _, sender = self._sock.recvmsg(MAX_DATAGRAM, ANCILLARY)
            except OSError:  # nothing waits any more, or an answer could not be delivered
                return False
            self._heard(data, told, sender)
            if self._sock.fileno() < 0:  # closed by what was heard
                return False
        return True

    def _heard(self, data: bytes, told: Iterable[tuple[int, int, bytes]], sender: Any) -> None:  # noqa: ANN401
        host, port = self.address
        if host in _ANY:
            host = _came_to(told) or _own_address(sender)
        self._ears.heard(data, _flow(host, port, sender[0], sender[1]), arrival_us(told))

    def reaches(self, flow: Flow) -> bool:
        host = self.address[0]
        if host in _ANY:
            return (":" in host) == (":" in flow.remote.host)
        return host == flow.local.host

    def send(self, data: bytes, remote: Address) -> None:
        with contextlib.suppress(OSError):  # whoever gets no answer says it again (RFC 3261)
            self._sock.sendto(data, (remote.host, remote.port))

    def close(self) -> None:
        self._loop.remove_reader(self._sock)
        self._sock.close()


@lru_cache(1024)  # border controllers are few, and each has many messages
def _flow(host: str, port: int, far_host: str, far_port: int) -> Flow:
    return Flow("udp", Address(host, port), Address(far_host, far_port))


def bound(place: Listen) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIP_BUFFER)
        if recvmmsg.available():
            sock.setsockopt(socket.SOL_SOCKET, recvmmsg.SO_TIMESTAMPNS, 1)
            _ask_where(sock, place.host)
        sock.bind((place.host, place.port))
    except OSError:
        sock.close()
        raise
    return sock


def _ask_where(sock: socket.socket, host: str) -> None:
    """Of a socket that hears several addresses: to which of them each datagram came."""
    if host == "0.0.0.0":
        sock.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
    elif host == "::":
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)


def _came_to(told: Iterable[tuple[int, int, bytes]]) -> str:
    """By the kernel; "" where it does not say."""
    for level, kind, content in told:
        if (level, kind) == (socket.IPPROTO_IP, _PKTINFO):
            return socket.inet_ntop(socket.AF_INET, content[4:8])
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return socket.inet_ntop(socket.AF_INET6, content[:16])
    return ""


def arrival_us(told: Iterable[tuple[int, int, bytes]]) -> int:
    """Of what the kernel says beside a datagram: when it arrived; 0 where it does not say."""
    for level, kind, content in told:
        stamp = (level, kind) == (socket.SOL_SOCKET, recvmmsg.SO_TIMESTAMPNS)
        if stamp and len(content) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(content)
            return int(seconds * 1_000_000 + nanoseconds // 1000)
    return 0


def _own_address(remote: tuple[str, int]) -> str:
    """The address from which the system reaches `remote`: it becomes our Contact."""
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(remote[:2])
        return str(probe.getsockname()[0])
