"""G.711 (ITU-T G.711, 11/1988) decoded to 16-bit linear samples by table."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 8000  # samples in a second
CODECS: Final = ("PCMA", "PCMU")  # names as in RFC 3551, section 6


def _a_law() -> NDArray[np.int16]:
    """Table 1: 13-bit values, scaled by 8. Every second bit of the code is inverted on the line."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    chord, step = code >> 4 & 7, code & 15
    magnitude = np.where(chord == 0, step * 16 + 8, (step * 16 + 264) << np.maximum(chord - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _mu_law() -> NDArray[np.int16]:
    """Table 2: 14-bit values, scaled by 4. All bits of the code are inverted on the line."""
    code = np.arange(256, dtype=np.int32) ^ 0xFF
    chord, step = code >> 4 & 7, code & 15
    magnitude = ((step * 8 + 132) << chord) - 132
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


TABLES: Final = np.stack((_a_law(), _mu_law()))
"""int16[2, 256]: the row is the codec's place in `CODECS`, the column the received byte."""
