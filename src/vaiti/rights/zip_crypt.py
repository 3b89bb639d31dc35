"""AES-256 as zip files have it (WinZip's AE-2, APPNOTE 7.2), a stretch at a time. Pure.

A file's cipher text is salt, two bytes that tell a wrong password quickly, the text itself, and the
first ten bytes of an HMAC over it. The counter is little-endian, which no library's CTR mode is.
"""

import hashlib
import hmac
from os import urandom
from typing import Final

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB

SALT: Final = 16  # bytes
CHECK: Final = 2
MARK: Final = 10
OVERHEAD: Final = SALT + CHECK + MARK
BLOCK: Final = 16
ROUNDS: Final = 1000  # fixed by the format; the password is random and long, so that it may be few
_KEY: Final = 32


class WrongPassword(ValueError):
    """The text was not encrypted under this password."""


class Damaged(ValueError):
    """The text is not what was encrypted."""


class _Stream:
    """The key stream, the MAC over the cipher text, and the two bytes that check the password."""

    def __init__(self, password: str, salt: bytes) -> None:
        made = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, ROUNDS, 2 * _KEY + CHECK)
        self.check = made[2 * _KEY :]
        # each counter is encrypted once and by itself, which is what CTR is made of
        self._cipher = Cipher(algorithms.AES(made[:_KEY]), ECB()).encryptor()
        self._mac = hmac.new(made[_KEY : 2 * _KEY], digestmod=hashlib.sha1)
        self._counter = 1
        self._left = b""

    def take(self, size: int) -> bytes:
        missing = -(-max(0, size - len(self._left)) // BLOCK)
        counters = np.zeros((missing, 2), "<u8")
        counters[:, 0] = np.arange(self._counter, self._counter + missing, dtype=np.uint64)
        self._counter += missing
        keys = self._left + self._cipher.update(counters.tobytes())
        self._left = keys[size:]
        return keys[:size]

    def note(self, sealed: bytes) -> None:
        self._mac.update(sealed)

    def mark(self) -> bytes:
        return self._mac.digest()[:MARK]


class Encryptor:
    """One file: `begin`, then each of its stretches through `text`, then `end`."""

    def __init__(self, password: str) -> None:
        self._salt = urandom(SALT)
        self._stream = _Stream(password, self._salt)

    def begin(self) -> bytes:
        return self._salt + self._stream.check

    def text(self, plain: bytes) -> bytes:
        sealed = _xor(plain, self._stream.take(len(plain)))
        self._stream.note(sealed)
        return sealed

    def end(self) -> bytes:
        return self._stream.mark()


class Decryptor:
    """`beginning` is the file's first SALT + CHECK bytes. Raises WrongPassword."""

    def __init__(self, password: str, beginning: bytes) -> None:
        self._stream = _Stream(password, beginning[:SALT])
        if not hmac.compare_digest(self._stream.check, beginning[SALT : SALT + CHECK]):
            raise WrongPassword("this is not the password of the file")

    def text(self, sealed: bytes) -> bytes:
        self._stream.note(sealed)
        return _xor(sealed, self._stream.take(len(sealed)))

    def end(self, mark: bytes) -> None:
        """Raises Damaged."""
        if not hmac.compare_digest(self._stream.mark(), mark):
            raise Damaged("the file is not what was encrypted")


def _xor(one: bytes, other: bytes) -> bytes:
    left, right = np.frombuffer(one, np.uint8), np.frombuffer(other, np.uint8)
    return np.bitwise_xor(left, right).tobytes()
