"""What senders say of their streams beside the sound: RTCP (RFC 3550 section 6). Pure.

Read are sender reports, canonical names and farewells; everything else is stepped over. A datagram
is taken as a whole or not at all.
"""

import struct
from dataclasses import dataclass
from typing import Final

MAX_DATAGRAM: Final = 1472  # bytes; larger ones are no reports of a voice
MAX_NAME: Final = 255  # bytes, as the field's length says

_HEAD: Final = struct.Struct(">BBH")
_SENDER: Final = struct.Struct(">IIIII")  # SSRC, NTP time in two halves, RTP time, packets sent
_SSRC: Final = struct.Struct(">I")
_SR, _SDES, _BYE = 200, 202, 203
_KINDS: Final = range(192, 224)  # RFC 5761 section 4
_CNAME: Final = 1
_FRACTION: Final = 1 << 32


class RtcpError(ValueError):
    """The datagram is no RTCP. The sentence repeats none of it."""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """By the sender's wall clock it was `sent_us` when its stream's timestamp was `ts`.

    Only differences of `sent_us` mean anything: the clock may count from anywhere.
    """

    ssrc: int
    sent_us: int
    ts: int


@dataclass(frozen=True, slots=True)
class Name:
    """Streams of one canonical name share a wall clock (RFC 3550 section 6.5.1)."""

    ssrc: int
    name: bytes


@dataclass(frozen=True, slots=True)
class Farewell:
    """The source is gone."""

    ssrc: int


Word = SenderReport | Name | Farewell


def parse(data: bytes) -> list[Word]:
    """What a datagram says, in its order. Raises RtcpError."""
    words: list[Word] = []
    offset = 0
    while offset < len(data):
        if len(data) - offset < _HEAD.size:
            raise RtcpError("a packet's head is cut off")
        first, kind, length = _HEAD.unpack_from(data, offset)
        end = offset + 4 * (length + 1)
        if first >> 6 != 2 or kind not in _KINDS or end > len(data):
            raise RtcpError("a packet has another version, an unknown kind, or is cut off")
        words += _said(
            kind, first & 0x1F, data[offset + _HEAD.size : end - _padding(data, end, first)]
        )
        offset = end
    if not data:
        raise RtcpError("the datagram is empty")
    return words


def _padding(data: bytes, end: int, first: int) -> int:
    return data[end - 1] if first & 0x20 else 0


def _said(kind: int, count: int, body: bytes) -> list[Word]:
    if kind == _SR:
        return _report(body)
    if kind == _SDES:
        return _names(count, body)
    if kind == _BYE:
        if len(body) < 4 * count:
            raise RtcpError("a farewell is cut off")
        return [Farewell(_SSRC.unpack_from(body, 4 * at)[0]) for at in range(count)]
    return []


def _report(body: bytes) -> list[Word]:
    """A sender that knows no time of its own says zero, and has told nothing."""
    if len(body) < _SENDER.size:
        raise RtcpError("a sender report is cut off")
    ssrc, seconds, fraction, ts, _ = _SENDER.unpack_from(body)
    if not seconds and not fraction:
        return []
    return [SenderReport(ssrc, seconds * 1_000_000 + fraction * 1_000_000 // _FRACTION, ts)]


def _names(count: int, body: bytes) -> list[Word]:
    """Each chunk: SSRC, items, a zero, and zeros up to a multiple of four."""
    found: list[Word] = []
    offset = 0
    for _ in range(count):
        if len(body) - offset < _SSRC.size:
            raise RtcpError("a description of sources is cut off")
        ssrc = _SSRC.unpack_from(body, offset)[0]
        offset += _SSRC.size
        while offset < len(body) and body[offset]:
            if len(body) - offset < 2 or offset + 2 + body[offset + 1] > len(body):
                raise RtcpError("an item of a description is cut off")
            kind, end = body[offset], offset + 2 + body[offset + 1]
            if kind == _CNAME:
                found.append(Name(ssrc, body[offset + 2 : end]))
            offset = end
        offset += 4 - offset % 4
    return found
