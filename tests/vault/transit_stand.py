"""A transit engine that speaks the protocol which Vault and OpenBao document, on a socket."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.vault.transit import TransitPlace

Answer = tuple[int, dict[str, Any] | None]


class TransitStand:
    """`keys`: the AES keys by name, and whether each may be deleted."""

    def __init__(self, token: str) -> None:
        self.token, self.port = token, 0
        self.keys: dict[str, bytes] = {}
        self.deletable: set[str] = set()

    def place(self, label: str) -> TransitPlace:
        return TransitPlace(f"http://127.0.0.1:{self.port}", self.token, label=label)

    def answer(self, method: str, path: str, token: str, body: dict[str, Any]) -> Answer:
        if token != self.token:
            return 403, None
        match [method, *path.strip("/").split("/")]:
            case ["POST", "v1", "transit", "keys", name]:
                self.keys.setdefault(name, os.urandom(32))
                return 204, None
            case ["POST", "v1", "transit", "keys", name, "config"] if name in self.keys:
                if body.get("deletion_allowed") is True:
                    self.deletable.add(name)
                return 200, {}
            case ["DELETE", "v1", "transit", "keys", name] if name in self.deletable:
                del self.keys[name]
                return 204, None
            case ["LIST", "v1", "transit", "keys"] if self.keys:
                return 200, {"keys": sorted(self.keys)}
            case ["POST", "v1", "transit", ("encrypt" | "decrypt") as verb, name]:
                return self._sealed(verb, name, body) if name in self.keys else (400, None)
        return 404, None

    def _sealed(self, verb: str, name: str, body: dict[str, Any]) -> Answer:
        key, bound = AESGCM(self.keys[name]), base64.b64decode(body["associated_data"])
        if verb == "encrypt":
            nonce = os.urandom(12)
            text = nonce + key.encrypt(nonce, base64.b64decode(body["plaintext"]), bound)
            return 200, {"ciphertext": f"vault:v1:{base64.b64encode(text).decode()}"}
        try:
            raw = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"), validate=True)
            text = key.decrypt(raw[:12], raw[12:], bound)
        except (InvalidTag, ValueError):
            return 400, None
        return 200, {"plaintext": base64.b64encode(text).decode()}

    @contextmanager
    def open(self) -> Iterator["TransitStand"]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand = self

        class Take(BaseHTTPRequestHandler):
            def take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                token = self.headers.get("X-Vault-Token", "")
                told = json.loads(body) if body else {}
                status, data = stand.answer(self.command, self.path, token, told)
                text = b"" if data is None else json.dumps({"data": data}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_DELETE = do_LIST = take

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: tests look at the keys."""

        return Take
