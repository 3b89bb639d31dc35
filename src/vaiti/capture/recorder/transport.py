"""SIP over UDP, TCP and TLS: bytes and flows in and out of the session, no meaning."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Protocol, cast

from vaiti.capture import recvmmsg
from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.tls import HANDSHAKE_S, Tls, proven_names
from vaiti.capture.sip.flow import Address, Flow, Send
from vaiti.capture.sip.framing import Framer, KeepAlive

MAX_CONNECTIONS = 256  # connections at the same time, handshakes too
MAX_UNSENT = 1 << 20  # in bytes, for one connection; a peer that does not read is let go
IDLE_S = 7200.0  # seconds without a byte after which a connection is closed: longer than calls

MAX_DATAGRAM = 65_535
DATAGRAMS = 16  # heard at a time; meanwhile no speech is
SIP_BUFFER = 4 << 20  # bytes wanted of the kernel for SIP over UDP; it gives what it allows
ANCILLARY = socket.CMSG_SPACE(16)

_TIMESPEC = struct.Struct("=qq")
_ANY = ("0.0.0.0", "::")


class Ears(Protocol):
    """Who hears what arrives, and when by the kernel (0 if it does not say). `admits` tells whether
    a connection from there is kept at all, `expects` whether a handshake with whoever it is may
    begin."""

    def expects(self, flow: Flow) -> bool: ...

    def admits(self, flow: Flow) -> bool: ...

    def heard(self, data: bytes, flow: Flow, arrived_us: int) -> None: ...

    def lost(self, connection: int) -> None: ...


class Transports:
    """All SIP sockets of the recorder."""

    def __init__(self, ears: Ears, tls: Tls | None = None, linger_s: float = 0.0) -> None:
        """`linger_s`: how long what cannot be read any more is kept open for an answer to it."""
        self._ears = ears
        self._tls = tls
        self._linger_s = linger_s
        self._datagram: dict[int, list[_Datagrams]] = {}
        self._servers: list[tuple[str, asyncio.Server]] = []
        self._handshakes: set[asyncio.Task[None]] = set()
        self._connections: dict[int, _Connection] = {}
        self.last_connection = 0
        self.held: dict[str, int] = {}
        """The descriptors of what is listened at, by name."""

    async def listen(self, places: Iterable[Listen], held: dict[str, int] | None = None) -> None:
        """Binds them all, or takes those that are held already, by name, out of `held`. Raises
        OSError, having closed again what was bound."""
        held = {} if held is None else held
        try:
            for place in places:
                name = f"sip:{place.transport}:{place.host}:{place.port}"
                taken = _taken(held.pop(name, None))
                if place.transport == "udp":
                    self.held[name] = self._udp(taken or _bound(place))
                else:
                    self.held[name] = await self._stream(place, taken)
        except OSError:
            self.close()
            raise

    @property
    def addresses(self) -> list[Listen]:
        """Where is listened in fact: the ports are those that the system gave for 0."""
        found = [Listen("udp", *each.address) for some in self._datagram.values() for each in some]
        for transport, server in self._servers:
            found += [Listen(transport, *sock.getsockname()[:2]) for sock in server.sockets]
        return found

    def send(self, send: Send) -> None:
        flow = send.flow
        if flow.transport != "udp":
            connection = self._connections.get(flow.connection)
            if connection is not None:
                connection.send(send.data)
            return
        for endpoint in self._datagram.get(flow.local.port, ()):
            if endpoint.reaches(flow):
                endpoint.send(send.data, flow.remote)
                return

    def close(self) -> None:
        for _, server in self._servers:
            server.close()
        for handshake in self._handshakes:
            handshake.cancel()
        for connection in list(self._connections.values()):
            connection.close()
        for some in self._datagram.values():
            for endpoint in some:
                endpoint.close()

    def _udp(self, sock: socket.socket) -> int:
        endpoint = _Datagrams(self._ears, sock)
        self._datagram.setdefault(endpoint.address[1], []).append(endpoint)
        return sock.fileno()

    async def _stream(self, place: Listen, taken: socket.socket | None) -> int:
        made = self._connect if place.transport == "tcp" else self._at_the_door
        loop = asyncio.get_running_loop()
        if taken is not None:
            server = await loop.create_server(made, sock=taken)
        else:
            server = await loop.create_server(made, place.host, place.port)
        self._servers.append((place.transport, server))
        return int(server.sockets[0].fileno())

    def _connect(self) -> "_Connection":
        self.last_connection += 1
        connections = self._connections
        return _Connection(self.last_connection, self._ears, connections, self._linger_s)

    def _at_the_door(self) -> "_Door":
        return _Door(self)

    def shake_hands(self, transport: asyncio.Transport) -> None:
        """Begins TLS with whoever has the address of a peer; anybody else is let go unanswered."""
        busy = len(self._connections) + len(self._handshakes) >= MAX_CONNECTIONS
        if busy or self._tls is None or not self._ears.expects(_flow_of("tls", transport, 0)):
            transport.abort()
            return
        task = asyncio.create_task(self._secure(transport, self._tls.context()))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _secure(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        connection = self._connect()
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport,
                connection,
                context,
                server_side=True,
                ssl_handshake_timeout=HANDSHAKE_S,
            )
        except OSError:  # no certificate, a wrong one, or no TLS at all: nothing to tell it
            transport.abort()
            return
        if secured is None:
            return
        connection.connection_made(secured)


class _Datagrams:
    """One UDP socket. Each datagram comes with the instant at which the kernel had it: on a busy
    machine it waits here, and so does the speech that came before and after it."""

    def __init__(self, ears: Ears, sock: socket.socket) -> None:
        self._ears = ears
        self._sock = sock
        host, port = sock.getsockname()[:2]
        self.address = (str(host), int(port))
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock, self._readable)

    def _readable(self) -> None:
        """Several at a time: between two parts of a sweep there is one turn for them all."""
        for _ in range(DATAGRAMS):
            try:
                data, told, _, sender = self._sock.recvmsg(MAX_DATAGRAM, ANCILLARY)
            except OSError:  # nothing waits any more, or an answer could not be delivered
                return
            self._heard(data, told, sender)
            if self._sock.fileno() < 0:  # closed by what was heard
                return

    def _heard(self, data: bytes, told: Iterable[tuple[int, int, bytes]], sender: Any) -> None:  # noqa: ANN401
        host, port = self.address
        local = Address(_own_address(sender) if host in _ANY else host, port)
        flow = Flow("udp", local, Address(sender[0], sender[1]))
        self._ears.heard(data, flow, arrival_us(told))

    def reaches(self, flow: Flow) -> bool:
        host = self.address[0]
        if host in _ANY:
            return (":" in host) == (":" in flow.remote.host)
        return host == flow.local.host

    def send(self, data: bytes, remote: Address) -> None:
        with contextlib.suppress(OSError):  # whoever gets no answer says it again (RFC 3261)
            self._sock.sendto(data, (remote.host, remote.port))

    def close(self) -> None:
        self._loop.remove_reader(self._sock)
        self._sock.close()


def _bound(place: Listen) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIP_BUFFER)
        if recvmmsg.available():
            sock.setsockopt(socket.SOL_SOCKET, recvmmsg.SO_TIMESTAMPNS, 1)
        sock.bind((place.host, place.port))
    except OSError:
        sock.close()
        raise
    return sock


def arrival_us(told: Iterable[tuple[int, int, bytes]]) -> int:
    """Of what the kernel says beside a datagram: when it arrived; 0 where it does not say."""
    for level, kind, content in told:
        stamp = (level, kind) == (socket.SOL_SOCKET, recvmmsg.SO_TIMESTAMPNS)
        if stamp and len(content) == _TIMESPEC.size:
            seconds, nanoseconds = _TIMESPEC.unpack(content)
            return int(seconds * 1_000_000 + nanoseconds // 1000)
    return 0


class _Door(asyncio.Protocol):
    """A connection before its TLS handshake: not a byte is read before the address is known."""

    def __init__(self, transports: Transports) -> None:
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast(asyncio.Transport, transport)
        opened.pause_reading()
        self._transports.shake_hands(opened)


class _Connection(asyncio.Protocol):
    """One connection that a peer opened, over TCP or TLS."""

    def __init__(
        self, number: int, ears: Ears, connections: "dict[int, _Connection]", linger_s: float
    ) -> None:
        self._number = number
        self._ears = ears
        self._connections = connections
        self._linger_s = linger_s
        self._framer = Framer()
        self._early = b""  # what came with the end of the handshake: one reading of the socket
        self._made = False
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        secured = transport.get_extra_info("ssl_object")
        self._flow = _flow_of("tls" if secured else "tcp", transport, self._number)
        if secured:
            names = proven_names(secured.getpeercert(binary_form=True))
            self._flow = replace(self._flow, proven=names)
        if len(self._connections) >= MAX_CONNECTIONS or not self._ears.admits(self._flow):
            self._transport.abort()
            return
        self._connections[self._number] = self
        self._made = True
        self._wait()
        if self._early:
            self.data_received(self._early)

    def data_received(self, data: bytes) -> None:
        if not self._made:
            self._early += data
            return
        self._wait()
        for each in self._framer.feed(data):
            if isinstance(each, KeepAlive):
                self.send(each.reply)
            else:
                self._ears.heard(each, self._flow, 0)
        if self._framer.broken and self._linger_s:
            asyncio.get_running_loop().call_later(self._linger_s, self._transport.close)
        elif self._framer.broken:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._connections.pop(self._number, None) is not None:
            self._ears.lost(self._number)

    def send(self, data: bytes) -> None:
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self._transport.abort()

    def close(self) -> None:
        self._transport.close()

    def _wait(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._idle = asyncio.get_running_loop().call_later(IDLE_S, self._transport.abort)


def _taken(descriptor: int | None) -> socket.socket | None:
    return None if descriptor is None else socket.socket(fileno=descriptor)


def _flow_of(kind: str, transport: asyncio.BaseTransport, number: int) -> Flow:
    local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return Flow(kind, Address(*local[:2]), Address(*remote[:2]), number)


def _own_address(remote: tuple[str, int]) -> str:
    """The address from which the system reaches `remote`: it becomes our Contact."""
    family = socket.AF_INET6 if ":" in remote[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(remote[:2])
        return str(probe.getsockname()[0])
