"""Opens encrypted zip files (WinZip's AE-2, without compression), written from its description."""

import hashlib
import hmac
import struct
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.modes import ECB

from vaiti.ops.outside.fault import demand

ROUNDS, KEYS = 1000, 66  # of PBKDF2, and the bytes of both keys and the check


def unzipped(package: bytes, password: str) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file. Raises Fault where the password or a mark does not fit."""
    at = 0
    while package[at : at + 4] == b"PK\3\4":
        size, _, named, extra = struct.unpack_from("<IIHH", package, at + 18)
        name = package[at + 30 : at + 30 + named].decode()
        begins = at + 30 + named + extra
        at = begins + size
        yield name, _content(package[begins:at], password.encode())


def _content(sealed: bytes, password: bytes) -> bytes:
    salt, check, text, mark = sealed[:16], sealed[16:18], sealed[18:-10], sealed[-10:]
    made = hashlib.pbkdf2_hmac("sha1", password, salt, ROUNDS, KEYS)
    demand(made[64:] == check, "the evidence does not open with the password that was shown")
    demand(hmac.digest(made[32:64], text, "sha1")[:10] == mark, "the evidence's mark does not fit")
    blocks = range(1, -(-len(text) // 16) + 1)
    counters = b"".join(number.to_bytes(16, "little") for number in blocks)
    stream = Cipher(algorithms.AES(made[:32]), ECB()).encryptor().update(counters)
    mixed = int.from_bytes(text) ^ int.from_bytes(stream[: len(text)])
    return mixed.to_bytes(len(text))
