"""The recorder's ports for speech, and the other figures of [recorder] that have bounds."""

import re
from pathlib import Path

from vaiti.capture.ring_size import FRAME
from vaiti.ops.sections.general import Recorder

FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}")
RANGE = re.compile(r"(\d{4,5})-(\d{4,5})")
SYSTEMS_OWN = 256  # packets of 20 ms of G.711 in a socket's buffer as Linux makes it
PACKET = 832  # bytes of the buffer that such a packet takes, with what the system notes of it
MOST_PACKETS = 15_000  # five minutes of speech
MOST_PROCESSES = 16  # under one SIP address
LEAST_RING, MOST_RING = 8, 4096  # megabytes
RING_A_CALL = 100 * FRAME  # bytes of it that a call's two streams fill in a second
RING_S = 1.6  # of speech that it has to hold: half a second that waits, a sweep, and a late one
RING_KEPT_S = 5  # of speech that waits in it for the next recorder beside a keeper
STREAMS = 2  # of a call, each with a port for sound and one for reports


def rtp_range(written: str) -> tuple[int, int]:
    """First and last port for sound, the last with room for reports beside it; 0 and 0 for any that
    the system gives. Raises ValueError."""
    if not written:
        return 0, 0
    found = RANGE.fullmatch(written)
    first, last = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1024 <= first < last <= 65535:
        raise ValueError(written)
    return first, last - 1


def buffer_bytes(packets: int) -> int:
    """What to ask of the system for so many packets a stream; 0 for its own size."""
    return 0 if packets == SYSTEMS_OWN else packets * PACKET // 2  # it grants twice that


def calls_each(told: Recorder) -> int:
    """How many calls a recorder process may have, of `most_calls` in all."""
    return -(-told.most_calls // told.processes)


def ports_of(told: Recorder, number: int) -> tuple[int, int]:
    """As `rtp_range`, of one of the processes, counted from 1. Raises ValueError."""
    first, last = rtp_range(told.rtp_ports)
    share = (last - first + 2) // told.processes // 2 * 2
    begins = first + (number - 1) * share
    return (begins, begins + share - 2) if first else (0, 0)


def beside_fault(told: Recorder) -> str:
    """What is wrong, as a sentence, or nothing. Whether the folders are there the doctor looks."""
    names = [Path(one).name for one in told.beside]
    if not all(FOLDER.fullmatch(one) for one in names) or len(names) > MOST_PROCESSES:
        return (
            'beside in [recorder] is a list of folders, such as ["/srv/second"], whose last part '
            f"is of letters, digits, _, . and -; at most {MOST_PROCESSES}"
        )
    if len(set(names)) < len(names):
        return "beside in [recorder] names two folders alike; the last part tells them apart"
    return ""


def recorder_fault(told: Recorder) -> str:
    """What is wrong, as a sentence, or nothing."""
    try:
        first, last = rtp_range(told.rtp_ports)
    except ValueError:
        return 'rtp_ports in [recorder] is a range from 1024 to 65535, such as "30000-39999"'
    if not 1 <= told.processes <= MOST_PROCESSES:
        return f"processes in [recorder] is from 1 to {MOST_PROCESSES}"
    if fault := beside_fault(told):
        return fault
    room = (last - first + 2) // told.processes // (2 * STREAMS) * told.processes
    if first and room < told.most_calls:
        return (
            f"rtp_ports in [recorder] has room for {room} calls, four ports each, and most_calls "
            f"is {told.most_calls}; widen the one or lower the other"
        )
    if not 1 <= told.longest_pause_minutes <= 60:
        return "longest_pause_minutes in [recorder] is from 1 to 60; usual is 5"
    if not SYSTEMS_OWN <= told.buffer_packets <= MOST_PACKETS:
        return f"buffer_packets in [recorder] is from {SYSTEMS_OWN} to {MOST_PACKETS}"
    if told.most_calls < 1 or told.free_bytes < 64 << 20:
        return "most_calls in [recorder] is at least 1 and free_bytes at least 67108864 (64 MiB)"
    return ring_fault(told)


def ring_mb(calls: int, seconds: float = RING_S) -> int:
    """Of a packet ring that holds so much speech of so many calls, in megabytes."""
    return int(-(-calls * RING_A_CALL * seconds // (1 << 20)))


def ring_fault(told: Recorder) -> str:
    """What is wrong with the packet ring, as a sentence, or nothing."""
    if not told.packet_ring:
        return ""
    if ":" in told.media_host or told.media_host == "0.0.0.0" or not told.rtp_ports:
        return (
            "packet_ring in [recorder] needs rtp_ports, and an IPv4 address of the machine as "
            "media_host"
        )
    if not LEAST_RING <= told.packet_ring_mb <= MOST_RING:
        return f"packet_ring_mb in [recorder] is from {LEAST_RING} to {MOST_RING}"
    seconds = RING_KEPT_S if told.keeper else RING_S
    needed = ring_mb(calls_each(told), seconds)
    if told.packet_ring_mb < needed:
        return (
            f"packet_ring_mb in [recorder] holds less than {seconds} seconds of most_calls; write "
            f"{needed} or more"
        )
    return ""
