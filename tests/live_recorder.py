"""A recorder's session and its local socket, without sound: calls in progress for pages to show."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from capture_pure.scripted import LINE, Client, agent, customer, metadata, orders, sdp
from vaiti.capture.control import handle
from vaiti.capture.orders import Line
from vaiti.capture.recorder.control import Control
from vaiti.capture.session.session import Session

Found = TypeVar("Found")
GATED = "+35860094321"
"""A line that is recorded only from the announcement on."""


class LiveRecorder:
    """Serves `path` in a thread of its own from `start` to `stop`; its clock stands at `now`."""

    def __init__(self, path: Path, now: datetime, **peer: object) -> None:
        self._now = now.timestamp()
        lines = (Line(LINE, recorded=True), Line(GATED, recorded=True, announced=True))
        self._session = Session("rec-1", orders(lines, now=self._now, **peer), ["192.0.2.1"])
        self._control = Control(path, self._answer)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def start(self) -> None:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._control.open(), self._loop).result(60)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._control.close(), self._loop).result(60)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def call(
        self, device: str, name: str = "rs1", line: str = LINE, headers: tuple[str, ...] = ()
    ) -> Client:
        """A call that is being recorded, or that waits for the announcement if the line does."""
        client = Client(self._session, now=self._now, name=name)
        told = metadata([customer(), agent(device, line=line)])
        self._in_loop(lambda: client.establish(sdp("1", "2"), told, *headers))
        return client

    def say(self, client: Client, state: str) -> None:
        """The sender tells the recording state in an INFO."""
        self._in_loop(lambda: client.send("INFO", b"", "", f"X-Recording-State: {state}"))

    def hang_up(self, client: Client) -> None:
        self._in_loop(lambda: client.send("BYE"))

    def states(self, device: str) -> list[str]:
        return self._in_loop(lambda: [each.state for each in self._session.live([device])])

    def _in_loop(self, act: Callable[[], Found]) -> Found:
        async def run() -> Found:
            return act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(60)

    def _answer(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        answer = handle(message, self._session, self._now)
        self._session.take()
        return answer
