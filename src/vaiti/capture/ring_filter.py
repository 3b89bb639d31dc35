"""Which packets come by the ring and which by their sockets, as programs for the kernel. Pure.

Classic BPF (Linux, networking/filter): eight bytes an instruction. The ring takes the plain case,
and a stream's socket refuses exactly what the ring took: each packet is received once. Whatever is
fragmented, has IP options, is larger than a frame, or came by another interface, is the sockets'.
"""

import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST = 224  # bytes of an IP packet that has room in a frame
LEAST = 28  # of its headers, IP and UDP
SENDERS, FROM_PORT, TO_PORT = 12, 20, 22  # where they stand in the packet
TOTAL = 2  # its length

_UDP = 17
_PLAIN = 0x45  # version 4, no options
_FRAGMENT = 0x3FFF  # more fragments, or not the first
_NETWORK = -0x100000 & 0xFFFFFFFF  # SKF_NET_OFF: from the IP header on
_KIND = (-0x1000 + 4) & 0xFFFFFFFF  # SKF_AD_PKTTYPE; 0 for what is addressed to this machine
_INTERFACE = (-0x1000 + 8) & 0xFFFFFFFF  # SKF_AD_IFINDEX
_EVERYTHING = 0xFFFFFFFF

_WORD, _HALF, _BYTE = 0x20, 0x28, 0x30  # loads
_EQUAL, _GREATER, _AT_LEAST, _ANY_BIT = 0x15, 0x25, 0x35, 0x45  # jumps
_SUBTRACT, _TO_X, _EQUAL_X, _RETURN = 0x14, 0x07, 0x1D, 0x06


@dataclass(frozen=True, slots=True)
class _Step:
    """One instruction; a jump goes on where its question is answered so, and else to the end."""

    code: int
    value: int = 0
    goes_on: bool | None = None


def for_ring(host: str, first: int, last: int) -> bytes:
    """What the ring takes: for even ports from `first` to `last` of `host`, an IPv4 address."""
    address = int.from_bytes(socket.inet_aton(host))
    steps = (
        *_plain(0),
        _Step(_WORD, 16),
        _Step(_EQUAL, address, goes_on=True),
        _Step(_HALF, TO_PORT),
        _Step(_AT_LEAST, first, goes_on=True),
        _Step(_GREATER, last, goes_on=False),
        _Step(_ANY_BIT, 1, goes_on=False),
    )
    return _program(steps, through=_EVERYTHING, otherwise=0)


def for_socket(interface: int) -> bytes:
    """What is left to the socket of a stream when the ring hears the interface of this number."""
    steps = (_Step(_WORD, _INTERFACE), _Step(_EQUAL, interface, goes_on=True), *_plain(_NETWORK))
    return _program(steps, through=0, otherwise=_EVERYTHING)


def _plain(start: int) -> tuple[_Step, ...]:
    """Whether a packet is the plain case. The ring counts from the IP header; a socket's filter
    from the UDP header, and the IP header is at `start`."""
    return (
        _Step(_WORD, _KIND),
        _Step(_EQUAL, 0, goes_on=True),
        _Step(_BYTE, start),
        _Step(_EQUAL, _PLAIN, goes_on=True),
        _Step(_BYTE, start + 9),
        _Step(_EQUAL, _UDP, goes_on=True),
        _Step(_HALF, start + 6),
        _Step(_ANY_BIT, _FRAGMENT, goes_on=False),
        _Step(_HALF, start + TOTAL),
        _Step(_AT_LEAST, LEAST, goes_on=True),
        _Step(_GREATER, MOST, goes_on=False),
        _Step(_SUBTRACT, 20),
        _Step(_TO_X),
        _Step(_HALF, start + 24),
        _Step(_EQUAL_X, goes_on=True),
    )


def _program(steps: Sequence[_Step], through: int, otherwise: int) -> bytes:
    """`through` is returned where all questions went on, `otherwise` where one did not."""
    ends = (replace(_END, value=through), replace(_END, value=otherwise))
    code = b""
    for place, step in enumerate((*steps, *ends)):
        aside = len(steps) - place
        jumps = {None: (0, 0), True: (0, aside), False: (aside, 0)}[step.goes_on]
        code += struct.pack("=HBBI", step.code, *jumps, step.value)
    return code


_END = _Step(_RETURN)
