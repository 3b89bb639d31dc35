"""Seals one key under another by AES-256-GCM, bound to what it is and whose."""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12  # in bytes


class KeyStoreError(Exception):
    """The store cannot be opened or trusted; the text says what to change."""


def seal(key: AESGCM, plaintext: bytes, kind: str, name: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + key.encrypt(nonce, plaintext, _context(kind, name))


def unseal(key: AESGCM, sealed: bytes, kind: str, name: str) -> bytes:
    """Raises KeyStoreError."""
    try:
        return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], _context(kind, name))
    except (InvalidTag, ValueError) as error:
        raise KeyStoreError(
            f"a {kind} key in the key store is damaged; restore it from its backup"
        ) from error


def _context(kind: str, name: str) -> bytes:
    return f"vaiti/1/{kind}-key/{name}".encode()
