"""The phone's socket for SIP: datagrams or one connection, messages in and out."""

import asyncio
import re
import socket
import ssl
from typing import Protocol, cast

from vaiti.ops.phone.messages import MOST_BYTES
from vaiti.ops.phone.plan import Identity, PhoneError

MOST_WAITING = 64
"""Messages that wait to be read; more are dropped, as a network would."""
FAREWELL_S = 5.0


class Wire(Protocol):
    """`reliable` says that nothing need be sent twice, `lost` that the other side has hung up."""

    reliable: bool
    inbox: asyncio.Queue[bytes]
    lost: asyncio.Event

    def send(self, data: bytes) -> None: ...

    def local(self) -> tuple[str, int]: ...

    def close(self) -> None: ...

    async def closed(self) -> None:
        """After `close`, once nothing is left of it."""


class Datagrams(asyncio.DatagramProtocol):
    reliable = False

    def __init__(self) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self.lost = asyncio.Event()
        self.gone = asyncio.Event()
        self.transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.inbox.full():
            self.inbox.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there yet; the retransmission says so in its time."""

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()

    def send(self, data: bytes) -> None:
        self.transport.sendto(data)

    def local(self) -> tuple[str, int]:
        host, port = self.transport.get_extra_info("sockname")[:2]
        return host, port

    def close(self) -> None:
        self.transport.close()

    async def closed(self) -> None:
        await self.gone.wait()


class Connection:
    reliable = True

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue(MOST_WAITING)
        self.lost = asyncio.Event()
        self.writer = writer
        self.reading = asyncio.create_task(self.read(reader))

    async def read(self, reader: asyncio.StreamReader) -> None:
        """Cuts the connection's bytes into messages by their Content-Length."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?im)^(?:content-length|l)\s*:\s*(\d+)", head)
                body = await reader.readexactly(int(length.group(1)) if length else 0)
                if head.strip():
                    await self.inbox.put(head.lstrip(b"\r\n") + body)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
            self.lost.set()

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    def local(self) -> tuple[str, int]:
        host, port = self.writer.get_extra_info("sockname")[:2]
        return host, port

    def close(self) -> None:
        self.reading.cancel()
        self.writer.close()

    async def closed(self) -> None:
        """TLS has a farewell, and a recorder that is stuck does not say it."""
        try:
            await asyncio.wait_for(self.writer.wait_closed(), FAREWELL_S)
        except (OSError, TimeoutError):
            self.writer.transport.abort()


async def open_wire(
    transport: str, host: str, port: int, identity: Identity | None = None, source: str = ""
) -> Wire:
    """A wire to the recorder, from this address of ours if one is given.

    Raises PhoneError when nobody is there, or no TLS comes about.
    """
    local = (source, 0) if source else None
    try:
        if transport != "udp":
            secured = secured_by(identity) if transport == "tls" else None
            streams = await asyncio.open_connection(
                host, port, ssl=secured, limit=MOST_BYTES, local_addr=local
            )
            return Connection(*streams)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        loop = asyncio.get_running_loop()
        _, wire = await loop.create_datagram_endpoint(
            Datagrams, local_addr=local, remote_addr=(host, port), family=family
        )
        return wire
    except OSError as error:
        raise PhoneError(f"nobody answers at {host}:{port} over {transport}") from error


def secured_by(identity: Identity | None) -> ssl.SSLContext:
    """The recorder is known by its authority, not by a name: it is reached by its address."""
    if identity is None:
        raise PhoneError("a call over TLS needs a certificate, its key and the authority's")
    try:
        context = ssl.create_default_context(cafile=identity.authority)
        context.check_hostname = False
        context.load_cert_chain(identity.certificate, identity.key)
    except OSError as error:
        raise PhoneError("the certificate, its key or the authority's cannot be read") from error
    return context
