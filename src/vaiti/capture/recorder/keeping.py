"""Our end of the keeper's socket: what is to outlive this process is given there."""

import os
import socket
import struct
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from vaiti.capture.recorder.keeper import MAX_GIVEN, receive, send
from vaiti.capture.recorder.tcp import name_of, numbers_of

PATIENCE_S = 2  # seconds that a keeper may take over a message before it counts as gone
_PATIENCE = struct.pack("ll", PATIENCE_S, 0)


class Keeping:
    """`alive` from a successful `connect` to the first message that does not get through."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None

    @property
    def alive(self) -> bool:
        return self._socket is not None

    def connect(self) -> bool:
        """Whether there is a keeper."""
        try:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        except OSError:  # no descriptor is left; it is looked for again
            return False
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            made.setsockopt(socket.SOL_SOCKET, option, _PATIENCE)
        try:
            made.connect(str(self._path))
        except OSError:
            made.close()
            return False
        self._socket = made
        return True

    def given(self) -> dict[str, int]:
        """What is held, by name; the descriptors are ours. Nothing where the keeper is gone."""
        found: dict[str, int] = {}
        self._say({"do": "give"})
        while self._socket is not None:
            try:
                told = receive(self._socket)
            except OSError:
                told = None
            if told is None:
                self._lost()
                break
            message, descriptors = told
            found |= dict(zip(message["names"], descriptors, strict=True))
            if "count" in message:
                return found
        for descriptor in found.values():
            os.close(descriptor)
        return {}

    def keep(self, descriptors: Mapping[str, int]) -> None:
        names = list(descriptors)
        for first in range(0, len(names), MAX_GIVEN):
            some = names[first : first + MAX_GIVEN]
            self._say({"do": "keep", "names": some}, [descriptors[name] for name in some])

    def drop(self, names: Iterable[str]) -> None:
        found = list(names)
        for first in range(0, len(found), MAX_GIVEN):
            self._say({"do": "drop", "names": found[first : first + MAX_GIVEN]})

    def forget(self) -> None:
        """Everything is let go."""
        self._say({"do": "forget"})

    def look(self) -> bool:
        """Whether it still lives: it never speaks unasked, so that what can be read is its end."""
        if self._socket is None:
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            pass
        self._lost()
        return False

    def close(self) -> None:
        """What is held stays there."""
        self._lost()

    def _say(self, message: Mapping[str, Any], descriptors: list[int] | None = None) -> None:
        if self._socket is None:
            return
        try:
            send(self._socket, message, descriptors or [])
        except OSError:
            self._lost()

    def _lost(self) -> None:
        made, self._socket = self._socket, None
        if made is not None:
            with suppress(OSError):
                made.close()


def end_connections(keeping: Keeping, held: dict[str, int]) -> None:
    """Another one went on, and lived for seconds: it may have died of what would be heard again."""
    names = [name_of(number) for number in numbers_of(held)]
    for name in names:
        os.close(held.pop(name))
    keeping.drop(names)
