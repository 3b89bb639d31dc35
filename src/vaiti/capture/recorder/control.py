"""The recorder's local socket: one message after the other, answered from the session.

For processes of the same user on this machine. Messages are framed as on the keys' socket: four
bytes of length, then JSON.
"""

import asyncio
import json
import os
import socket
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

MAX_CONNECTIONS = 64
MAX_MESSAGE = 16 << 10  # bytes
IDLE_S = 60.0  # seconds between messages

_LENGTH = struct.Struct(">I")
_CREDENTIALS = struct.Struct("iII")

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Control:
    """Serves `path` from `open` to `close`. `answer` decides; it is called in the event loop."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self._path = path
        self._answer = answer
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Binds before it listens, so that nobody connects before the mode is set."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._server = await asyncio.start_unix_server(self._welcome, sock=listener)

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for talk in list(self._talks):
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._talks) >= MAX_CONNECTIONS or _stranger(writer):
            writer.transport.abort()
            return
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                message = await asyncio.wait_for(_read(reader), IDLE_S)
                answer = json.dumps(self._say(message)).encode()
                writer.write(_LENGTH.pack(len(answer)) + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, TimeoutError, OSError):
            pass  # the other side hung up, or was too slow; it asks again on a new connection
        finally:
            writer.transport.abort()

    def _say(self, message: bytes) -> Mapping[str, Any]:
        try:
            content = json.loads(message)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            return {"ok": False, "error": "malformed", "message": "a message is a JSON object"}
        return self._answer(content)


async def _read(reader: asyncio.StreamReader) -> bytes:
    (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if size > MAX_MESSAGE:
        raise OSError("the message is larger than this socket takes")
    return await reader.readexactly(size)


def _stranger(writer: asyncio.StreamWriter) -> bool:
    """Whether the process at the other end is another user's (SO_PEERCRED, unix(7))."""
    raw = writer.get_extra_info("socket").getsockopt(
        socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
    )
    return int(_CREDENTIALS.unpack(raw)[1]) != os.geteuid()
