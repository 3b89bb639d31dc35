"""Inputs that are almost right: known ones, damaged. The same seed gives the same inputs."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

MOST_CHANGES = 6
MOST_BYTES = 80 << 10
"""Above the limits of nearly every parser, so that these are met too."""
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Change = Callable[[bytearray, "Mutator"], None]


class Mutator:
    """Damaged copies of `seeds`, without end; `words` are what the format itself is made of."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes], seed: int) -> None:
        self.random = Random(seed)
        self.draw = self.random.random
        self.seeds, self.words = seeds, words

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.one()

    def one(self) -> bytes:
        data = bytearray(self.one_of(self.seeds))
        for _ in range(1 + self.below(MOST_CHANGES)):
            CHANGES[self.below(len(CHANGES))](data, self)
        return bytes(data[:MOST_BYTES])

    def below(self, end: int) -> int:
        """0 to `end` - 1; a third of what `randrange` costs, and even enough."""
        return int(self.draw() * end)

    def one_of(self, some: Sequence[Any]) -> Any:  # noqa: ANN401 - one of those given
        return some[int(self.draw() * len(some))]

    def place(self, data: bytearray) -> int:
        return int(self.draw() * (len(data) + 1))

    def piece(self, data: bytearray, most: int = 64) -> tuple[int, int]:
        first = self.place(data)
        return first, min(len(data), first + 1 + self.below(most))


def _flip(data: bytearray, draw: Mutator) -> None:
    if data:
        data[draw.below(len(data))] ^= 1 << draw.below(8)


def _set(data: bytearray, draw: Mutator) -> None:
    if data:
        data[draw.below(len(data))] = draw.below(256)


def _take_out(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    del data[first:end]


def _cut_off(data: bytearray, draw: Mutator) -> None:
    del data[draw.place(data) :]


def _repeat(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    data[first:first] = data[first:end] * draw.one_of((1, 2, 9, 300))


def _put_word(data: bytearray, draw: Mutator) -> None:
    first = draw.place(data)
    data[first:first] = draw.one_of(draw.words)


def _change_number(data: bytearray, draw: Mutator) -> None:
    size = draw.one_of((1, 2, 4, 8))
    first = draw.place(data)
    value = draw.one_of(NUMBERS) & ((1 << 8 * size) - 1)
    data[first : first + size] = value.to_bytes(size, draw.one_of(("big", "little")))


def _change_digits(data: bytearray, draw: Mutator) -> None:
    """Where digits stand, another number: as a text, so that it is read as one."""
    first = draw.place(data)
    while first < len(data) and not 0x30 <= data[first] <= 0x39:
        first += 1
    value = draw.one_of((*NUMBERS, -1, 10**30))
    data[first : first + 1 + draw.below(4)] = b"%d" % value


def _swap(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    moved = data[first:end]
    del data[first:end]
    at = draw.place(data)
    data[at:at] = moved


def _splice(data: bytearray, draw: Mutator) -> None:
    """The beginning of one input, the end of another."""
    other = draw.one_of(draw.seeds)
    data[draw.place(data) :] = other[draw.below(len(other) + 1) :]


def _noise(data: bytearray, draw: Mutator) -> None:
    first = draw.place(data)
    data[first:first] = draw.random.randbytes(1 + draw.below(32))


CHANGES: tuple[Change, ...] = (
    *(_flip, _set, _take_out, _cut_off, _repeat, _put_word),
    *(_change_number, _change_digits, _swap, _splice, _noise),
)
