"""Small things about a call, sealed under its own data key, so that they die with that key.

AES-256-GCM under a key derived from the data key (HKDF-SHA256, `info` `vaiti/1/aside/<call id>`);
nonce (12 bytes), then ciphertext. What it is and what it belongs to are its associated data. Only
playback, which is given data keys, can use it.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vaiti.values.ids import CallId

NONCE = 12  # in bytes


class NotOurs(Exception):
    """The bytes were not sealed under this key for this call and name."""


class Aside:
    """Seals and opens under `key`, the data key of `call_id`."""

    def __init__(self, key: bytes, call_id: CallId) -> None:
        info = b"vaiti/1/aside/" + call_id.encode()
        self._aead = AESGCM(HKDF(SHA256(), 32, salt=None, info=info).derive(key))

    def seal(self, name: str, plaintext: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._aead.encrypt(nonce, plaintext, name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """What `seal` sealed under this name. Raises NotOurs."""
        try:
            return self._aead.decrypt(sealed[:NONCE], sealed[NONCE:], name.encode())
        except (InvalidTag, ValueError) as error:
            raise NotOurs("the sealed bytes do not open under this key and name") from error
