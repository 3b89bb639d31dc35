"""SIPp, a peer that we did not write, places calls at the endpoint over real sockets."""

import secrets
import selectors
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sip.peer import SDP
from vaiti.capture.sip.endpoint import Endpoint
from vaiti.capture.sip.flow import Address, Flow, Send
from vaiti.capture.sip.framing import Framer, KeepAlive
from vaiti.capture.sip.incoming import DialogId, Kind
from vaiti.ops.quiet_ports import free_port

SIPP = shutil.which("sipp")

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.skipif(SIPP is None, reason="needs SIPp: install the Debian package sip-tester"),
]


class Server:
    """The endpoint behind one UDP socket and one TCP listener on loopback; answers every invite."""

    def __init__(self) -> None:
        self.endpoint = Endpoint(lambda: secrets.token_hex(8))
        self.kinds: list[Kind] = []
        self.dialogs: dict[Kind, set[DialogId]] = {}
        self._selector = selectors.DefaultSelector()
        self._listener, self._udp = both_transports()
        self.port: int = self._udp.getsockname()[1]
        self._connections: dict[int, socket.socket] = {}
        self._selector.register(self._udp, selectors.EVENT_READ, self._datagram)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def serve(self, sipp: subprocess.Popen[bytes], seconds: float) -> None:
        """Until SIPp has ended."""
        until = time.monotonic() + seconds
        while sipp.poll() is None:
            assert time.monotonic() < until, "SIPp did not end"
            for key, _ in self._selector.select(0.02):
                key.data()
            self.endpoint.handle_timer(time.time())
            self._flush()

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            sock = key.fileobj
            self._selector.unregister(sock)
            assert isinstance(sock, socket.socket)
            sock.close()
        self._selector.close()

    def _local(self) -> Address:
        return Address("127.0.0.1", self.port)

    def _datagram(self) -> None:
        data, (host, port) = self._udp.recvfrom(65_535)
        self.endpoint.receive(data, Flow("udp", self._local(), Address(host, port)), time.time())
        self._flush()

    def _accept(self) -> None:
        connection, (host, port) = self._listener.accept()
        number = len(self._connections) + 1
        self._connections[number] = connection
        flow = Flow("tcp", self._local(), Address(host, port), number)
        framer = Framer()

        def read() -> None:
            data = connection.recv(65_535)
            if not data:
                self._selector.unregister(connection)
                connection.close()
                self.endpoint.connection_lost(number, time.time())
            for frame in framer.feed(data):
                if isinstance(frame, KeepAlive):
                    connection.sendall(frame.reply)
                else:
                    self.endpoint.receive(frame, flow, time.time())
            assert not framer.broken
            self._flush()

        self._selector.register(connection, selectors.EVENT_READ, read)

    def _flush(self) -> None:
        while items := self.endpoint.take():
            for item in items:
                if isinstance(item, Send):
                    self._send(item)
                    continue
                self.kinds.append(item.kind)
                self.dialogs.setdefault(item.kind, set()).add(item.dialog)
                if item.kind in {"invite", "reinvite", "update"}:
                    self.endpoint.answer(
                        item.handle, 200, body=SDP, content_type="application/sdp", now=time.time()
                    )

    def _send(self, send: Send) -> None:
        if send.flow.transport == "udp":
            self._udp.sendto(send.data, (send.flow.remote.host, send.flow.remote.port))
        elif self._connections[send.flow.connection].fileno() >= 0:
            self._connections[send.flow.connection].sendall(send.data)


def both_transports() -> tuple[socket.socket, socket.socket]:
    """On one port: what is free for TCP may be taken for UDP, and the other way round."""
    for _ in range(50):
        listener = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(listener.getsockname())
        except OSError:
            listener.close()
            udp.close()
        else:
            return listener, udp
    raise AssertionError("no port is free for UDP and TCP")


@contextmanager
def server() -> Iterator[Server]:
    running = Server()
    try:
        yield running
    finally:
        running.close()


def own_port() -> int:
    return free_port(0, (socket.SOCK_STREAM, socket.SOCK_DGRAM))


def place(running: Server, folder: Path, calls: int, *options: str) -> int:
    """Let SIPp's own client scenario place calls; its exit status is 0 when all went right."""
    assert SIPP is not None
    command = [SIPP, f"127.0.0.1:{running.port}", "-sn", "uac", "-i", "127.0.0.1",
               "-p", str(own_port()), "-m", str(calls), "-r", "50", "-d", "100", "-nostdin",
               *options]  # fmt: skip
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as sipp:
        try:
            running.serve(sipp, 60)
        finally:
            if sipp.poll() is None:
                sipp.kill()
    return sipp.returncode


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_sipp_places_a_hundred_calls(tmp_path: Path, transport: str) -> None:
    with server() as running:
        assert place(running, tmp_path, 100, "-t", transport) == 0
    assert running.kinds.count("invite") == 100
    assert running.kinds.count("ack") == 100
    assert running.kinds.count("bye") == 100
    assert not running.endpoint.dropped
    assert not running.endpoint.refused


def test_sipp_over_a_lossy_wire_has_each_call_once(tmp_path: Path) -> None:
    """SIPp takes a repeated 2xx to its INVITE for the answer to its BYE: when it loses both ACK and
    BYE it leaves without either, and the call is one that nobody acknowledged.
    """
    with server() as running:
        assert place(running, tmp_path, 40, "-t", "u1", "-lost", "10") == 0
    assert running.kinds.count("invite") == len(running.dialogs["invite"]) == 40
    assert running.kinds.count("bye") == len(running.dialogs["bye"])
    assert running.kinds.count("ack") == len(running.dialogs["ack"])
    left = running.dialogs["invite"] - running.dialogs["bye"]
    assert not left & running.dialogs["ack"]
