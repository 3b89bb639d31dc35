"""How a recording stands in Opus where an operator chose that: its packets on the time line, and
what is said of it wherever it is shown (docs/store.md, "Opus"). Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from vaiti.values.streams import Epoch

CODEC: Final = "OPUS"
KBITS: Final = (10, 12, 14)
"""Of each voice, in thousands of bits a second; two of 14 need 0.22 MB a call-minute."""
FRAME_US: Final = 20_000
CLOCK, TICKS = 48_000, 960  # of Opus in RTP (RFC 7587), and in a frame
AHEAD_US: Final = 6_500  # what the encoder looks ahead: its sound comes out so much later
PAYLOAD_TYPE: Final = 111
EPOCH_FRAMES: Final = 6 * 3600 * 50  # timestamps reach 12 hours either way
FROM: Final = frozenset({"PCMA", "PCMU", "CN"})
"""Of what is encoded: G.711 and the noise between. What came in less is not made less again."""


def epochs(tracks: Sequence[int], began_us: int, ended_us: int) -> list[Epoch]:
    """What ties the packets of a call's tracks to the time line."""
    frames = max(1, (ended_us - began_us) // FRAME_US + 1)
    return [
        Epoch(
            track,
            track + 1,
            PAYLOAD_TYPE,
            CODEC,
            CLOCK,
            first & 0xFFFF,
            first * TICKS & 0xFFFFFFFF,
            began_us + first * FRAME_US - AHEAD_US,
        )
        for track in sorted(tracks)
        for first in range(0, frames, EPOCH_FRAMES)
    ]


def kept_as(recording: Mapping[str, Any]) -> dict[str, Any] | None:
    """`codec`, `kbits` (of all voices together a second), `since_us`, `was_sha256` of a recording
    that is kept in a lossy form; None of one that is kept as it was received."""
    found = recording.get("lossy")
    return dict(found) if found else None
