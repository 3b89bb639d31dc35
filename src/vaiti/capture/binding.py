"""Sockets for RTP: bound to a free port of the range, and what did not fit into them."""

import errno
import resource
import secrets
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass

from vaiti.capture import recvmmsg

_SO_MEMINFO = 55  # Linux: nine counters of 32 bits; the last counts what did not fit
_IN_USE = (errno.EADDRINUSE, errno.EACCES)


class NoPort(OSError):
    """No port of the range is free, or there are no descriptors left."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where RTP may be received: even ports from `first` to `last`, or any if `first` is 0."""

    first: int = 0
    last: int = 0


def raise_descriptor_limit() -> None:
    """A socket for every stream needs more than the usual soft limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def bound(
    host: str, ports: Ports, receive_buffer: int, prepare: Callable[[socket.socket], None]
) -> socket.socket:
    """A socket for one stream. Raises NoPort."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise NoPort(error.errno, "no descriptor is left for an RTP socket") from error
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        prepare(sock)
        _bind_in(sock, host, ports)
    except BaseException:
        sock.close()
        raise
    return sock


def _bind_in(sock: socket.socket, host: str, ports: Ports) -> None:
    """Takes a random free port, so that the next one cannot be foretold. Raises NoPort."""
    if not ports.first:
        sock.bind((host, 0))
        return
    even = range(ports.first + ports.first % 2, ports.last + 1, 2)
    start = secrets.randbelow(max(1, len(even)))
    for step in range(len(even)):
        try:
            sock.bind((host, even[(start + step) % len(even)]))
        except OSError as error:
            if error.errno not in _IN_USE:
                raise
        else:
            return
    raise NoPort(errno.EADDRINUSE, "no port of the RTP range is free")


def bound_beside(host: str, port: int) -> socket.socket | None:
    """A socket for reports, if there is room for one: no call is lost for the want of it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError:
        return None
    try:
        sock.setblocking(False)
        sock.bind((host, port + 1))
    except (OSError, OverflowError):
        sock.close()
        return None
    return sock


def overflowed(sock: socket.socket) -> int:
    """Packets that the kernel dropped because the socket's buffer was full; 0 where not told."""
    if not recvmmsg.available():
        return 0
    counters = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, 36)
    return int(struct.unpack("=9I", counters)[8]) if len(counters) == 36 else 0
