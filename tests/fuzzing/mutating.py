"""Inputs that are almost right: known ones, damaged. The same seed gives the same inputs."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

MOST_CHANGES = 6
MOST_BYTES = 80 << 10
"""Above the limits of nearly every parser, so that these are met too."""
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)

Change = Callable[[bytearray, "Mutator"], None]


class Mutator:
    """Damaged copies of `seeds`, without end; `words` are what the format itself is made of."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes], seed: int) -> None:
        self.random = Random(seed)
        self.seeds, self.words = seeds, words

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield self.one()

    def one(self) -> bytes:
        data = bytearray(self.random.choice(self.seeds))
        for _ in range(self.random.randint(1, MOST_CHANGES)):
            self.random.choice(CHANGES)(data, self)
        return bytes(data[:MOST_BYTES])

    def place(self, data: bytearray) -> int:
        return self.random.randint(0, len(data))

    def piece(self, data: bytearray, most: int = 64) -> tuple[int, int]:
        first = self.place(data)
        return first, min(len(data), first + self.random.randint(1, most))


def _flip(data: bytearray, draw: Mutator) -> None:
    if data:
        data[draw.random.randrange(len(data))] ^= 1 << draw.random.randrange(8)


def _set(data: bytearray, draw: Mutator) -> None:
    if data:
        data[draw.random.randrange(len(data))] = draw.random.randrange(256)


def _take_out(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    del data[first:end]


def _cut_off(data: bytearray, draw: Mutator) -> None:
    del data[draw.place(data) :]


def _repeat(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    data[first:first] = data[first:end] * draw.random.choice((1, 2, 9, 300))


def _put_word(data: bytearray, draw: Mutator) -> None:
    first = draw.place(data)
    data[first:first] = draw.random.choice(draw.words)


def _change_number(data: bytearray, draw: Mutator) -> None:
    size = draw.random.choice((1, 2, 4, 8))
    first = draw.place(data)
    value = draw.random.choice(NUMBERS) & ((1 << 8 * size) - 1)
    data[first : first + size] = value.to_bytes(size, draw.random.choice(("big", "little")))


def _change_digits(data: bytearray, draw: Mutator) -> None:
    """Where digits stand, another number: as a text, so that it is read as one."""
    first = draw.place(data)
    while first < len(data) and not 0x30 <= data[first] <= 0x39:
        first += 1
    value = draw.random.choice((*NUMBERS, -1, 10**30))
    data[first : first + draw.random.randint(1, 4)] = b"%d" % value


def _swap(data: bytearray, draw: Mutator) -> None:
    first, end = draw.piece(data)
    moved = data[first:end]
    del data[first:end]
    at = draw.place(data)
    data[at:at] = moved


def _splice(data: bytearray, draw: Mutator) -> None:
    """The beginning of one input, the end of another."""
    other = draw.random.choice(draw.seeds)
    data[draw.place(data) :] = other[draw.random.randint(0, len(other)) :]


def _noise(data: bytearray, draw: Mutator) -> None:
    first = draw.place(data)
    data[first:first] = draw.random.randbytes(draw.random.randint(1, 32))


CHANGES: tuple[Change, ...] = (
    *(_flip, _set, _take_out, _cut_off, _repeat, _put_word),
    *(_change_number, _change_digits, _swap, _splice, _noise),
)
