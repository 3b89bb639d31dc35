"""The connection of one recorder to the front: what was passed on, and what it heard of that."""

import asyncio
from collections import deque
from typing import Protocol, cast

from vaiti.capture.recorder.passing import MAX_BEHIND, Frames, Head, Passed, is_stranger


class Hearing(Protocol):
    """Who is told what recorders say."""

    def said(self, behind: "Behind", head: Head, data: bytes) -> None: ...

    def left(self, behind: "Behind") -> None: ...


class Behind(asyncio.Protocol):
    """The connection of one recorder; `number` is 0 until it has said which, and it `spoke` once
    it said how it is. `unheard`: what was passed on and it has not said that it heard; what goes
    again goes this once, for no recorder after the next one is to die of it too."""

    def __init__(self, front: Hearing) -> None:
        self._front = front
        self._frames = Frames()
        self.number = self._heard = 0
        self.spoke = False
        self.unheard: deque[Passed] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if is_stranger(transport.get_extra_info("socket")):
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        for head, body in self._frames.feed(data):
            self._front.said(self, head, body)

    def connection_lost(self, exc: Exception | None) -> None:
        self._front.left(self)

    def has_heard(self, count: int) -> None:
        """Of all that was passed on since it came."""
        while self._heard < count and self.unheard:
            self.unheard.popleft().settle()
            self._heard += 1

    def pass_on(self, passed: Passed) -> bool:
        """False where it is lost."""
        written = self.write(passed.frame)
        if written:
            self.unheard.append(passed)
        else:
            passed.settle()
        return written

    def write(self, frame: bytes) -> bool:
        """False where the recorder does not read, and too much waits for it already."""
        if self._transport.is_closing() or self._transport.get_write_buffer_size() > MAX_BEHIND:
            return False
        self._transport.write(frame)
        return True

    def close(self) -> None:
        self._transport.close()
