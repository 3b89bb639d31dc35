"""The key service of a Vault or OpenBao server (its transit engine): wrapping keys never leave it.

Each sealing has a key of its own there, so that after a rotation the one before can be deleted, and
with it whatever copies of the key store were sealed by it.
"""

import base64
import http.client
import json
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

from vaiti.vault.keysealing import KeyStoreError

PATIENCE: Final = 10.0  # seconds
MOST_READ: Final = 1 << 20  # bytes of an answer
NOT_FOUND: Final = 404

_CONTEXT: Final = base64.b64encode(b"vaiti/1/store-key/secret").decode()
_DRAWN: Final = 8  # random bytes in a key's name


@dataclass(frozen=True, slots=True)
class TransitPlace:
    """`mount` is the engine's path, `label` begins the names of this register's keys in it.

    `authority` is a PEM file; empty: the system's authorities.
    """

    address: str
    token: str = field(repr=False)
    mount: str = "transit"
    label: str = "vaiti"
    authority: str = ""


class TransitService:
    """Speaks only when the key store is opened or its secret renewed."""

    kind = "transit"

    def __init__(self, place: TransitPlace) -> None:
        self._place = place

    def seal(self, secret: bytes) -> bytes:
        name = f"{self._place.label}-{secrets.token_hex(_DRAWN)}"
        self._ask("POST", f"keys/{name}", {"type": "aes256-gcm96", "exportable": False})
        told = {"plaintext": base64.b64encode(secret).decode(), "associated_data": _CONTEXT}
        text = self._told(self._ask("POST", f"encrypt/{name}", told), "ciphertext")
        return f"{name} {text}".encode()

    def unseal(self, sealed: bytes) -> bytes:
        try:
            name, text = sealed.decode().split(" ")
        except ValueError as error:
            raise KeyStoreError("the key store is damaged; restore it from its backup") from error
        if not name.startswith(f"{self._place.label}-"):
            raise KeyStoreError(
                f"the key store was sealed under another label than {self._place.label}; see "
                "label under [keys]"
            )
        told = {"ciphertext": text, "associated_data": _CONTEXT}
        answer = self._ask("POST", f"decrypt/{quote(name)}", told)
        return base64.b64decode(self._told(answer, "plaintext"))

    def keep_only(self, sealed: bytes) -> None:
        mine = sealed.split(b" ")[0].decode()
        for name in self._names():
            if name.startswith(f"{self._place.label}-") and name != mine:
                self._ask("POST", f"keys/{quote(name)}/config", {"deletion_allowed": True})
                self._ask("DELETE", f"keys/{quote(name)}")

    def _names(self) -> list[str]:
        """Of all keys of the engine, which may hold others'."""
        return [str(name) for name in self._ask("LIST", "keys", absent={"keys": []})["keys"]]

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        absent: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The answer's `data`; `absent` where the server says that there is nothing."""
        status, text = self._exchange(method, path, json.dumps(body).encode() if body else b"")
        if status == NOT_FOUND and absent is not None:
            return absent
        if status >= http.client.MULTIPLE_CHOICES:
            raise KeyStoreError(
                f"the transit engine at {self._place.address} refuses a {method} to {path} with "
                f"status {status}; see address, mount and label under [keys], and its policy"
            )
        try:
            return dict(json.loads(text)["data"] or {}) if text else {}
        except (ValueError, KeyError, TypeError) as error:
            raise KeyStoreError(
                f"what answers at {self._place.address} is no transit engine"
            ) from error

    def _told(self, answer: Mapping[str, Any], name: str) -> str:
        if not isinstance(found := answer.get(name), str):
            raise KeyStoreError(f"what answers at {self._place.address} is no transit engine")
        return found

    def _exchange(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self._place.address)
        host, headers = str(parts.hostname), {"X-Vault-Token": self._place.token}
        wire = http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
        try:
            if parts.scheme == "https":
                context = ssl.create_default_context(cafile=self._place.authority or None)
                wire = http.client.HTTPSConnection(
                    host, parts.port, timeout=PATIENCE, context=context
                )
            target = f"{parts.path.rstrip('/')}/v1/{self._place.mount}/{path}"
            wire.request(method, target, body, headers)
            answer = wire.getresponse()
            return answer.status, answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            raise KeyStoreError(
                f"the transit engine at {self._place.address} does not answer: "
                f"{type(error).__name__}"
            ) from error
        finally:
            wire.close()
