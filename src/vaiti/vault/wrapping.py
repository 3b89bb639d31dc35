"""Data keys sealed to a public intake key by HPKE (RFC 9180, base mode), and manifests under them.

Suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. The call id is bound through `info`,
so that what was sealed for one call never opens as another's. Whoever holds only the public key
can seal and nothing else. Format: docs/vault-format.md.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vaiti.values.ids import CallId

KEY_SIZE = 32  # in bytes: data keys, X25519 public and private keys
WRAPPED_SIZE = 80  # in bytes: encapsulated key 32, data key 32, tag 16
NONCE = 12  # in bytes, drawn for each manifest: a call has few

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class WrappingError(ValueError):
    """What was given does not open: another key, another call, or changed bytes."""


def new_intake_key() -> tuple[bytes, bytes]:
    """A fresh X25519 pair: private and public key, 32 raw bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def seal_key(public: bytes, call_id: CallId, data_key: bytes) -> bytes:
    """The data key (32 bytes), sealed to the intake key `public`: 80 bytes."""
    if len(data_key) != KEY_SIZE:
        raise ValueError("a data key has 32 bytes")
    return _seal(public, _key_info(call_id), data_key)


class IntakeKey:
    """The private half at work on a batch: to read it takes as long as to open with it. Drop it
    after use."""

    def __init__(self, private: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(private)

    def open_key(self, call_id: CallId, wrapped: bytes) -> bytes:
        """The data key that `seal_key` wrapped for this call. Raises WrappingError."""
        data_key = _opened(self._private, _key_info(call_id), wrapped)
        if len(data_key) != KEY_SIZE:
            raise WrappingError("what was wrapped is not a data key")
        return data_key

    def open_manifest(self, call_id: CallId, sealed: bytes) -> bytes:
        """The text that `ManifestSealer` sealed for this call, or a recorder before there was one.
        Raises WrappingError."""
        try:
            aead = _under(call_id, self.open_key(call_id, sealed[:WRAPPED_SIZE]))
        except WrappingError:
            return _opened(self._private, _manifest_info(call_id), sealed)
        rest = sealed[WRAPPED_SIZE:]
        try:
            return aead.decrypt(rest[:NONCE], rest[NONCE:], None)
        except (InvalidTag, ValueError) as error:
            raise WrappingError("the manifest does not open under its call's key") from error


class ManifestSealer:
    """Seals a call's manifests one after the other. To seal to a public key takes as long as a
    third of a call's beginning, so that is done once, for the data key: each manifest has it in
    front, `wrapped` by `seal_key`, and is sealed under a key that follows from it."""

    __slots__ = ("_aead", "_wrapped")

    def __init__(self, call_id: CallId, data_key: bytes, wrapped: bytes) -> None:
        self._aead, self._wrapped = _under(call_id, data_key), wrapped

    def seal(self, text: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return b"".join((self._wrapped, nonce, self._aead.encrypt(nonce, text, None)))


def open_key(private: bytes, call_id: CallId, wrapped: bytes) -> bytes:
    """As `IntakeKey.open_key`, of one."""
    return IntakeKey(private).open_key(call_id, wrapped)


def seal_backup_key(public: bytes, backup_id: str, data_key: bytes) -> bytes:
    """The data key of a backup, sealed to the recovery key `public`."""
    return _seal(public, _backup_info(backup_id), data_key)


def open_backup_key(private: bytes, backup_id: str, wrapped: bytes) -> bytes:
    """What `seal_backup_key` wrapped for this backup. Raises WrappingError."""
    return _open(private, _backup_info(backup_id), wrapped)


def seal_manifest(public: bytes, call_id: CallId, text: bytes) -> bytes:
    """As `ManifestSealer`, of one."""
    key = os.urandom(KEY_SIZE)
    return ManifestSealer(call_id, key, seal_key(public, call_id, key)).seal(text)


def open_manifest(private: bytes, call_id: CallId, sealed: bytes) -> bytes:
    """As `IntakeKey.open_manifest`, of one."""
    return IntakeKey(private).open_manifest(call_id, sealed)


def seal_secret(public: bytes, set_id: str, secret: bytes) -> bytes:
    """A key store's secret, sealed to the escrow of that name."""
    return _seal(public, _escrow_info(set_id), secret)


def open_secret(private: bytes, set_id: str, sealed: bytes) -> bytes:
    """Raises WrappingError."""
    return _open(private, _escrow_info(set_id), sealed)


def _key_info(call_id: CallId) -> bytes:
    return b"vaiti/1/data-key/" + call_id.encode()


def _escrow_info(set_id: str) -> bytes:
    return b"vaiti/1/escrow/" + set_id.encode()


def _backup_info(backup_id: str) -> bytes:
    return b"vaiti/1/backup-key/" + backup_id.encode()


def _manifest_info(call_id: CallId) -> bytes:
    return b"vaiti/1/manifest/" + call_id.encode()


def _under(call_id: CallId, data_key: bytes) -> AESGCM:
    """The key of a call's manifests: HKDF-SHA256 over its data key, without salt."""
    return AESGCM(HKDF(SHA256(), KEY_SIZE, None, _manifest_info(call_id)).derive(data_key))


def _seal(public: bytes, info: bytes, plaintext: bytes) -> bytes:
    return _SUITE.encrypt(plaintext, _recipient(public), info=info)


@lru_cache(maxsize=16)  # the day's, for every call
def _recipient(public: bytes) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(public)


def _open(private: bytes, info: bytes, sealed: bytes) -> bytes:
    return _opened(X25519PrivateKey.from_private_bytes(private), info, sealed)


def _opened(private: X25519PrivateKey, info: bytes, sealed: bytes) -> bytes:
    try:
        return _SUITE.decrypt(sealed, private, info=info)
    except (InvalidTag, ValueError) as error:
        raise WrappingError("the sealed bytes do not open under this key and call") from error
