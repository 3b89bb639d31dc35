"""What the system grants a recorder, beside what its settings ask for."""

import resource
import socket

from vaiti.ops.sections.general import Recorder
from vaiti.ops.sections.media import PACKET, buffer_bytes, calls_each
from vaiti.vault import digest

A_CALL = 23 << 10  # bytes of locked memory that a keeper needs for a call of two streams
BESIDE = 5 << 20  # bytes that it needs whatever the calls


def buffer_fault(told: Recorder) -> str:
    """What to change where a stream's buffer cannot be as large as asked, or nothing."""
    asked = buffer_bytes(told.buffer_packets)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        if asked:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, asked)
        granted = probe.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // PACKET
    if not asked or granted >= told.buffer_packets:
        return ""
    return (
        f"The system grants a stream a buffer of {granted} packets, and buffer_packets in "
        f"[recorder] is {told.buffer_packets}. Run: sysctl -w net.core.rmem_max={asked}, or write "
        "less."
    )


def ring_fault(told: Recorder) -> str:
    """What to change where the packet ring cannot be opened, or nothing."""
    if not told.packet_ring:
        return ""
    from vaiti.capture import ring  # with NumPy, whose memory no other process needs locked

    found = ring.obstacle(told.packet_ring)
    return f"{found} ([recorder])." if found else ""


def keeper_fault(told: Recorder) -> str:
    """What to change where less memory may be locked than a keeper needs, or no recorder can go on
    for another; or nothing."""
    if told.keeper and not digest.AVAILABLE:
        return (
            "the libcrypto of this Python has no SHA256_Init, which a recorder needs to go on for "
            "another: calls end with their recorder, as without a keeper; run Vaiti by the "
            "system's own Python, or write keeper = false in [recorder]"
        )
    _, limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    each = calls_each(told)
    needed = BESIDE + each * A_CALL
    if not told.keeper or limit == resource.RLIM_INFINITY or limit >= needed:
        return ""
    calls = max(0, limit - BESIDE) // A_CALL
    of = "most_calls is" if told.processes == 1 else "each of the recorders may have"
    return (
        f"locked memory ({limit >> 20} MiB) is enough for some {calls} calls that outlive their "
        f"recorder, and {of} {each}; start vaiti up with "
        f"LimitMEMLOCK={-(-needed >> 20)}M or more (docs/keeper.md)"
    )
