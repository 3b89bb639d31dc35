"""The packets of a batch one by one, for those that do not take the short way together. Pure."""

from collections.abc import Iterator

from vaiti.capture.rtp.packet import Batch, Parsed
from vaiti.capture.rtp.stream import Host, Packet


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
