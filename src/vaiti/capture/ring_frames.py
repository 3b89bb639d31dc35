"""The frames of a packet ring as columns: IPv4 and UDP headers of many packets at once. Pure.

TPACKET_V2 of Linux (networking/packet_mmap): a frame is a header, written by the kernel when the
packet is there, and the packet from its IP header on. What the ring's filter let through has no IP
options and is no fragment, so that all headers lie at one place.
"""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from vaiti.capture.ring_filter import FROM_PORT, LEAST, MOST, SENDERS, TO_PORT, TOTAL
from vaiti.capture.rtp.packet import HEADER, Batch

PACKET = 80  # where the IP header lies in a frame: behind the kernel's header and link address
READY = 1  # TP_STATUS_USER: the packet is there

_PROVEN = 0x08 | 0x80  # TP_STATUS_CSUMNOTREADY: never on a wire; _CSUM_VALID: the card's word
_UDP = 17
_WHOLE = 0xFFFF  # a sum of ones' complements over itself
_MICROSECOND = 1000  # nanoseconds
_KERNELS = np.dtype(np.uint32)
_ADDRESS, _PORT = np.dtype(np.uint32).newbyteorder(">"), np.dtype(np.uint16).newbyteorder(">")

Scalar = TypeVar("Scalar", bound=np.generic)


class Frames(NamedTuple):
    """`status` uint32[n], `to_port` uint16[n] and the rest as the kernel writes them."""

    memory: NDArray[np.uint8]
    status: NDArray[np.uint32]
    to_port: NDArray[np.uint16]
    total: NDArray[np.uint16]
    sender: NDArray[np.uint32]
    from_port: NDArray[np.uint16]
    seconds: NDArray[np.uint32]
    nanoseconds: NDArray[np.uint32]


def frames_of(memory: NDArray[np.uint8]) -> Frames:
    """`memory` is uint8[n, FRAME]; the columns are views of it."""
    return Frames(
        memory,
        _column(memory, 0, _KERNELS),
        _column(memory, PACKET + TO_PORT, _PORT),
        _column(memory, PACKET + TOTAL, _PORT),
        _column(memory, PACKET + SENDERS, _ADDRESS),
        _column(memory, PACKET + FROM_PORT, _PORT),
        _column(memory, 16, _KERNELS),
        _column(memory, 20, _KERNELS),
    )


def _column(memory: NDArray[np.uint8], at: int, kind: np.dtype[Scalar]) -> NDArray[Scalar]:
    column: NDArray[Scalar] = memory[:, at : at + kind.itemsize].view(kind)[:, 0]
    return column


def batch_of(frames: Frames, chosen: NDArray[np.int64], counts: NDArray[np.int64]) -> Batch:
    """The datagrams of the `chosen` frames, those of one socket together, `counts` of each."""
    length = frames.total[chosen].astype(np.int64) - LEAST
    width = max(HEADER, int(length.max(initial=0)))
    at = PACKET + LEAST
    host = np.zeros((len(chosen), 2), np.uint64)
    host[:, 1] = frames.sender[chosen]
    arrival_us = arrivals(frames, chosen)
    rows = frames.memory[chosen, at : at + width]
    return Batch(rows, length, host, frames.from_port[chosen].astype(np.uint16), arrival_us, counts)


def arrivals(frames: Frames, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """When their packets arrived, by the machine's clock, in microseconds since the epoch."""
    arrival_us = frames.seconds[chosen].astype(np.int64) * 1_000_000
    arrival_us += frames.nanoseconds[chosen] // _MICROSECOND
    return arrival_us


def sound(frames: Frames, chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of each of the frames, whether its packet came whole (RFC 768, RFC 791). Mostly the network
    card has seen to that; a socket gets no others."""
    fine: NDArray[np.bool_] = (frames.status[chosen] & _PROVEN) != 0
    if not fine.all():
        doubted = chosen[~fine]
        total = frames.total[doubted].astype(np.int64)
        fine[~fine] = _summed(frames.memory[doubted, PACKET : PACKET + MOST], total)
    return fine


def _summed(packets: NDArray[np.uint8], total: NDArray[np.int64]) -> NDArray[np.bool_]:
    within = np.arange(MOST) < total[:, np.newaxis]
    words = np.where(within, packets, 0).astype(np.uint8).view(_PORT).astype(np.int64)
    head = _folded(words[:, :10].sum(axis=1))
    body = _folded(words[:, 6:].sum(axis=1) + _UDP + total - 20)  # with the addresses, RFC 768
    right: NDArray[np.bool_] = (head == _WHOLE) & ((words[:, 13] == 0) | (body == _WHOLE))
    return right


def _folded(sums: NDArray[np.int64]) -> NDArray[np.int64]:
    for _ in range(2):
        sums = (sums & _WHOLE) + (sums >> 16)
    return sums
