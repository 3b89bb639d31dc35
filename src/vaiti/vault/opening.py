"""Opens sealed objects segment by segment. Only playback imports this module.

Format: docs/sealed-object.md (Tink's AES-GCM-HKDF streaming AEAD), written by `vault.sealing`.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaiti.values.ids import CallId
from vaiti.vault.sealing import HEADER, SEGMENT, derive_key, nonce

USED = 2  # in bytes: the count of the bytes in use, at the beginning of each plaintext

_SALT_END = 33  # the header is its own length, a salt of 32 bytes, a nonce prefix of 7


class Tampered(Exception):
    """The object is not what was sealed: changed, cut, reordered, or another call's."""


class Opener:
    """Opens the object of `call_id` under its data key.

    `count` and `finished` are the manifest's: how many segments there are, and whether the last one
    carries the last mark. Raises Tampered for a header that is none.
    """

    def __init__(
        self, key: bytes, call_id: CallId, header: bytes, finished: bool, count: int
    ) -> None:
        if len(header) != HEADER or header[0] != HEADER:
            raise Tampered("the object does not begin with a header")
        self._aead = AESGCM(derive_key(key, header[1:_SALT_END], call_id))
        self._prefix = header[_SALT_END:]
        self._last = count - 1 if finished else -1
        self.count = count

    def plaintext(self, index: int, ciphertext: bytes) -> bytes:
        """The bytes in use of segment `index`. Raises Tampered, and IndexError past the last."""
        if not 0 <= index < self.count:
            raise IndexError("the object has no such segment")
        mark = nonce(self._prefix, index, index == self._last)
        try:
            plaintext = self._aead.decrypt(mark, ciphertext, None)
        except (InvalidTag, ValueError) as error:
            raise Tampered(f"segment {index} is not what was sealed") from error
        used = int.from_bytes(plaintext[:USED], "big")
        if USED + used > len(plaintext):
            raise Tampered(f"segment {index} counts more bytes than it holds")
        return plaintext[USED : USED + used]


def place(index: int) -> tuple[int, int]:
    """Where segment `index` stands in the object: offset and size in bytes.

    The last segment of a finished object may be shorter.
    """
    return (index * SEGMENT, SEGMENT) if index else (HEADER, SEGMENT - HEADER)
