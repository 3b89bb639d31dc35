"""RTP as a test sends it into a call: any header, from any address."""

import asyncio
import socket
import struct
import time
from collections.abc import Iterable

from vaiti.ops.phone.dial import Call


def rtp(seq: int, *, pt: int = 8, ssrc: int = 7, payload: bytes = b"\xd5" * 160) -> bytes:
    return struct.pack("!BBHII", 0x80, pt, seq & 0xFFFF, seq * 160 & 0xFFFFFFFF, ssrc) + payload


def send(call: Call, track: int, packets: Iterable[bytes], source: str = "") -> None:
    """From the address that the call named, or from `source`."""
    stream = call.streams[track]
    sender = stream.socket
    if source:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.bind((source, 0))
    for data in packets:
        sender.sendto(data, stream.remote)
    if source:
        sender.close()


async def speak(
    call: Call, seconds: float, first: int = 0, sent_us: list[int] | None = None
) -> int:
    """Both tracks in real time; the sequence number that follows. `sent_us` is told when."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    count = round(seconds * 50)
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number * 0.02 - loop.time()))
        if sent_us is not None:
            sent_us.append(time.time_ns() // 1000)
        for track in (0, 1):
            packet, secrecy = rtp(first + number, ssrc=7 + track), call.streams[track].secrecy
            send(call, track, [secrecy.protect(packet) if secrecy else packet])
    return first + count


async def leave(call: Call) -> None:
    """Closes the phone's sockets without a word to the recorder."""
    call.close()
    call.wire.close()
    await call.wire.closed()
