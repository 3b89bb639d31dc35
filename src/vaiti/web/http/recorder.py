"""Asks the recorders over their local sockets: docs/control.md. A connection for each question.

Of several recorders all are asked at once: nobody knows which of them has a call.
"""

import json
import selectors
import socket
import struct
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from vaiti.access.live import Heard, LiveCall, NoLiveCall, RecorderAway
from vaiti.values.clock import from_micros
from vaiti.vault.framing import MAX_MESSAGE

TURN_S: Final = 0.1
TURNS: Final = 50
"""In which nobody says anything, until those who have not answered are away: five seconds for all
together. Counted, because no clock is read here."""
AT_ONCE: Final = 1 << 16  # bytes that are read of one recorder in a turn

_LENGTH: Final = struct.Struct(">I")
_NOWHERE: Final[Mapping[str, Path]] = MappingProxyType({})

Answer = Mapping[str, Any]


class RecorderRefused(Exception):
    """The recorder does not understand: its version is another one."""


class RecorderClient:
    """Every method raises RecorderAway, RecorderRefused or NoLiveCall. `places` are the recorders'
    sockets, by the names that alarms have for them."""

    def __init__(self, places: Mapping[str, Path] = _NOWHERE, turns: int = TURNS) -> None:
        self._places, self._turns = places, turns

    def state(self, devices: Collection[str], called: Collection[str]) -> Heard:
        return self._ask(op="state", devices=sorted(devices), called=sorted(called))

    def pause(self, call: str, devices: Collection[str], reason: str) -> None:
        self._ask(op="pause", call=call, devices=sorted(devices), reason=reason)

    def resume(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="resume", call=call, devices=sorted(devices))

    def drop(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="drop", call=call, devices=sorted(devices))

    def announced(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="announced", call=call, devices=sorted(devices))

    def _ask(self, **message: object) -> Heard:
        """What those who know of it answer. Where none does, one that is away may."""
        answers = answered(self._places, json.dumps(message).encode(), self._turns)
        away = tuple(name for name in self._places if name not in answers)
        known = [each for each in answers.values() if each.get("ok")]
        for each in answers.values():
            if not each.get("ok") and each.get("error") != "no_call":
                raise RecorderRefused(str(each.get("error")))
        if not answers or (away and not known):
            raise RecorderAway(away, partly=bool(answers))
        if not known:
            raise NoLiveCall("the call has ended")
        return Heard([_live(each) for answer in known for each in answer["calls"]], away)


def answered(places: Mapping[str, Path], message: bytes, turns: int) -> dict[str, Answer]:
    """What each says to the message, by its name; without those who are away, or too slow."""
    found: dict[str, Answer] = {}
    with selectors.DefaultSelector() as waiting:
        try:
            for name, path in places.items():
                _begin(waiting, name, path, message)
            silent = 0
            while waiting.get_map() and silent < turns:
                ready = waiting.select(TURN_S)
                silent += not ready
                for key, _ in ready:
                    found |= _heard(waiting, key.data)
        finally:
            for key in list(waiting.get_map().values()):
                key.data.connection.close()
    return found


class _Asked:
    """A recorder that has been asked, and what has come of its answer."""

    def __init__(self, name: str, path: Path, message: bytes) -> None:
        """Raises OSError, also where it takes neither connection nor message at once."""
        self.name, self.content = name, bytearray()
        self.connection = socket.socket(socket.AF_UNIX)
        try:
            self.connection.setblocking(False)
            self.connection.connect(str(path))
            told = _LENGTH.pack(len(message)) + message
            if self.connection.send(told) < len(told):
                raise BlockingIOError("the recorder reads nothing")
        except OSError:
            self.connection.close()
            raise

    def read(self) -> Answer | None:
        """The answer, when the whole of it is there. Raises OSError and ValueError."""
        data = self.connection.recv(AT_ONCE)
        if not data:
            raise ConnectionResetError("the recorder hung up")
        self.content += data
        if len(self.content) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self.content)
        if size > MAX_MESSAGE:
            raise ValueError("the answer is larger than a recorder's")
        if len(self.content) < _LENGTH.size + size:
            return None
        answer: Answer = json.loads(self.content[_LENGTH.size :])
        return answer


def _begin(waiting: selectors.BaseSelector, name: str, path: Path, message: bytes) -> None:
    try:
        asked = _Asked(name, path, message)
    except OSError:
        return  # away: it is not among those who have answered
    waiting.register(asked.connection, selectors.EVENT_READ, asked)


def _heard(waiting: selectors.BaseSelector, asked: _Asked) -> dict[str, Answer]:
    """The answer by the recorder's name; nothing while it is not whole, or where none will come."""
    answer = None
    try:
        answer = asked.read()
        if answer is None:
            return {}
    except (OSError, ValueError):
        pass  # away, as above
    waiting.unregister(asked.connection)
    asked.connection.close()
    return {asked.name: answer} if answer is not None else {}


def _live(told: Mapping[str, Any]) -> LiveCall:
    return LiveCall(
        call=told["call_id"],
        state=told["state"],
        since=from_micros(told["since_us"]),
        until=from_micros(told["until_us"]) if told["until_us"] else None,
        reason=told["reason"],
        line=told["line"],
        direction=told["direction"],
        customer=told["customer"],
        device=told["device"],
        said=tuple(told["said"]),
    )
