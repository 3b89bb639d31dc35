"""Stretches of a call that were heard, joined where they touch. Pure."""

from collections.abc import Sequence
from itertools import pairwise

MAX_STRETCHES = 64  # kept apart; beyond, the two nearest are joined and count as heard through

Stretch = tuple[int, int]
"""From and to (exclusive), in microseconds since the epoch, UTC."""


def join(stretches: Sequence[Stretch], new: Stretch) -> list[Stretch]:
    """`stretches`, in order and apart, with `new` among them. An empty `new` adds nothing."""
    joined: list[Stretch] = []
    for start, end in sorted([*stretches, *([new] if new[0] < new[1] else [])]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    while len(joined) > MAX_STRETCHES:
        _join_nearest(joined)
    return joined


def _join_nearest(stretches: list[Stretch]) -> None:
    gaps = [right[0] - left[1] for left, right in pairwise(stretches)]
    at = gaps.index(min(gaps))
    stretches[at : at + 2] = [(stretches[at][0], stretches[at + 1][1])]


def total_us(stretches: Sequence[Stretch]) -> int:
    return sum(end - start for start, end in stretches)
