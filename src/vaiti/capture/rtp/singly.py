"""The packets of a batch one by one, for those that do not take the short way together. Pure."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final

from vaiti.audio.track import MAX_DELTA_US, RunHead
from vaiti.capture.rtp.packet import Batch, Parsed
from vaiti.capture.rtp.stream import Host, Packet

_ENTRY_HEAD: Final = struct.Struct(">HII")


def singly(chosen: slice, batch: Batch, parsed: Parsed) -> Iterator[tuple[Host, int, Packet]]:
    """Each packet with its sender and the fault of its header; a faulty one's fields are void."""
    high, low = batch.host[chosen].T.tolist()
    bounds = zip(parsed.offset[chosen].tolist(), parsed.size[chosen].tolist(), strict=True)
    payloads = (
        row[offset : offset + size].tobytes()
        for row, (offset, size) in zip(batch.rows[chosen], bounds, strict=True)
    )
    packets = map(
        Packet,
        parsed.pt[chosen].tolist(),
        parsed.ssrc[chosen].tolist(),
        parsed.seq[chosen].tolist(),
        parsed.ts[chosen].tolist(),
        batch.arrival_us[chosen].tolist(),
        batch.port[chosen].tolist(),
        payloads,
    )
    return zip(zip(high, low, strict=True), parsed.reason[chosen].tolist(), packets, strict=True)


def runs_of(track: int, packets: Sequence[Packet]) -> Iterator[tuple[bytes, memoryview, int, int]]:
    """Head, entries, last arrival and last timestamp: neighbours that share what a run shares stand
    in one."""
    begins = 0
    for at in range(1, len(packets) + 1):
        if at < len(packets) and _continues(packets[begins], packets[at]):
            continue
        first, run = packets[begins], packets[begins:at]
        head = RunHead(track, first.pt, first.ssrc, first.arrival_us, len(first.payload))
        entries = b"".join([_entry(each, first) for each in run])
        last_us = max([each.arrival_us for each in run])
        yield head.encode(len(run)), memoryview(entries), last_us, run[-1].ts
        begins = at


def _entry(packet: Packet, first: Packet) -> bytes:
    delta = packet.arrival_us - first.arrival_us
    return _ENTRY_HEAD.pack(packet.seq, packet.ts, delta) + packet.payload


def _continues(first: Packet, packet: Packet) -> bool:
    if (first.pt, first.ssrc, len(first.payload)) != (packet.pt, packet.ssrc, len(packet.payload)):
        return False
    return 0 <= packet.arrival_us - first.arrival_us <= MAX_DELTA_US
