"""Writes a sealed object: Tink's AES-GCM-HKDF streaming format, segments of 4,096 bytes.

Format: docs/sealed-object.md; Tink wire format, "AES-GCM-HKDF streaming AEAD": AES-256,
HKDF-SHA256, first segment offset 0. The associated data names the call, so that one call's bytes
never open as another's.
"""

import hashlib
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vaiti.values.ids import CallId
from vaiti.vault.digest import Sha256

SEGMENT = 4096  # in bytes, ciphertext with its tag; the first one shares it with the header
HEADER = 40  # in bytes: its own length, salt, nonce prefix
TAG = 16  # in bytes
FIRST_CAPACITY = SEGMENT - HEADER - TAG  # plaintext bytes in segment 0
CAPACITY = SEGMENT - TAG  # plaintext bytes in every other segment
MAX_SEGMENTS = 1 << 32  # the nonce counts segments in 32 bits

_SALT = 32
_PREFIX = 7


class SealedFull(RuntimeError):
    """The object has as many segments as its nonce can count."""


def associated_data(call_id: CallId) -> bytes:
    return b"vaiti/1/object/" + call_id.encode()


def derive_key(key: bytes, salt: bytes, call_id: CallId) -> bytes:
    """The AES key of one object: HKDF-SHA256 over the data key, salted by its header."""
    return HKDF(SHA256(), 32, salt, associated_data(call_id)).derive(key)


def nonce(prefix: bytes, index: int, last: bool) -> bytes:
    return prefix + (index << 8 | last).to_bytes(5, "big")


class Sealer:
    """Seals the segments of one call's object in order; the key dies with `finish`.

    No two plaintexts are ever sealed under one nonce: an index is used once without and, at the
    end of the object, once with the last mark.
    """

    __slots__ = ("_aead", "_derived", "_digest", "_hashed", "_prefix", "count", "header")

    def __init__(self, key: bytes, call_id: CallId, *, lasting: bool = False) -> None:
        """`lasting`: another process is to be able to go on from here, by `resumed`."""
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self.header = bytes((HEADER,)) + salt + self._prefix
        self.count = self._hashed = 0
        self._derived = derive_key(key, salt, call_id)
        self._aead: AESGCM | None = AESGCM(self._derived)
        digest = Sha256 if lasting else hashlib.sha256
        self._digest: hashlib._Hash | Sha256 = digest(self.header)

    @classmethod
    def resumed(
        cls, secret: bytes, header: bytes, count: int, digest: bytes, ahead: int = 0
    ) -> "Sealer":
        """Goes on where another one was: `secret`, `header`, `count` and `digest` are its; of its
        segments `ahead` were not counted in. Two that go on from one place would break the seal."""
        sealer = cls.__new__(cls)
        sealer.header, sealer.count, sealer._hashed = header, count, count - ahead
        sealer._prefix, sealer._derived = header[-_PREFIX:], secret
        sealer._aead, sealer._digest = AESGCM(secret), Sha256(state=digest)
        return sealer

    @property
    def secret(self) -> bytes:
        """The object's key, for `resumed`: for locked memory and nothing else."""
        return self._derived

    @property
    def digest(self) -> bytes:
        """What was hashed so far, for `resumed`: of one that is `lasting`."""
        return self._digest.state if isinstance(self._digest, Sha256) else b""

    @property
    def sha256(self) -> str:
        """Of the header and the segments that count so far, lower-case hex."""
        return self._digest.hexdigest()

    @property
    def capacity(self) -> int:
        """Plaintext bytes that the next segment holds."""
        return CAPACITY if self.count else FIRST_CAPACITY

    def seal(self, plaintext: bytes) -> bytes:
        """The next segment, padded with zeros to its full size. Raises ValueError if too long."""
        missing = self.capacity - len(plaintext)
        if missing < 0:
            raise ValueError("the plaintext is larger than a segment")
        sealed = self.seal_ahead(plaintext + bytes(missing) if missing else plaintext)
        self.count_in(sealed)
        return sealed

    def seal_ahead(self, plaintext: bytes) -> bytes:
        """The next segment, of a plaintext as long as `capacity`: it can still be left out of the
        object, and is in it once it was counted in."""
        count = self.count
        if self._aead is None:
            raise RuntimeError("the object is finished")
        if count + 1 >= MAX_SEGMENTS:
            raise SealedFull("the object has no segment left but the last")
        if len(plaintext) != (CAPACITY if count else FIRST_CAPACITY):
            raise ValueError("the plaintext is not as long as a segment")
        self.count = count + 1
        return self._aead.encrypt(self._prefix + (count << 8).to_bytes(5, "big"), plaintext, None)

    def count_in(self, sealed: bytes) -> None:
        """The oldest segment that was sealed ahead stays in the object."""
        self._hashed += 1
        self._digest.update(sealed)

    def opened(self, index: int, sealed: bytes) -> bytes:
        """The plaintext of a segment that was sealed before. Raises InvalidTag."""
        if self._aead is None:
            raise RuntimeError("the object is finished")
        return self._aead.decrypt(nonce(self._prefix, index, last=False), sealed, None)

    def finish(self, plaintext: bytes) -> bytes:
        """The last segment, as short as `plaintext`; afterwards nothing can be sealed. What was
        sealed ahead and not counted in is not part of the object."""
        if self._aead is None:
            raise RuntimeError("the object is finished")
        self.count = self._hashed
        if len(plaintext) > self.capacity:
            raise ValueError("the plaintext is larger than a segment")
        sealed = self._aead.encrypt(nonce(self._prefix, self.count, last=True), plaintext, None)
        self.count += 1
        self.count_in(sealed)
        self._aead = None
        return sealed
