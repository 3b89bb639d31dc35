"""Streams of packets as a recorder keeps them, for the tests of several rooms."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.placing import Anchor
from vaiti.audio.track import Run, RunHead, Writer, entry_type, read_records

START = 1_763_899_200_000_000  # an instant, in microseconds since the epoch
STEP = 160  # samples in a packet of 20 ms


@dataclass(frozen=True)
class Packet:
    seq: int
    ts: int
    arrival_us: int
    payload: bytes
    track: int = 0
    pt: int = 8
    ssrc: int = 0xCAFE


def speech(count: int, seed: int = 1, size: int = STEP) -> list[bytes]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, size, np.uint8).tobytes() for _ in range(count)]


def stream(
    payloads: list[bytes],
    *,
    at_us: int = START,
    seq: int = 65_500,
    ts: int = 0xFFFFF000,
    track: int = 0,
    pt: int = 8,
    ssrc: int = 0xCAFE,
) -> list[Packet]:
    """One packet each 20 ms; sequence numbers and timestamps wrap early."""
    return [
        Packet(
            (seq + number) & 0xFFFF,
            (ts + number * STEP) & 0xFFFFFFFF,
            at_us + number * 20_000,
            payload,
            track,
            pt,
            ssrc,
        )
        for number, payload in enumerate(payloads)
    ]


def delayed(packet: Packet, by_us: int) -> Packet:
    return replace(packet, arrival_us=packet.arrival_us + by_us)


def anchor(first: Packet, codec: str = "PCMA", clock: int = 8000) -> Anchor:
    return Anchor(
        first.track, first.ssrc, first.pt, codec, clock, first.seq, first.ts, first.arrival_us
    )


def segments(packets: Iterable[Packet], first: int = 4040, other: int = 4080) -> list[bytes]:
    """The records of one segment after the other, as the recorder's writer packs them."""
    writer, filled = Writer(first, other), []
    for key, group in groupby(packets, lambda packet: (packet.track, packet.pt, packet.ssrc)):
        for batch in batches(list(group)):
            head = RunHead(*key, batch[0].arrival_us, len(batch[0].payload))
            filled += writer.add(head.encode(len(batch)), memoryview(entries(batch)))
    return [*filled, writer.take()]


def batches(packets: list[Packet]) -> Iterator[list[Packet]]:
    """At most ten packets of one length, the earliest first: what a drain takes at a time."""
    for _, alike in groupby(packets, lambda packet: len(packet.payload)):
        ordered = list(alike)
        yield from (ordered[at : at + 10] for at in range(0, len(ordered), 10))


def entries(batch: list[Packet]) -> bytes:
    packed = np.zeros(len(batch), entry_type(len(batch[0].payload)))
    packed["seq"] = [packet.seq for packet in batch]
    packed["ts"] = [packet.ts for packet in batch]
    packed["delta"] = [packet.arrival_us - batch[0].arrival_us for packet in batch]
    packed["payload"] = [np.frombuffer(packet.payload, np.uint8) for packet in batch]
    return packed.tobytes()


def drained(packets: Iterable[Packet]) -> list[Packet]:
    """As the recorder finds them: every 200 ms one socket, which is one track, after the other."""
    return sorted(packets, key=lambda p: (p.arrival_us // 200_000, p.track, p.arrival_us))


def runs(packets: Iterable[Packet]) -> list[Run]:
    """Read back from what the recorder's writer packs."""
    return [run for records in segments(drained(packets)) for run in read_records(records)]


def decoded(payloads: Iterable[bytes], table: NDArray[np.int16]) -> NDArray[np.int16]:
    return table[np.frombuffer(b"".join(payloads), np.uint8)]
