"""SIP over UDP, TCP and TLS: bytes and flows in and out of the session, no meaning."""

import asyncio
import socket
import ssl
from collections.abc import Iterable

from vaiti.capture.recorder.config import Listen
from vaiti.capture.recorder.datagrams import Datagrams, bound
from vaiti.capture.recorder.ears import TOGETHER, Ears
from vaiti.capture.recorder.secured import Door, Secured
from vaiti.capture.recorder.tcp import (
    Entrance,
    Holder,
    Receipt,
    Stream,
    listening,
    name_of,
    numbers_of,
)
from vaiti.capture.recorder.tls import HANDSHAKE_S, Tls
from vaiti.capture.sip.flow import Flow, Send

MAX_CONNECTIONS = 256  # connections at the same time, handshakes too


class Transports:
    """All SIP sockets of the recorder."""

    def __init__(
        self,
        ears: Ears,
        tls: Tls | None = None,
        linger_s: float = 0.0,
        holder: Holder | None = None,
    ) -> None:
        """`linger_s`: how long what cannot be read any more is kept open for an answer to it."""
        self._ears = ears
        self._tls = tls
        self.linger_s = linger_s
        self._holder = holder
        self._datagram: dict[int, list[Datagrams]] = {}
        self._entrances: list[Entrance] = []
        self._servers: list[asyncio.Server] = []
        self._handshakes: set[asyncio.Task[None]] = set()
        self._connections: dict[int, Secured | Stream] = {}
        self._left: dict[int, socket.socket] = {}
        self.last_connection = self._unanswered = 0
        self.held: dict[str, int] = {}
        """The descriptors of what is listened at, and of connections that another recorder could
        go on with, by name."""

    def go_on(self, known: set[int], held: Iterable[str]) -> set[int]:
        """Of the connections that are `known`, those that another recorder has left to us."""
        left = numbers_of(held)
        self.last_connection = max(known | left, default=0)
        return known & left

    async def listen(self, places: Iterable[Listen], held: dict[str, int] | None = None) -> None:
        """Binds them all, or takes those that are held already, by name, out of `held`; so too the
        connections that were left. Nothing is heard before `begin`. Raises OSError, having closed
        again what was bound."""
        held = {} if held is None else held
        try:
            for place in places:
                name = f"sip:{place.transport}:{place.host}:{place.port}"
                taken = _taken(held.pop(name, None))
                if place.transport == "udp":
                    self.held[name] = self._udp(taken or bound(place))
                elif place.transport == "tcp":
                    self.held[name] = self._tcp(taken or listening(place.host, place.port))
                else:
                    self.held[name] = await self._secured(place, taken)
        except OSError:
            self.close()
            raise
        for number in sorted(numbers_of(held)):
            self._left[number] = socket.socket(fileno=held.pop(name_of(number)))

    def begin(self) -> None:
        """From now on is heard what comes, and what has come meanwhile."""
        for some in self._datagram.values():
            for endpoint in some:
                endpoint.begin()
        for entrance in self._entrances:
            entrance.begin()
        while self._left:
            number, sock = self._left.popitem()
            if not self._take_on(sock, number):
                self.keep(name_of(number), None)
                self._ears.lost(number)

    @property
    def connections(self) -> list[int]:
        """The numbers of those that there are, and of those that are gone on with at `begin`."""
        return sorted(self._connections.keys() | self._left.keys())

    @property
    def addresses(self) -> list[Listen]:
        """Where is listened in fact: the ports are those that the system gave for 0."""
        found = [Listen("udp", *each.address) for some in self._datagram.values() for each in some]
        found += [Listen("tcp", *each.sock.getsockname()[:2]) for each in self._entrances]
        for server in self._servers:
            found += [Listen("tls", *sock.getsockname()[:2]) for sock in server.sockets]
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

    def close(self, *, leaving: bool = False) -> None:
        """`leaving`: what another recorder can go on with stays open for it."""
        for server in self._servers:
            server.close()
        while self._entrances:
            self._entrances.pop().close()
        for handshake in self._handshakes:
            handshake.cancel()
        for connection in list(self._connections.values()):
            if leaving and isinstance(connection, Stream):
                connection.leave()
            else:
                connection.close()
        for some in self._datagram.values():
            for endpoint in some:
                endpoint.close()

    def _udp(self, sock: socket.socket) -> int:
        endpoint = Datagrams(self._ears, sock)
        self._datagram.setdefault(endpoint.address[1], []).append(endpoint)
        return sock.fileno()

    def _tcp(self, sock: socket.socket) -> int:
        self._entrances.append(Entrance(sock, self._came))
        return sock.fileno()

    async def _secured(self, place: Listen, taken: socket.socket | None) -> int:
        loop = asyncio.get_running_loop()
        if taken is not None:
            server = await loop.create_server(self._at_the_door, sock=taken)
        else:
            server = await loop.create_server(self._at_the_door, place.host, place.port)
        self._servers.append(server)
        return int(server.sockets[0].fileno())

    def _came(self, sock: socket.socket) -> None:
        self.last_connection += 1
        self._take_on(sock, self.last_connection)

    def _take_on(self, sock: socket.socket, number: int) -> bool:
        """A connection over TCP, a new one or one that was left to us: whether it is kept."""
        try:
            stream = Stream(sock, number, self)
        except OSError:  # its peer has gone
            sock.close()
            return False
        if len(self._connections) >= MAX_CONNECTIONS or not self._ears.admits(stream.flow):
            stream.close()
            return False
        self._connections[number] = stream
        stream.begin()
        return True

    def _at_the_door(self) -> Door:
        return Door(self)

    def shake_hands(self, transport: asyncio.Transport, flow: Flow) -> None:
        """Begins TLS with whoever has the address of a peer; anybody else is let go unanswered."""
        busy = len(self._connections) + len(self._handshakes) >= MAX_CONNECTIONS
        if busy or self._tls is None or not self._ears.expects(flow):
            transport.abort()
            return
        task = asyncio.create_task(self._secure(transport, self._tls.context()))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _secure(self, transport: asyncio.Transport, context: ssl.SSLContext) -> None:
        self.last_connection += 1
        connection = Secured(self.last_connection, self)
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

    # What connections tell

    def secured(self, connection: Secured, flow: Flow) -> bool:
        if len(self._connections) >= MAX_CONNECTIONS or not self._ears.admits(flow):
            return False
        self._connections[flow.connection] = connection
        return True

    def heard(
        self, data: bytes, flow: Flow, arrived_us: int = 0, doubt_us: int = 0
    ) -> Receipt | None:
        """Of a connection: they rest after every few, and after each reading (`rest`)."""
        receipt = self._ears.heard(data, flow, arrived_us, doubt_us)
        self._unanswered += 1
        if self._unanswered == TOGETHER:
            self.rest()
        return receipt

    def rest(self) -> None:
        if self._unanswered:
            self._unanswered = 0
            self._ears.rest()

    def keep(self, name: str, descriptor: int | None) -> None:
        if descriptor is not None:
            self.held[name] = descriptor
            if self._holder is not None:
                self._holder.hold(name, descriptor)
            return
        self.held.pop(name, None)
        if self._holder is not None:
            self._holder.let_go(name)

    def ended(self, number: int) -> None:
        if self._connections.pop(number, None) is not None:
            self._ears.lost(number)


def _taken(descriptor: int | None) -> socket.socket | None:
    return None if descriptor is None else socket.socket(fileno=descriptor)
