"""What all runs of a batch that are G.711 say of their sound: judged together, once a second. Pure.

Each step of numpy costs two microseconds where the caches are cold, however little it is about: so
the runs of a batch are looked at in the same turn, and by as few steps as it takes.
"""

import numpy as np
from numpy.typing import NDArray

from vaiti.audio.sound import LAWS, MOST_PACKETS, are_loud

NO_LAW = 0  # in a column of laws: not G.711
_FIRST = np.arange(MOST_PACKETS)


def law_of(codec: str) -> int:
    """For a column of laws."""
    return LAWS.get(codec, NO_LAW)


def look_at(
    laws: NDArray[np.uint8], counts: NDArray[np.int64], payloads: NDArray[np.uint8]
) -> list[bool | None]:
    """Of each run whether there is sound in it; None where this does not judge it. `laws`
    uint8[runs], `counts` int64[runs] of packets; `payloads` uint8[packets, length], the first run's
    first."""
    begins = counts.cumsum() - counts
    judged = (laws != NO_LAW) & (counts >= MOST_PACKETS)
    if judged.all():
        found: list[bool | None] = are_loud(laws, payloads[begins[:, None] + _FIRST]).tolist()
        return found
    found = [None] * len(laws)
    if judged.any():
        said = are_loud(laws[judged], payloads[begins[judged][:, None] + _FIRST])
        for at, loud in zip(judged.nonzero()[0].tolist(), said.tolist(), strict=True):
            found[at] = loud
    return found
