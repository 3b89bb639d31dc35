"""Receivers outside the house: a web server over TLS that fails as told, and a log collector."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from authority import Authority
from vaiti.ops.quiet_ports import free_port

LETTERS = tuple[dict[str, str], bytes]


@dataclass
class Receiver:
    """Answers each letter with the next of `answers`, and with 204 when there is none left."""

    folder: Path
    answers: list[int] = field(default_factory=list)
    letters: list[LETTERS] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}/hook?of=vaiti"

    @property
    def authority(self) -> str:
        return str(self.folder / "authority.crt")

    @contextmanager
    def open(self) -> Iterator["Receiver"]:
        certificate, key, _ = Authority(self.folder).issue("localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.port = self.port or free_port(0, (socket.SOCK_STREAM,))  # it may come again
        server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told = {name.lower(): value for name, value in self.headers.items()}
                receiver.letters.append(({**told, "path": self.path}, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 204)
                self.send_header("Location", "https://localhost/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests look at the letters."""

        return Take


class CollectorStand:
    """A TCP listener that keeps what it is sent, a connection at a time."""

    def __init__(self, port: int = 0, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self.port = port or free_port(0, (socket.SOCK_STREAM,))  # another may stand in its place
        self._server = socket.create_server(("127.0.0.1", self.port))
        self.received = b""
        self._wire: socket.socket | None = None
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                wire, _ = self._server.accept()
                if self._context is not None:
                    wire = self._context.wrap_socket(wire, server_side=True)
            except OSError:
                return
            self._wire = wire
            self._read(wire)

    def _read(self, wire: socket.socket) -> None:
        try:
            while chunk := wire.recv(65536):
                with self._more:
                    self.received += chunk
                    self._more.notify_all()
        except OSError:
            return
        finally:
            wire.close()

    def wait_until(self, enough: Callable[[bytes], bool]) -> bytes:
        """What it was sent, once that is enough. One look decides: were it asked for more than a
        second look saw, it could wait for what does not come."""
        with self._more:
            assert self._more.wait_for(lambda: enough(self.received), 60)
            return self.received

    def hang_up(self) -> None:
        """The thread that reads it closes it: were it closed here, that thread could come to read
        what is opened next under its number, and wait there for ever."""
        if self._wire is not None:
            with suppress(OSError):
                self._wire.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        self._thread.join(30)
        self._server.close()
