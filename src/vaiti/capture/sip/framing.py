"""Messages out of a TCP stream (RFC 3261 section 18.3, keep-alives of RFC 5626 section 3.5.1)."""

import re
from dataclasses import dataclass

from vaiti.capture.sip.headers import read_head
from vaiti.capture.sip.message import (
    END_OF_HEAD,
    MAX_MESSAGE_BYTES,
    SipError,
    content_length,
)

_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d{1,5})[ \t]*\r?$", re.I | re.M)


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """The peer asks whether the connection lives: send `reply` back on it."""

    reply: bytes = b"\r\n"


class Framer:
    """One connection's incoming bytes. Holds at most one message and one chunk.

    When `broken` has become True the stream has no boundaries any more: the last frame is what can
    be shown of the faulty message; answer it and close the connection. What follows is not read.
    """

    def __init__(self) -> None:
        self.broken = False
        self._buffer = bytearray()
        self._scanned = 0
        self._needed = 0
        self._newlines = 0
        self._empty = 0  # bytes of the empty lines before the message that has begun

    @property
    def held(self) -> int:
        """How many of the bytes that were fed last are of no frame yet."""
        return self._empty + len(self._buffer)

    @property
    def wanted(self) -> int:
        """From so many on, those that are held counted, there may be another frame."""
        return self._empty + max(self._needed, len(self._buffer) + 1)

    def feed(self, data: bytes) -> list[bytes | KeepAlive]:
        """The frames that are whole now. Cutting the stream elsewhere changes nothing in them."""
        if self.broken:
            return []
        self._buffer += data
        frames: list[bytes | KeepAlive] = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> bytes | KeepAlive | None:
        if self.broken:
            return None
        if not self._needed:
            if self._keep_alive():
                return KeepAlive()
            if not self._buffer:
                return None
            fault = self._find_end()
            if fault is not None:
                return fault
        if not self._needed or len(self._buffer) < self._needed:
            return None
        frame = bytes(self._buffer[: self._needed])
        del self._buffer[: self._needed]
        self._needed = self._scanned = self._newlines = self._empty = 0
        return frame

    def _keep_alive(self) -> bool:
        """Take the empty lines between messages away; two of them are a question."""
        while self._buffer.startswith((b"\r", b"\n")):
            if self._buffer == b"\r":
                return False
            paired = self._buffer.startswith(b"\r\n")
            self._newlines += self._buffer[0] == ord("\n") or paired
            del self._buffer[: 1 + paired]
            self._empty += 1 + paired
            if self._newlines == 2:
                self._newlines = self._empty = 0
                return True
        return False

    def _find_end(self) -> bytes | None:
        """Set how many bytes the message has, or give the fault that makes it unknowable."""
        end = END_OF_HEAD.search(self._buffer, max(0, self._scanned - 3), MAX_MESSAGE_BYTES)
        if end is None:
            self._scanned = len(self._buffer)
            return self._break(MAX_MESSAGE_BYTES) if self._scanned >= MAX_MESSAGE_BYTES else None
        head = bytes(self._buffer[: end.end()])
        try:
            length = _body_length(head)
        except SipError:
            return self._break(end.end())
        if end.end() + length > MAX_MESSAGE_BYTES:
            return self._break(end.end())
        self._needed = end.end() + length
        return None

    def _break(self, shown: int) -> bytes:
        self.broken = True
        frame = bytes(self._buffer[:shown])
        self._buffer.clear()
        self._empty = 0
        return frame


def _body_length(head: bytes) -> int:
    """The quick way when there is one plain header; else by the rules of `message.parse`."""
    found = _LENGTH.findall(head)
    if len(found) == 1:
        return int(found[0])
    return content_length(read_head(head.rstrip(b"\r\n"))[1], stream=True) or 0
