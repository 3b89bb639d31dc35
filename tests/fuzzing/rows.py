"""RTP packets as the drain has them, damaged in rows: many thousand at once."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Lengths = NDArray[np.int64]
WIDTH = 256  # of a row
LONGEST = 300  # what a datagram may have been: a row keeps its beginning
ROUNDS = 3
HEAD = 24  # most damage is done where the packet says what it is
EDGES = np.array((0, 1, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0xA0, 0xB1, 0xBE, 0xDE, 0xFE, 0xFF), np.uint8)


def damaged(seeds: list[bytes], seed: int) -> Callable[[int], tuple[Bytes, Lengths]]:
    """Draws so many rows, each a seed with up to three things wrong, and their lengths."""
    draw = np.random.default_rng(seed)
    whole = np.zeros((len(seeds), WIDTH), np.uint8)
    for row, data in zip(whole, seeds, strict=True):
        row[: len(data)] = np.frombuffer(data[:WIDTH], np.uint8)
    sizes = np.array([len(data) for data in seeds], np.int64)

    def many(count: int) -> tuple[Bytes, Lengths]:
        chosen = draw.integers(0, len(seeds), count)
        rows, lengths = whole[chosen], sizes[chosen]
        every = np.arange(count)
        for _ in range(ROUNDS):
            what = draw.integers(0, 7, count)
            reach = np.where(draw.integers(0, 4, count) > 0, HEAD, WIDTH)
            at = (draw.random(count) * reach).astype(np.int64)
            bit, edge = what == 0, what == 1
            rows[every[bit], at[bit]] ^= (1 << draw.integers(0, 8, int(bit.sum()))).astype(np.uint8)
            rows[every[edge], at[edge]] = draw.choice(EDGES, int(edge.sum()))
            noise = what == 2
            rows[every[noise], at[noise]] = draw.integers(0, 256, int(noise.sum()), np.uint8)
            cut, long = what == 3, what == 4
            lengths[cut] = (draw.random(int(cut.sum())) * (lengths[cut] + 1)).astype(np.int64)
            lengths[long] = draw.integers(0, LONGEST, int(long.sum()))
            last = (what == 5) & (lengths > 0) & (lengths <= WIDTH)  # how much of it is padding
            rows[every[last], lengths[last] - 1] = draw.integers(0, 256, int(last.sum()), np.uint8)
            rows[what == 6, 0] ^= 0x20
        return rows, lengths

    return many
