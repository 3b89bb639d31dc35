"""Reads what Vaiti keeps, written from docs/vault-format.md and the pages that it names, alone."""

import base64
import hashlib
import json
import lzma
import re
import sqlite3
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Packet = tuple[int, int, int, int, bytes]
"""Track, payload type, timestamp, arrival in microseconds, payload."""


def opened(key: bytes, sealed: bytes, name: str) -> bytes:
    return AESGCM(key).decrypt(sealed[:12], sealed[12:], f"vaiti/1/{name}".encode())


def from_public(private: bytes, sealed: bytes, name: str) -> bytes:
    suite = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    key = X25519PrivateKey.from_private_bytes(private)
    return bytes(suite.decrypt(sealed, key, info=f"vaiti/1/{name}".encode()))


class KeyFile:
    """A copy of `keystore.sqlite`."""

    def __init__(self, path: Path) -> None:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as file:
            self.store = dict(file.execute("SELECT name, value FROM store"))
            self.intake = dict(file.execute("SELECT day, sealed FROM intake"))
            self.days = dict(file.execute("SELECT day, sealed FROM day"))
            calls = file.execute("SELECT call_id, day, sealed FROM call")
            self.calls = {call: (day, sealed) for call, day, sealed in calls}
            self.dead = set(file.execute("SELECT kind, name FROM dead"))

    def by_passphrase(self, passphrase: bytes) -> bytes:
        n, r, p, salt, text = self.store["sealed"].decode().split(" ")
        terms = {"n": int(n), "r": int(r), "p": int(p), "maxmem": 1 << 28, "dklen": 32}
        key = hashlib.scrypt(passphrase.rstrip(b"\r\n"), salt=bytes.fromhex(salt), **terms)
        return self._checked(opened(key, bytes.fromhex(text), "store-key/secret"))

    def by_shares(self, texts: Sequence[str]) -> bytes:
        escrow = json.loads(self.store["escrow"])
        shares = dict(read_share(text, escrow["set_id"]) for text in texts)
        assert len(shares) >= escrow["threshold"]
        private, name = joined(shares), f"escrow/{escrow['set_id']}"
        return self._checked(from_public(private, self.store["escrowed"], name))

    def _checked(self, secret: bytes) -> bytes:
        assert opened(secret, self.store["check"], "store-key/check") == b"vaiti/1/key-store"
        return secret

    def call_key(self, secret: bytes, call: str) -> bytes:
        day, sealed = self.calls[call]
        return opened(opened(secret, self.days[day], f"day-key/{day}"), sealed, f"call-key/{call}")

    def intake_key(self, secret: bytes, day: str) -> bytes:
        return opened(secret, self.intake[day], f"intake-key/{day}")


def read_share(text: str, set_id: str) -> tuple[int, bytes]:
    """Number and content."""
    code = re.sub(r"\s", "", text.split("VAITI-SHARE")[1].split("\n\n", maxsplit=1)[0])
    data = base64.b32decode(code + "=" * (-len(code) % 8))
    assert hashlib.sha256(data[:-4]).digest()[:4] == data[-4:]
    assert (data[0], data[3:11].hex()) == (1, set_id)
    return data[2], data[11:-4]


def joined(shares: Mapping[int, bytes]) -> bytes:
    secret = bytearray(32)
    for number, content in shares.items():
        weight = 1
        for other in shares:
            if other != number:
                weight = times(weight, times(other, inverse(other ^ number)))
        secret = bytearray(
            one ^ times(weight, byte) for one, byte in zip(secret, content, strict=True)
        )
    return bytes(secret)


def times(one: int, other: int) -> int:
    product = 0
    while other:
        product ^= one if other & 1 else 0
        one, other = (one << 1) ^ (0x11B if one & 0x80 else 0), other >> 1
    return product


def inverse(value: int) -> int:
    return next(one for one in range(1, 256) if times(one, value) == 1)


def plaintexts(key: bytes, call: str, sealed: bytes) -> Iterator[bytes]:
    """The bytes in use of each segment of a finished object."""
    salt, prefix = sealed[1:33], sealed[33:40]
    assert sealed[0] == 0x28
    info = f"vaiti/1/object/{call}".encode()
    aead = AESGCM(HKDF(SHA256(), 32, salt, info).derive(key))
    at, index = 40, 0
    while at < len(sealed):
        end = min(len(sealed), 4096 * (index + 1))
        last = b"\x01" if end == len(sealed) else b"\x00"
        text = aead.decrypt(prefix + index.to_bytes(4, "big") + last, sealed[at:end], None)
        used = int.from_bytes(text[:2], "big")
        yield text[2 : 2 + used]
        at, index = end, index + 1


def packets(texts: Iterator[bytes]) -> Iterator[Packet]:
    for text in texts:
        if text[:1] == b"\x02":
            yield from packed(text[1:])
            continue
        at = 0
        while at < len(text):
            assert text[at] == 1
            track, kind, count = text[at + 1], text[at + 2], number(text, at + 4, 2)
            length, base = number(text, at + 6, 2), number(text, at + 12, 8)
            at += 20
            for _ in range(count):
                stamp, arrived = number(text, at + 2, 4), base + number(text, at + 6, 4)
                yield track, kind, stamp, arrived, text[at + 10 : at + 10 + length]
                at += 10 + length


def packed(stream: bytes) -> Iterator[Packet]:
    terms = {"id": lzma.FILTER_LZMA2, "dict_size": 65_536, "lc": 4, "lp": 0, "pb": 0}
    text = lzma.decompress(stream, lzma.FORMAT_RAW, filters=[terms])
    heads = [text[2 + 20 * n : 22 + 20 * n] for n in range(number(text, 0, 2))]
    every, at = sum(number(head, 4, 2) for head in heads), 2 + 20 * len(heads)
    stamps, arrivals, sound = at + 2 * every, at + 6 * every, at + 10 * every
    one = 0
    for head in heads:
        length, stamp, arrived = number(head, 6, 2), -number(head, 6, 2), number(head, 12, 8)
        for _ in range(number(head, 4, 2)):
            stamp = (stamp + length + number(text[stamps + one : arrivals : every], 0, 4)) % 2**32
            arrived += number(text[arrivals + one : at + 10 * every : every], 0, 4)
            yield head[1], head[2], stamp, arrived, text[sound : sound + length]
            sound, one = sound + length, one + 1


def number(text: bytes, at: int, size: int) -> int:
    return int.from_bytes(text[at : at + size], "big")


def journal(content: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Kind, call and body of each record that counts."""
    assert content[:8] == b"VAITIJ1\n"
    at = 8
    while at + 4 <= len(content):
        length = number(content, at, 4)
        record = content[at + 4 : at + 4 + length]
        if len(record) < length or zlib.crc32(record[:-4]) != number(record, length - 4, 4):
            return
        yield record[0], record[1:17].hex(), record[17:-4]
        at += 4 + length


def object_of(records: Sequence[tuple[int, str, bytes]]) -> tuple[str, bytes, bytes]:
    """Intake day, wrapped data key and the whole object of a call that the journal holds."""
    (opening,) = (body for kind, _, body in records if kind == 1)
    size = number(opening, 10, 2)
    parts = {number(body, 0, 4): body[4:] for kind, _, body in records if kind == 2}
    for body in (body for kind, _, body in records if kind == 7):
        last = number(body, 0, 4)
        parts = {index: part for index, part in parts.items() if index < last} | {last: body[4:]}
    header = opening[12 + size :]
    sealed = b"".join([header, *(parts[index] for index in sorted(parts))])
    return opening[:10].decode(), opening[12 : 12 + size], sealed


def manifest_of(private: bytes, call: str, body: bytes) -> bytes:
    key = from_public(private, body[:80], f"data-key/{call}")
    aead = AESGCM(HKDF(SHA256(), 32, None, f"vaiti/1/manifest/{call}".encode()).derive(key))
    return aead.decrypt(body[80:92], body[92:], None)


def backup(content: bytes, private: bytes, signer: bytes) -> dict[str, bytes]:
    """The entries of a backup."""
    assert content[:8] == b"VAITIBK1"
    length = number(content, 8, 4)
    text, rest = content[12 : 12 + length], content[12 + length :]
    header = json.loads(text)
    signature = base64.b64decode(header["signature"])
    unsigned = json.dumps(header | {"signature": ""}, sort_keys=True, separators=(",", ":"))
    Ed25519PublicKey.from_public_bytes(signer).verify(
        signature, b"vaiti/1/backup\n" + unsigned.encode()
    )
    wrapped = base64.b64decode(header["wrapped"])
    aead = AESGCM(from_public(private, wrapped, f"backup-key/{header['id']}"))
    bound, size = hashlib.sha256(text).digest(), 65_536 + 16
    segments = [rest[at : at + size] for at in range(0, len(rest), size)]
    whole = b"".join(
        aead.decrypt((2 * index + (index + 1 == len(segments))).to_bytes(12, "big"), one, bound)
        for index, one in enumerate(segments)
    )
    return dict(entries(whole))


def entries(whole: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while size := number(whole, at, 2):
        name, at, content = whole[at + 2 : at + 2 + size].decode(), at + 2 + size, b""
        while length := number(whole, at, 4):
            content, at = content + whole[at + 4 : at + 4 + length], at + 4 + length
        yield name, content
        at += 4
