"""SIP over TLS: a connection before its handshake, and after it. It ends with its recorder."""

import asyncio
from dataclasses import replace
from typing import Protocol, cast

from vaiti.capture.recorder.tcp import IDLE_S, MAX_UNSENT
from vaiti.capture.recorder.tls import proven_names
from vaiti.capture.recorder.turns import looked_before, unread_us
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.framing import Framer, KeepAlive

MOST = 128 << 10  # bytes: where so many are read at once, more may wait


class Around(Protocol):
    """Who has the connections. `shake_hands` begins TLS, `secured` tells whether one is kept."""

    linger_s: float

    def shake_hands(self, transport: asyncio.Transport, flow: Flow) -> None: ...

    def secured(self, connection: "Secured", flow: Flow) -> bool: ...

    def heard(self, data: bytes, flow: Flow, arrived_us: int = 0, doubt_us: int = 0) -> object: ...

    def rest(self) -> None: ...

    def ended(self, number: int) -> None: ...


class Door(asyncio.Protocol):
    """A connection before its handshake: not a byte is read before the address is known."""

    def __init__(self, around: Around) -> None:
        self._around = around

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        opened = cast(asyncio.Transport, transport)
        opened.pause_reading()
        self._around.shake_hands(opened, _flow_of(opened, 0))


class Secured(asyncio.Protocol):
    """One connection that a peer opened."""

    def __init__(self, number: int, around: Around) -> None:
        self._number, self._around = number, around
        self._framer = Framer()
        self._early = b""  # what came with the end of the handshake: one reading of the socket
        self._made = False
        self._read = False  # whether all that there was has been read
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        flow = _flow_of(self._transport, self._number)
        self._flow = replace(flow, proven=proven_names(certificate))
        self._made = self._around.secured(self, self._flow)
        if not self._made:
            self._transport.abort()
            return
        self._wait()
        if self._early:
            self.data_received(self._early)

    def data_received(self, data: bytes) -> None:
        if not self._made:
            self._early += data
            return
        self._wait()
        doubt_us = unread_us(looked_before() if self._read else float("-inf"))
        self._read = len(data) < MOST
        try:
            self._feed(data, doubt_us)
        finally:
            self._around.rest()
        if self._framer.broken and self._around.linger_s:
            loop = asyncio.get_running_loop()
            loop.call_later(self._around.linger_s, self._transport.close)
        elif self._framer.broken:
            self._transport.close()

    def _feed(self, data: bytes, doubt_us: int) -> None:
        frames = self._framer.feed(data)
        for left, each in zip(range(len(frames), 0, -1), frames, strict=True):
            if isinstance(each, KeepAlive):
                self.send(each.reply)
            else:
                newest = left == 1 and not self._framer.held
                self._around.heard(each, self._flow, 0, 0 if newest else doubt_us)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle is not None:
            self._idle.cancel()
        self._around.ended(self._number)

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


def _flow_of(transport: asyncio.Transport, number: int) -> Flow:
    local, remote = transport.get_extra_info("sockname"), transport.get_extra_info("peername")
    return Flow("tls", Address(*local[:2]), Address(*remote[:2]), number)
