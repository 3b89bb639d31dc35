"""Messages on a local stream socket: a 4-byte big-endian length, then the content."""

import os
import socket
import struct
from pathlib import Path
from typing import BinaryIO, Final

MAX_MESSAGE: Final = 2 << 20  # in bytes, either way
MAX_CONNECTIONS: Final = 128
MESSAGE_SECONDS: Final = 10.0  # longest pause inside a message, once it has begun

_LENGTH: Final = struct.Struct(">I")
_FILE: Final = b"f"  # what goes with a file: a descriptor alone is no message


def receive(connection: socket.socket, patience: float) -> bytes | None:
    """One message, waiting `patience` seconds for it to begin; None when the peer has hung up.

    Raises OSError for a peer that is slow, breaks off or sends more than `MAX_MESSAGE`.
    """
    connection.settimeout(patience)
    first = connection.recv(1)
    if not first:
        return None
    connection.settimeout(MESSAGE_SECONDS)
    (size,) = _LENGTH.unpack(first + _exactly(connection, _LENGTH.size - 1))
    if size > MAX_MESSAGE:
        raise OSError("the message is larger than this socket takes")
    return _exactly(connection, size)


def send(connection: socket.socket, message: bytes) -> None:
    connection.settimeout(MESSAGE_SECONDS)
    connection.sendall(_LENGTH.pack(len(message)) + message)


def send_file(connection: socket.socket, descriptor: int) -> None:
    """Hands an open file over (SCM_RIGHTS): the other side reads what this user may."""
    connection.settimeout(MESSAGE_SECONDS)
    socket.send_fds(connection, [_FILE], [descriptor])


def receive_file(connection: socket.socket) -> BinaryIO:
    """The file that `send_file` hands over. Raises OSError where none comes."""
    connection.settimeout(MESSAGE_SECONDS)
    _, descriptors, _, _ = socket.recv_fds(connection, len(_FILE), 1)
    if not descriptors:
        raise OSError("the other side handed no file over")
    return os.fdopen(descriptors[0], "rb")


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = bytearray(size)
    view = memoryview(content)
    while view:
        count = connection.recv_into(view)
        if not count:
            raise ConnectionResetError("the other side hung up in the middle of a message")
        view = view[count:]
    return bytes(content)


def listen(path: Path, group: int | None) -> socket.socket:
    """Binds before it listens, so that nobody can connect before the mode is set.

    What stands at the path is left over: the key store is held by this process alone.
    """
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    if group is None:
        path.chmod(0o600)
    else:
        os.chown(path, -1, group)
        path.chmod(0o660)
    listener.listen(MAX_CONNECTIONS)
    return listener


def peer_uid(connection: socket.socket) -> int:
    """The user id of the process at the other end (SO_PEERCRED, unix(7))."""
    credentials = struct.Struct("iII")
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, credentials.size)
    _, uid, _ = credentials.unpack(raw)
    return int(uid)
