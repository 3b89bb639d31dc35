"""A witness as C2SP tlog-witness describes it, by arithmetic of its own."""

import base64
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from authority import Authority


class WitnessStand:
    """Knows one log by its origin and key. `seen`: size and root of what it cosigned last."""

    def __init__(self, name: str, origin: str, public: bytes, at: int) -> None:
        self.name, self._origin, self._public, self.at = name, origin, public, at
        self._private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        self.seen = (0, b"")
        self.asked: list[int] = []
        self.port = 0

    @property
    def key(self) -> str:
        raw = b"\x04" + self._private.public_key().public_bytes_raw()
        return f"{self.name}+{self._hash().hex()}+{base64.b64encode(raw).decode()}"

    def add_checkpoint(self, body: str) -> tuple[int, str]:
        old_line, *proof = body.split("\n\n", 1)[0].split("\n")
        text, signatures = body.split("\n\n", 1)[1].split("\n\n", 1)
        origin, size, root = text.split("\n")
        self.asked.append(int(old_line.removeprefix("old ")))
        if origin != self._origin:
            return 404, ""
        if not any(self._signed(text + "\n", line) for line in signatures.splitlines()):
            return 403, ""
        if self.asked[-1] > int(size):
            return 400, ""
        if self.asked[-1] != self.seen[0]:
            return 409, f"{self.seen[0]}\n"
        steps, new = [base64.b64decode(one) for one in proof], base64.b64decode(root)
        if not goes_on(self.seen[0], int(size), self.seen[1], new, steps):
            return 422, ""
        self.seen = (int(size), new)
        return 200, self.cosigned(text + "\n")

    def cosigned(self, text: str) -> str:
        signature = self._private.sign(f"cosignature/v1\ntime {self.at}\n{text}".encode())
        stamp = self._hash() + self.at.to_bytes(8, "big") + signature
        return f"\u2014 {self.name} {base64.b64encode(stamp).decode()}\n"

    def _hash(self) -> bytes:
        raw = self._private.public_key().public_bytes_raw()
        return hashlib.sha256(self.name.encode() + b"\n\x04" + raw).digest()[:4]

    def _signed(self, text: str, line: str) -> bool:
        raw = base64.b64decode(line.split(" ")[2])
        try:
            Ed25519PublicKey.from_public_bytes(self._public).verify(raw[4:], text.encode())
        except InvalidSignature:
            return False
        return True

    @contextmanager
    def open(self, folder: Path) -> Iterator[str]:
        """Its submission prefix."""
        certificate, key, _ = Authority(folder).issue("localhost")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"https://localhost:{server.server_address[1]}/w1"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand = self

        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                known = self.path == "/w1/add-checkpoint"
                status, said = stand.add_checkpoint(body) if known else (404, "")
                self.send_response(status)
                if status == 409:
                    self.send_header("Content-Type", "text/x.tlog.size")
                self.send_header("Content-Length", str(len(said.encode())))
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests look at the answers."""

        return Take


def goes_on(old: int, new: int, old_root: bytes, new_root: bytes, steps: list[bytes]) -> bool:
    """The consistency proof of RFC 6962, 2.1.2, unrolled from the top of the tree."""
    if old == 0:
        return not steps
    if old == new:
        return not steps and old_root == new_root
    left = list(steps)

    def walk(size: int, known: int, whole: bool) -> tuple[bytes, bytes]:
        """The roots of the old and the new tree over these leaves."""
        if known == size:
            return (old_root, old_root) if whole else (taken := left.pop(0), taken)
        half = 1 << (size - 1).bit_length() - 1
        if known <= half:
            before, after = walk(half, known, whole)
            return before, joined(after, left.pop(0))
        before, after = walk(size - half, known - half, False)
        beside = left.pop(0)
        return joined(beside, before), joined(beside, after)

    try:
        return walk(new, old, True) == (old_root, new_root) and not left
    except IndexError:
        return False


def joined(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
