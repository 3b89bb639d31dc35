"""What was received, read from a sealed object with its key and put into a capture file. Pure.

Written from docs/sealed-object.md and docs/track.md for whoever verifies without our programs.
The capture is of the classic pcap format with raw IP packets, which Wireshark and others play.
"""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from vaiti.audit.unpacked import UnpackError, plain

HEADER: Final = 40  # bytes before the first segment of a sealed object
CAPTURE_HEADER: Final = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
"""Of the capture file: microseconds, raw IP."""
FIRST_PORT: Final = 5004  # of track 0; each further track has the next even one

_SALT_END: Final = 33
_RUN: Final = struct.Struct(">BBBBHHIQ")
_ENTRY: Final = struct.Struct(">HII")
_SEEN: Final = struct.Struct("<IIII")
_IP: Final = struct.Struct(">BBHHHBBHII")
_UDP: Final = struct.Struct(">HHHH")
_RTP: Final = struct.Struct(">BBHII")
_HEADS: Final = _IP.size + _UDP.size + _RTP.size
_FROM, _TO = 0xC0000201, 0xC6336401  # 192.0.2.1 and 198.51.100.1, which nobody has (RFC 5737)


class ReceivedError(ValueError):
    """The bytes do not open under this key, or hold no packets."""


@dataclass(frozen=True, slots=True)
class Captured:
    """The packets of one segment as they stand in the capture; when they arrived, or None."""

    data: bytes
    first_us: int | None
    last_us: int | None


class SealedObject:
    """The object of `call_id`, of `count` segments. Raises ReceivedError for a wrong header."""

    def __init__(self, key: bytes, call_id: str, header: bytes, count: int, finished: bool) -> None:
        if len(header) != HEADER or header[0] != HEADER or len(key) != 32:
            raise ReceivedError("the sealed object does not begin with a header")
        told = b"vaiti/1/object/" + call_id.encode()
        self._aead = AESGCM(HKDF(SHA256(), 32, header[1:_SALT_END], told).derive(key))
        self._prefix, self._last = header[_SALT_END:], count - 1 if finished else -1

    def records(self, index: int, sealed: bytes) -> bytes:
        """The track records of one segment. Raises ReceivedError."""
        mark = self._prefix + (index << 8 | (index == self._last)).to_bytes(5, "big")
        try:
            plain = self._aead.decrypt(mark, sealed, None)
        except (InvalidTag, ValueError) as error:
            raise ReceivedError(f"segment {index} does not open under the key") from error
        used = int.from_bytes(plain[:2], "big")
        if 2 + used > len(plain):
            raise ReceivedError(f"segment {index} counts more bytes than it holds")
        return plain[2 : 2 + used]


def captured(used: bytes) -> Captured:
    """Of the bytes in use of one segment. Raises ReceivedError for what is no track record."""
    packets: list[bytes] = []
    times: list[int] = []
    at = 0
    try:
        records = plain(used)
        while at < len(records):
            kind, track, pt, _, count, length, ssrc, base = _RUN.unpack_from(records, at)
            at += _RUN.size
            if kind != 1:
                raise ReceivedError("a segment holds what is no track record")
            lead = _lead(track, length)
            for _ in range(count):
                seq, ts, delta = _ENTRY.unpack_from(records, at)
                at += _ENTRY.size + length
                payload = records[at - length : at]
                rtp = _RTP.pack(0x80, pt, seq, ts, ssrc)
                packets.append(_seen(base + delta, length) + lead + rtp + payload)
                times.append(base + delta)
    except UnpackError as error:
        raise ReceivedError(str(error)) from error
    except struct.error as error:
        raise ReceivedError("a segment holds a track record that is cut off") from error
    if at > len(records):
        raise ReceivedError("a segment holds a track record that is cut off")
    return Captured(b"".join(packets), min(times, default=None), max(times, default=None))


def _seen(at_us: int, length: int) -> bytes:
    return _SEEN.pack(at_us // 1_000_000, at_us % 1_000_000, _HEADS + length, _HEADS + length)


@lru_cache(maxsize=256)
def _lead(track: int, length: int) -> bytes:
    """The IP and UDP heads, which the register does not keep and which are made up."""
    whole, port = _HEADS + length, FIRST_PORT + 2 * track
    fields = (0x45, 0, whole, 0, 0, 64, 17)
    words = struct.unpack(">10H", _IP.pack(*fields, 0, _FROM, _TO))
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    head = _IP.pack(*fields, ~total & 0xFFFF, _FROM, _TO)
    return head + _UDP.pack(port, port, whole - _IP.size, 0)
