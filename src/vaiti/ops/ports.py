"""Whether the ports that a process is to listen at are free, asked before it is started."""

import errno
import socket
from collections.abc import Iterable

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def obstacle(host: str, port: int, transports: Iterable[str], where: str) -> str:
    """What keeps a process from listening there, and what to change; nothing where it is free.

    `where` names the section and the file in which the port is written.
    """
    for transport in transports:
        error = _try(host, port, KINDS[transport])
        if error is None:
            continue
        if error.errno == errno.EADDRINUSE:
            return (
                f"Port {port} ({transport.upper()}) of {host} is taken by another program. "
                f"Stop that one, or write another port under {where}."
            )
        return (
            f"Nothing can listen at port {port} ({transport.upper()}) of {host}: "
            f"{error.strerror}. Change host or port under {where}."
        )
    return ""


def _try(host: str, port: int, kind: socket.SocketKind) -> OSError | None:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:  # else what an ended program left would count as taken
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None
