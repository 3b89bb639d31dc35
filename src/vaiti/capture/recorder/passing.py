"""Messages between the front and the recorders behind it: docs/sip.md, *Several recorders*.

Four bytes of length (big-endian) of all that follows, two of the head's, the head as a JSON object,
and a SIP message's bytes where there is one.
"""

import json
import os
import socket
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vaiti.capture.sharing import KEY
from vaiti.capture.sip.flow import Address, Flow

MAX_FRAME = 80 << 10  # bytes: a whole SIP message, and what a certificate proves
MAX_BEHIND = 4 << 20  # bytes that may wait for the other side to read them

KEYS = 4096  # of calls and ties in one frame

_LENGTHS = struct.Struct(">IH")
_HEAD = 2  # bytes that tell the head's length
_CREDENTIALS = struct.Struct("iII")

Head = Mapping[str, Any]


def encode(head: Head, data: bytes = b"") -> bytes:
    told = json.dumps(head, separators=(",", ":")).encode()
    return _LENGTHS.pack(_HEAD + len(told) + len(data), len(told)) + told + data


def told_to_have(keys: Iterable[bytes]) -> Iterator[bytes]:
    """The frames in which a recorder says what it has."""
    found = list(keys)
    for first in range(0, len(found), KEYS):
        yield encode({"do": "has"}, b"".join(found[first : first + KEYS]))


def keys_of(data: bytes) -> Iterator[bytes]:
    return (data[at : at + KEY] for at in range(0, len(data), KEY))


def _nothing() -> None:
    return


@dataclass(slots=True, eq=False)
class Passed:
    """A message on its way to a recorder, as a frame. `settle` is told once it was heard there or
    nobody waits for that any more. What goes `again`, to the next recorder, goes no further."""

    frame: bytes
    begins: bool = False
    settle: Callable[[], None] = _nothing
    again: bool = False


class Frames:
    """One direction's bytes. Holds one frame and one chunk."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[Head, bytes]]:
        """The frames that are whole now. Raises ValueError for what is none."""
        self._buffer += data
        found = []
        while len(self._buffer) >= _LENGTHS.size:
            length, head = _LENGTHS.unpack_from(self._buffer)
            end = _LENGTHS.size - _HEAD + length
            if length > MAX_FRAME or head > length - _HEAD:
                raise ValueError("a frame is longer than may be")
            if len(self._buffer) < end:
                break
            body = _LENGTHS.size + head
            told = json.loads(self._buffer[_LENGTHS.size : body])
            found.append((told, bytes(self._buffer[body:end])))
            del self._buffer[:end]
        return found


def flow_told(flow: Flow) -> list[Any]:
    local, remote = flow.local, flow.remote
    ends = [local.host, local.port, remote.host, remote.port]
    return [flow.transport, *ends, flow.connection, *flow.proven]


def flow_of(told: list[Any]) -> Flow:
    transport, host, port, far_host, far_port, connection, *proven = told
    local, remote = Address(host, port), Address(far_host, far_port)
    return Flow(transport, local, remote, connection, tuple(proven))


def is_stranger(other_end: socket.socket) -> bool:
    """Whether the process there is another user's (SO_PEERCRED, unix(7))."""
    raw = other_end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(raw)[1]) != os.geteuid()
