"""RTP headers: the batch parser against a plain reading of RFC 3550 section 5.1."""

import struct
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.capture.rtp.drops import Drop
from vaiti.capture.rtp.packet import parse_batch

ROW = 256


@dataclass(frozen=True)
class Read:
    reason: Drop
    pt: int = 0
    seq: int = 0
    ts: int = 0
    ssrc: int = 0
    payload: bytes = b""


def read_plainly(data: bytes) -> Read:
    """One packet, byte by byte, as the RFC's figure has it."""
    if len(data) > ROW:
        return Read(Drop.TOO_LARGE)
    if len(data) < 12:
        return Read(Drop.TOO_SHORT)
    if 192 <= data[1] <= 223:
        return Read(Drop.RTCP)
    if data[0] >> 6 != 2:
        return Read(Drop.NOT_RTP)
    payload = payload_plainly(data)
    if not payload:
        return Read(Drop.BAD_HEADER if payload is None else Drop.EMPTY)
    seq, ts, ssrc = struct.unpack_from("!HII", data, 2)
    return Read(Drop.KEPT, data[1] & 127, seq, ts, ssrc, payload)


def payload_plainly(data: bytes) -> bytes | None:
    """None where sources, extension and padding do not fit into the packet."""
    start, end = 12 + 4 * (data[0] & 15), len(data)
    if data[0] & 0x10:
        if start + 4 > end:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
    if data[0] & 0x20:
        if data[-1] == 0:
            return None
        end -= data[-1]
    return data[start:end] if start <= end else None


def read_batch(packets: list[bytes]) -> list[Read]:
    rows = np.full((len(packets), ROW), 0xEE, np.uint8)  # what an earlier batch left there
    for row, data in zip(rows, packets, strict=True):
        row[: min(len(data), ROW)] = np.frombuffer(data[:ROW], np.uint8)
    length = np.array([len(data) for data in packets], np.int64)
    parsed = parse_batch(rows, length)
    found = []
    for i, row in enumerate(rows):
        reason = Drop(parsed.reason[i])
        if reason is not Drop.KEPT:
            found.append(Read(reason))
            continue
        start, size = int(parsed.offset[i]), int(parsed.size[i])
        found.append(
            Read(
                reason,
                int(parsed.pt[i]),
                int(parsed.seq[i]),
                int(parsed.ts[i]),
                int(parsed.ssrc[i]),
                row[start : start + size].tobytes(),
            )
        )
    return found


def rtp(first: int = 0x80, second: int = 8, rest: bytes = b"speech") -> bytes:
    return struct.pack("!BBHII", first, second, 7, 160, 0xCAFE) + rest


packets = st.one_of(
    st.binary(max_size=ROW + 20),
    st.builds(
        rtp,
        st.sampled_from([0x80, 0x90, 0xA0, 0xB0, 0x81, 0x9F, 0xBF, 0x40, 0xC0]),
        st.integers(0, 255),
        st.binary(max_size=120),
    ),
)


@settings(max_examples=100)
@given(batch=st.lists(packets, min_size=1, max_size=8))
def test_the_batch_parser_reads_what_a_plain_one_reads(batch: list[bytes]) -> None:
    assert read_batch(batch) == [read_plainly(data) for data in batch]


@pytest.mark.parametrize(
    ("data", "reason", "payload"),
    [
        (rtp(), Drop.KEPT, b"speech"),
        (rtp(0x82, rest=bytes(8) + b"two sources"), Drop.KEPT, b"two sources"),
        (rtp(0x90, rest=b"\xbe\xde\x00\x01abcdspeech"), Drop.KEPT, b"speech"),
        (rtp(0xA0, rest=b"speech\x00\x00\x03"), Drop.KEPT, b"speech"),
        (rtp(0xB1, rest=bytes(4) + b"\xbe\xde\x00\x00speech\x01"), Drop.KEPT, b"speech"),
        (rtp(0x90, rest=b"\xbe\xde\xff\xffspeech"), Drop.BAD_HEADER, b""),
        (rtp(0x8F, rest=b"short"), Drop.BAD_HEADER, b""),
        (rtp(0xA0, rest=b"speech\x00"), Drop.BAD_HEADER, b""),
        (rtp(0xA0, rest=b"speech\xff"), Drop.BAD_HEADER, b""),
        (rtp(0xA0, rest=b"\x00\x02"), Drop.EMPTY, b""),
        (rtp(rest=b""), Drop.EMPTY, b""),
        (rtp()[:11], Drop.TOO_SHORT, b""),
        (b"", Drop.TOO_SHORT, b""),
        (rtp(rest=bytes(ROW)), Drop.TOO_LARGE, b""),
        (rtp(0x40), Drop.NOT_RTP, b""),
        (rtp(second=200), Drop.RTCP, b""),
    ],
)
def test_each_kind_of_header_is_read_or_named(data: bytes, reason: Drop, payload: bytes) -> None:
    (read,) = read_batch([rtp(), data])[1:]
    assert (read.reason, read.payload) == (reason, payload)
