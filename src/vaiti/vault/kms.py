"""The key service of Amazon's KMS, or of a server that speaks its protocol (JSON 1.1 over HTTPS).

Wrapping keys are made there and never leave it. Each sealing has one of its own under an alias, so
that after a rotation the one before can be destroyed. KMS destroys no key sooner than seven days
after it was asked (docs/keys.md says what follows from that).
"""

import base64
import http.client
import json
import secrets
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from vaiti.values.clock import Clock
from vaiti.vault.keysealing import KeyStoreError
from vaiti.vault.s3_signing import Credentials, signed

PATIENCE: Final = 10.0  # seconds
MOST_READ: Final = 1 << 20  # bytes of an answer
WINDOW: Final = 7
"""Days for which a key that is to be destroyed can be called back: the fewest that KMS takes."""

_TYPE: Final = "application/x-amz-json-1.1"
_DRAWN: Final = 8  # random bytes in an alias
_GONE: Final = frozenset({"KMSInvalidStateException", "NotFoundException"})
"""What is said of a key that is on its way out already."""


@dataclass(frozen=True, slots=True)
class KmsPlace:
    """`endpoint` as scheme://host:port; `label` begins the aliases of this register's keys.

    `authority` is a PEM file; empty: the system's authorities.
    """

    endpoint: str
    region: str
    credentials: Credentials = field(repr=False)
    label: str = "vaiti"
    authority: str = ""


class _Refused(Exception):
    """The server answered with an error of this name."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code or f"status {status}")
        self.code = code


class KmsService:
    """Speaks only when the key store is opened or its secret renewed."""

    kind = "kms"

    def __init__(self, place: KmsPlace, clock: Clock) -> None:
        self._place, self._clock = place, clock

    def seal(self, secret: bytes) -> bytes:
        made = self._ask("CreateKey", {"Description": f"vaiti {self._place.label}"})
        key = _text(made.get("KeyMetadata", {}), "KeyId")
        alias = f"{self._prefix}{secrets.token_hex(_DRAWN)}"
        self._ask("CreateAlias", {"AliasName": alias, "TargetKeyId": key})
        told = {"Plaintext": base64.b64encode(secret).decode(), "EncryptionContext": self._context}
        text = _text(self._ask("Encrypt", {"KeyId": key, **told}), "CiphertextBlob")
        return f"{key} {text}".encode()

    def unseal(self, sealed: bytes) -> bytes:
        try:
            key, text = sealed.decode().split(" ")
            base64.b64decode(text, validate=True)
        except ValueError as error:
            raise KeyStoreError("the key store is damaged; restore it from its backup") from error
        told = {"KeyId": key, "CiphertextBlob": text, "EncryptionContext": self._context}
        return base64.b64decode(_text(self._ask("Decrypt", told), "Plaintext"))

    def keep_only(self, sealed: bytes) -> None:
        """The key first and its alias after it: what a kill leaves is found by its alias again."""
        mine = sealed.decode().split(" ")[0]
        for alias, key in list(self._aliases()):
            if key != mine:
                self._ask(
                    "ScheduleKeyDeletion", {"KeyId": key, "PendingWindowInDays": WINDOW}, _GONE
                )
                self._ask("DeleteAlias", {"AliasName": alias}, _GONE)

    @property
    def _context(self) -> dict[str, str]:
        """What is sealed for one register opens for no other of the account."""
        return {"vaiti": "1/store-key/secret", "label": self._place.label}

    @property
    def _prefix(self) -> str:
        return f"alias/{self._place.label}-"

    def _aliases(self) -> Iterator[tuple[str, str]]:
        """Ours, of the account's, which may hold others'."""
        asked: dict[str, Any] = {"Limit": 100}
        while True:
            answer = self._ask("ListAliases", asked)
            for one in answer.get("Aliases", []):
                if str(one.get("AliasName")).startswith(self._prefix) and one.get("TargetKeyId"):
                    yield str(one["AliasName"]), str(one["TargetKeyId"])
            if not answer.get("Truncated"):
                return
            asked["Marker"] = _text(answer, "NextMarker")

    def _ask(
        self, operation: str, body: Mapping[str, Any], well: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """The answer; nothing where the server refuses with one of `well`."""
        try:
            return self._answer(operation, json.dumps(body).encode())
        except _Refused as error:
            if error.code in well:
                return {}
            raise KeyStoreError(
                f"KMS at {self._place.endpoint} refuses {operation}: {error}; see endpoint, "
                "region, label and credentials_file under [keys], the policy of their account, and "
                "this machine's clock"
            ) from error

    def _answer(self, operation: str, body: bytes) -> dict[str, Any]:
        status, text = self._exchange(operation, body)
        try:
            found = dict(json.loads(text) or {}) if text else {}
        except (ValueError, TypeError) as error:
            if status >= http.client.MULTIPLE_CHOICES:
                raise _Refused(status, "") from error
            raise KeyStoreError(f"what answers at {self._place.endpoint} is no KMS") from error
        if status >= http.client.MULTIPLE_CHOICES:
            raise _Refused(status, str(found.get("__type", "")).rpartition("#")[2])
        return found

    def _exchange(self, operation: str, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self._place.endpoint)
        headers = {
            "host": parts.netloc,
            "content-type": _TYPE,
            "x-amz-target": f"TrentService.{operation}",
        }
        place = self._place
        sent = signed(
            *("POST", "/", {}, headers, body),
            region=place.region,
            credentials=place.credentials,
            now=self._clock(),
            service="kms",
        )
        wire = self._wire()
        try:
            wire.request("POST", "/", body, sent)
            answer = wire.getresponse()
            return answer.status, answer.read(MOST_READ)
        except (OSError, http.client.HTTPException) as error:
            raise KeyStoreError(
                f"KMS at {place.endpoint} does not answer: {type(error).__name__}"
            ) from error
        finally:
            wire.close()

    def _wire(self) -> http.client.HTTPConnection:
        parts = urlsplit(self._place.endpoint)
        host = str(parts.hostname)
        if parts.scheme != "https":
            return http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)
        try:
            context = ssl.create_default_context(cafile=self._place.authority or None)
        except OSError as error:
            raise KeyStoreError("the file of authority under [keys] cannot be read") from error
        return http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE, context=context)


def _text(answer: Mapping[str, Any], name: str) -> str:
    if not isinstance(found := answer.get(name), str):
        raise KeyStoreError(f"what answers as KMS gives no {name}")
    return found
