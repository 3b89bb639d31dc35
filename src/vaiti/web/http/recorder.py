"""Asks the recorder over its local socket: docs/control.md. A connection for each question.

Of several recorders each is asked: nobody knows which of them has a call.
"""

import json
import socket
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from vaiti.access.live import LiveCall, NoLiveCall
from vaiti.values.clock import from_micros
from vaiti.vault.framing import receive, send

ANSWER_SECONDS = 5.0


class RecorderAway(Exception):
    """The recorder does not answer; or, `partly`, one of several, and no other knows of a call."""

    def __init__(self, *, partly: bool = False) -> None:
        super().__init__()
        self.partly = partly


class RecorderRefused(Exception):
    """The recorder does not understand: its version is another one."""


class RecorderClient:
    """Every method raises RecorderAway, RecorderRefused or NoLiveCall."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths

    def state(self, devices: Collection[str], called: Collection[str]) -> list[LiveCall]:
        return self._ask(op="state", devices=sorted(devices), called=sorted(called))

    def pause(self, call: str, devices: Collection[str], reason: str) -> None:
        self._ask(op="pause", call=call, devices=sorted(devices), reason=reason)

    def resume(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="resume", call=call, devices=sorted(devices))

    def drop(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="drop", call=call, devices=sorted(devices))

    def announced(self, call: str, devices: Collection[str]) -> None:
        self._ask(op="announced", call=call, devices=sorted(devices))

    def _ask(self, **message: object) -> list[LiveCall]:
        """What those who know of it answer. A recorder that is away is named only where no other
        one has a call: it may be there."""
        answers = [self._answer(path, message) for path in self._paths]
        there = [each for each in answers if each is not None]
        known = [each for each in there if each.get("ok")]
        for each in there:
            if not each.get("ok") and each.get("error") != "no_call":
                raise RecorderRefused(str(each.get("error")))
        calls = [_live(each) for answer in known for each in answer["calls"]]
        if not calls and len(there) < max(1, len(answers)):
            raise RecorderAway(partly=bool(there))
        if not known:
            raise NoLiveCall("the call has ended")
        return calls

    def _answer(self, path: Path, message: Mapping[str, object]) -> Mapping[str, Any] | None:
        try:
            return self._exchange(path, json.dumps(message).encode())
        except RecorderAway:
            return None

    def _exchange(self, path: Path, message: bytes) -> Mapping[str, Any]:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.connect(str(path))
                send(connection, message)
                answer = receive(connection, ANSWER_SECONDS)
            content: Mapping[str, Any] = json.loads(answer or b"")
        except (OSError, ValueError) as error:
            raise RecorderAway from error
        return content


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
