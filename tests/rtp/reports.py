"""RTCP packets as senders send them, written down from RFC 3550 section 6."""

import struct

UNIX = 2_208_988_800  # seconds from 1900 to 1970


def report(ssrc: int, sent_us: int, ts: int) -> bytes:
    """A sender report; `sent_us` counts from 1970."""
    seconds, micros = divmod(sent_us, 1_000_000)
    ntp = (seconds + UNIX & 0xFFFFFFFF) << 32 | (micros << 32) // 1_000_000
    return struct.pack(">BBHIQIII", 0x80, 200, 6, ssrc, ntp, ts & 0xFFFFFFFF, 1, 160)


def name(ssrc: int, text: bytes) -> bytes:
    chunk = struct.pack(">IBB", ssrc, 1, len(text)) + text + b"\0"
    chunk += bytes(-len(chunk) % 4)
    return struct.pack(">BBH", 0x81, 202, len(chunk) // 4) + chunk


def farewell(*ssrcs: int) -> bytes:
    return struct.pack(f">BBH{len(ssrcs)}I", 0x80 | len(ssrcs), 203, len(ssrcs), *ssrcs)
