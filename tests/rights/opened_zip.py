"""Opens zip files encrypted as WinZip's AE-2, written from its description for the tests."""

import hashlib
import hmac
import struct
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB


def opened(body: bytes, password: str) -> Iterator[tuple[str, bytes]]:
    """Name and text of each file. Raises AssertionError where a mark does not hold."""
    at = 0
    while body[at : at + 4] == b"PK\3\4":
        packed, _, names, extra = struct.unpack_from("<IIHH", body, at + 18)
        name = body[at + 30 : at + 30 + names].decode()
        begins = at + 30 + names + extra
        at = begins + packed
        yield name, _text(body[begins:at], password)


def _text(packed: bytes, password: str) -> bytes:
    salt, check, text, mark = packed[:16], packed[16:18], packed[18:-10], packed[-10:]
    made = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1000, 66)
    assert made[64:] == check, "the password does not fit"
    assert hmac.digest(made[32:64], text, "sha1")[:10] == mark
    blocks = -(-len(text) // 16)
    counters = b"".join(number.to_bytes(16, "little") for number in range(1, blocks + 1))
    stream = Cipher(algorithms.AES(made[:32]), ECB()).encryptor().update(counters)
    size = len(text)
    return (int.from_bytes(text) ^ int.from_bytes(stream[:size])).to_bytes(size)
