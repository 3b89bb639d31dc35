"""The keeper: a process that holds the recorder's sockets and memory, and does nothing else.

It reads no packet and writes no file. While it lives, what it holds outlives a recorder that was
killed: packets wait in the kernel's buffers, and the next recorder asks for all of it. Protocol:
docs/keeper.md.
"""

import array
import json
import mmap
import os
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.vault.hardening import keep_out_of_dumps, lock_memory, raise_lock_limit

PATIENCE_S = 60.0
"""Without a recorder for so long, what is held is let go: its calls count as cut off then."""
MAX_MESSAGE = 64 << 10  # bytes
MAX_GIVEN = 128  # descriptors in one message; the kernel allows 253

_CREDENTIALS = struct.Struct("iII")
_INT = array.array("i").itemsize


def main(path: Path, patience_s: float = PATIENCE_S) -> None:
    """Serves the socket `path` until it is told to stop. Blocks."""
    raise_descriptor_limit()
    keep_out_of_dumps()
    give_way()
    held = Held()
    with listening(path) as listener:
        while True:
            listener.settimeout(patience_s if held else None)
            try:
                recorder, _ = listener.accept()
            except TimeoutError:
                held.forget()
                continue
            with recorder:
                serve(recorder, held)


def give_way() -> None:
    """Whoever gives something is not put off by our taking it: it is safe in the socket, too."""
    if sys.platform == "linux":
        with suppress(OSError):  # where it may not, givers are put off a little
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def listening(path: Path) -> socket.socket:
    """Binds before it listens, so that nobody connects before the mode is set."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(1)
    return listener


def serve(recorder: socket.socket, held: "Held") -> None:
    """Until the recorder at the other end is gone."""
    credentials = recorder.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    if _CREDENTIALS.unpack(credentials)[1] != os.geteuid():
        return
    try:
        while (told := receive(recorder)) is not None:
            message, descriptors = told
            for answer, given in held.take(message, descriptors):
                send(recorder, answer, given)
    except OSError:
        pass  # it was killed: what it gave us is whole, for each message came whole or not at all


class Held:
    """What is held, by name."""

    def __init__(self) -> None:
        self._descriptors: dict[str, int] = {}
        self._locked: dict[str, mmap.mmap] = {}

    def __len__(self) -> int:
        return len(self._descriptors)

    def take(
        self, message: Mapping[str, Any], descriptors: list[int]
    ) -> Iterable[tuple[Mapping[str, Any], list[int]]]:
        """Does what a message says; answers to send with descriptors."""
        match message["do"]:
            case "keep":
                for name, descriptor in zip(message["names"], descriptors, strict=True):
                    self._keep(name, descriptor)
            case "drop":
                for name in message["names"]:
                    self._drop(name)
            case "forget":
                self.forget()
            case "give":
                return list(self._given())
        return []

    def forget(self) -> None:
        for name in list(self._descriptors):
            self._drop(name)

    def _keep(self, name: str, descriptor: int) -> None:
        """Memory is locked as long as it is held: nobody else may have it mapped."""
        self._drop(name)
        self._descriptors[name] = descriptor
        if name == "memory":
            mapped = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
            raise_lock_limit(len(mapped))
            lock_memory(mapped)
            self._locked[name] = mapped

    def _drop(self, name: str) -> None:
        descriptor = self._descriptors.pop(name, None)
        if descriptor is not None:
            os.close(descriptor)
        self._locked.pop(name, None)

    def _given(self) -> Iterable[tuple[Mapping[str, Any], list[int]]]:
        names = list(self._descriptors)
        for first in range(0, len(names), MAX_GIVEN):
            some = names[first : first + MAX_GIVEN]
            yield {"names": some}, [self._descriptors[name] for name in some]
        yield {"names": [], "count": len(names)}, []


def send(to: socket.socket, message: Mapping[str, Any], descriptors: list[int]) -> None:
    """Raises OSError."""
    data = json.dumps(message).encode()
    rights = array.array("i", descriptors)
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
    to.sendmsg([data], beside)


def receive(of: socket.socket) -> tuple[Mapping[str, Any], list[int]] | None:
    """One message and the descriptors that came with it; None at the end. Raises OSError."""
    room = socket.CMSG_SPACE(MAX_GIVEN * _INT)
    data, beside, flags, _ = of.recvmsg(MAX_MESSAGE, room, socket.MSG_CMSG_CLOEXEC)
    rights = array.array("i")
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            rights.frombytes(content[: len(content) - len(content) % _INT])
    if not data:
        return None
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        raise OSError("a message was cut: there are no descriptors left")
    return json.loads(data), rights.tolist()
