"""What the kernel writes into a packet ring: frames that its filter let through."""

import struct

import numpy as np

from fuzzing.targets import Batch, Target
from vaiti.capture.ring_filter import LEAST, MOST
from vaiti.capture.ring_frames import PACKET, batch_of, frames_of, sound
from vaiti.capture.ring_size import FRAME

ADDRESSES = bytes((192, 0, 2, 1, 192, 0, 2, 2))


def packets() -> list[bytes]:
    return [whole(data) for data in (b"", b"\x80\x08\x00\x07odd", bytes(range(172)))]


def whole(data: bytes) -> bytes:
    """IPv4 and UDP with right sums."""
    udp = struct.pack("!HHHH", 4000, 30000, 8 + len(data), 0) + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ADDRESSES
    head = head[:10] + struct.pack("!H", 0xFFFF - total(head)) + head[12:]
    pseudo = ADDRESSES + struct.pack("!HH", 17, len(udp))
    return head + udp[:6] + struct.pack("!H", 0xFFFF - total(pseudo + udp)) + udp[8:]


def total(data: bytes) -> int:
    """Sixteen bits at a time, in ones' complement (RFC 1071)."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + bytes(len(data) % 2))
    return sum(words) % 0xFFFF or 0xFFFF * any(words)


def let_through(data: bytes) -> bytes:
    """As the ring's filter asks: plain headers, and lengths that agree."""
    packet = bytearray(data[:MOST].ljust(LEAST, b"\0"))
    packet[0], packet[9], packet[6:8] = 0x45, 17, b"\0\0"
    packet[2:4] = struct.pack("!H", len(packet))
    packet[24:26] = struct.pack("!H", len(packet) - 20)
    return bytes(packet)


def ring_frames() -> Batch:
    def feed(inputs: list[bytes]) -> int:
        memory = np.full((len(inputs), FRAME), 0xEE, np.uint8)
        memory[:, :PACKET] = 0
        given = [let_through(data) for data in inputs]
        for frame, packet in zip(memory, given, strict=True):
            frame[PACKET : PACKET + len(packet)] = np.frombuffer(packet, np.uint8)
        frames, every = frames_of(memory), np.arange(len(inputs))
        found = sound(frames, every)
        batch = batch_of(frames, every, np.array([len(inputs)]))
        for packet, fine, row, length in zip(given, found, batch.rows, batch.length, strict=True):
            assert bool(fine) is adds_up(packet), f"a sum is judged wrongly: {packet!r}"
            assert row[:length].tobytes() == packet[LEAST:], f"another payload: {packet!r}"
        return int(found.sum())

    return feed


def adds_up(packet: bytes) -> bool:
    pseudo = packet[12:20] + struct.pack("!HH", 17, len(packet) - 20)
    summed = packet[26:28] == b"\0\0" or total(pseudo + packet[20:]) == 0xFFFF
    return total(packet[:20]) == 0xFFFF and summed


TARGETS = (
    Target(
        "ring frames",
        "a frame is sound where its two sums say so, and its payload is the packet's",
        *(packets, (b"\x00\x00", b"\xff\xff", ADDRESSES)),
        ring_frames,
        weight=12,
    ),
)
