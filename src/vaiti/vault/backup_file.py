"""A backup as one object of a store: a signed header, then sealed segments. Format: docs/backup.md.

Whoever makes backups holds public keys only, and can open none. The recovery key is kept elsewhere.
"""

import base64
import binascii
import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.values.ids import ObjectId
from vaiti.vault.store import NoObject, Store
from vaiti.vault.wrapping import KEY_SIZE, WrappingError, open_backup_key, seal_backup_key

MAGIC: Final = b"VAITIBK1"
MOST_HEADER: Final = 4096  # in bytes
PIECE: Final = 1 << 16  # plaintext bytes of a segment; the last one may be shorter
REGISTER, KEYS, TOMBSTONES = "register", "keys", "tombstones"

_TAG = 16
_LENGTH = struct.Struct(">I")
_SIGNED = b"vaiti/1/backup\n"


class BackupDamaged(Exception):
    """The bytes are no backup of ours, are changed or cut off, or are for another key."""


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in the clear. `key` names the recovery key, `wrapped` is the data key under it.

    Times in microseconds since the epoch, UTC; after `expires_us` the backup is destroyed.
    """

    kind: str
    id: str
    made_us: int
    expires_us: int
    key: str
    wrapped: str = ""
    signature: str = ""


def key_name(public: bytes) -> str:
    """The name of a recovery key: the beginning of its public half's SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def sealed(header: Header, public: bytes, seed: bytes, source: Iterable[bytes]) -> Iterator[bytes]:
    """The backup's bytes. `public` is the recovery key's (X25519), `seed` signs (Ed25519)."""
    data_key = os.urandom(KEY_SIZE)
    wrapped = base64.b64encode(seal_backup_key(public, header.id, data_key)).decode()
    filled = replace(header, key=key_name(public), wrapped=wrapped, signature="")
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(_SIGNED + _text(filled))
    text = _text(replace(filled, signature=base64.b64encode(signature).decode()))
    yield MAGIC + _LENGTH.pack(len(text)) + text
    aead, bound = AESGCM(data_key), hashlib.sha256(text).digest()
    index, piece = 0, b""
    for following in _pieces(source):
        if piece:
            yield aead.encrypt(_nonce(index, last=False), piece, bound)
            index += 1
        piece = following
    yield aead.encrypt(_nonce(index, last=True), piece, bound)


def read_header(beginning: bytes) -> Header:
    """The header of a backup, of which at least MOST_HEADER bytes are given. Raises BackupDamaged.

    Its signature is not checked: it says what to look at, and `opened` decides.
    """
    return _header(beginning)[0]


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that lies in a store; `header` is None for what is none of ours."""

    object_id: ObjectId
    header: Header | None


def catalogue(store: Store) -> Iterator[Kept]:
    """What lies in a place of backups, as it says of itself. Raises StoreError."""
    for object_id in store.names():
        try:
            yield Kept(object_id, read_header(store.get(object_id, 0, MOST_HEADER)))
        except NoObject:
            continue  # destroyed meanwhile
        except BackupDamaged:
            yield Kept(object_id, None)


def opened(private: bytes, signer: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The content, signed by `signer` (Ed25519, public). Raises BackupDamaged, also at the end."""
    stream = _Stream(chunks)
    beginning = stream.take(len(MAGIC) + _LENGTH.size)
    if beginning[: len(MAGIC)] != MAGIC or len(beginning) < len(MAGIC) + _LENGTH.size:
        raise BackupDamaged("this is no backup of Vaiti")
    (length,) = _LENGTH.unpack(beginning[len(MAGIC) :])
    text = stream.take(min(length, MOST_HEADER))
    header, _ = _header(beginning + text)
    _require_signature(header, signer)
    aead, bound = AESGCM(_data_key(private, header)), hashlib.sha256(text).digest()
    index = 0
    while True:
        segment = stream.take(PIECE + _TAG)
        last = stream.at_end()
        try:
            yield aead.decrypt(_nonce(index, last=last), segment, bound)
        except (InvalidTag, ValueError) as error:
            raise BackupDamaged(f"segment {index} of the backup is not what was sealed") from error
        if last:
            return
        index += 1


class _Stream:
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._held, self._ended = iter(chunks), bytearray(), False

    def take(self, size: int) -> bytes:
        """`size` bytes, fewer at the end."""
        self._fill(size)
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def at_end(self) -> bool:
        self._fill(1)
        return not self._held

    def _fill(self, size: int) -> None:
        while len(self._held) < size and not self._ended:
            chunk = next(self._chunks, None)
            self._ended = chunk is None
            self._held += chunk or b""


def _pieces(source: Iterable[bytes]) -> Iterator[bytes]:
    stream = _Stream(source)
    while piece := stream.take(PIECE):
        yield piece


def _header(beginning: bytes) -> tuple[Header, bytes]:
    if beginning[: len(MAGIC)] != MAGIC or len(beginning) < len(MAGIC) + _LENGTH.size:
        raise BackupDamaged("this is no backup of Vaiti")
    begins = len(MAGIC) + _LENGTH.size
    (length,) = _LENGTH.unpack(beginning[len(MAGIC) : begins])
    text = beginning[begins : begins + length]
    try:
        if length > MOST_HEADER or len(text) != length:
            raise ValueError("cut off")
        return Header(**json.loads(text)), text
    except (ValueError, TypeError) as error:
        raise BackupDamaged("the header of the backup cannot be read") from error


def _require_signature(header: Header, signer: bytes) -> None:
    try:
        signature = base64.b64decode(header.signature, validate=True)
        signed = _SIGNED + _text(replace(header, signature=""))
        Ed25519PublicKey.from_public_bytes(signer).verify(signature, signed)
    except (InvalidSignature, binascii.Error) as error:
        raise BackupDamaged("the backup was not made by this register") from error


def _data_key(private: bytes, header: Header) -> bytes:
    try:
        return open_backup_key(private, header.id, base64.b64decode(header.wrapped, validate=True))
    except (WrappingError, binascii.Error) as error:
        raise BackupDamaged(
            f"the backup was made for the recovery key {header.key}, and not for this one"
        ) from error


def _text(header: Header) -> bytes:
    return json.dumps(asdict(header), sort_keys=True, separators=(",", ":")).encode()


def _nonce(index: int, *, last: bool) -> bytes:
    """Twelve bytes; the data key seals this one backup and nothing else."""
    return (index << 1 | last).to_bytes(12, "big")
