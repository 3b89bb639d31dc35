"""Counts RTP packets in a pcap file with Ethernet, IPv4 and UDP heads, as rtpengine writes them."""

import struct
from typing import Final

_FILE: Final = 24  # bytes of the file's head
_PACKET: Final = struct.Struct("<IIII")
_ETHERNET, _UDP, _RTP = 14, 8, 12


def count_packets(data: bytes) -> int:
    """How many different packets, told apart by SSRC and sequence number; good for 21 minutes."""
    seen, at = set[tuple[bytes, bytes]](), _FILE
    while at + _PACKET.size <= len(data):
        _, _, length, _ = _PACKET.unpack_from(data, at)
        at += _PACKET.size
        head = at + _ETHERNET
        rtp = head + (data[head] & 15) * 4 + _UDP
        if at + length <= len(data) and rtp + _RTP <= at + length:
            seen.add((data[rtp + 8 : rtp + 12], data[rtp + 2 : rtp + 4]))
        at += length
    return len(seen)
