"""Splits a secret into shares of which a number chosen before, and no fewer, give it back (Shamir).

Each byte of the secret is the value at 0 of a random polynomial over GF(2^8), the field of AES; a
share is that polynomial's value at the share's number. Fewer shares than the threshold tell nothing
at all of the secret, not even by their sum.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Final

MOST: Final = 255  # shares: the field's elements but 0, at which the secret itself stands
_MODULUS: Final = 0x11B
_GENERATOR: Final = 3


def _powers() -> tuple[list[int], list[int]]:
    """Exponents and logarithms to the base of a generator of the field."""
    powers, logarithms, value = [0] * 255, [0] * 256, 1
    for exponent in range(255):
        powers[exponent], logarithms[value] = value, exponent
        doubled = value << 1
        value = (doubled ^ _MODULUS if doubled > 0xFF else doubled) ^ value
    return powers, logarithms


_POWERS, _LOGARITHMS = _powers()


def split(secret: bytes, threshold: int, count: int) -> dict[int, bytes]:
    """Shares 1 to `count`, each as long as the secret. Raises ValueError."""
    if not 2 <= threshold <= count <= MOST:
        raise ValueError(f"from 2 to {MOST} shares are needed, and no more than there are")
    shares = {number: bytearray() for number in range(1, count + 1)}
    for byte in secret:
        polynomial = [byte, *secrets.token_bytes(threshold - 1)]
        for number, share in shares.items():
            share.append(_value_at(number, polynomial))
    return {number: bytes(share) for number, share in shares.items()}


def joined(shares: Mapping[int, bytes]) -> bytes:
    """The secret of these shares, which must be as many as the threshold or more.

    Others, or fewer, give other bytes: whoever joins must know the secret by something else. Raises
    ValueError for shares of different lengths or impossible numbers.
    """
    if not shares or len({len(share) for share in shares.values()}) != 1:
        raise ValueError("the shares are not of one secret")
    if not all(1 <= number <= MOST for number in shares):
        raise ValueError(f"a share has a number from 1 to {MOST}")
    weights = [_weight(number, list(shares)) for number in shares]
    columns = zip(*shares.values(), strict=True)
    return bytes(_sum(weights, column) for column in columns)


def _sum(weights: Sequence[int], column: Sequence[int]) -> int:
    total = 0
    for weight, byte in zip(weights, column, strict=True):
        total ^= _times(weight, byte)
    return total


def _weight(number: int, numbers: Sequence[int]) -> int:
    """Lagrange's at 0: the product of x / (x + number) over the other shares' numbers x."""
    weight = 1
    for other in numbers:
        if other != number:
            weight = _times(weight, _times(other, _inverse(other ^ number)))
    return weight


def _value_at(place: int, polynomial: Sequence[int]) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = _times(value, place) ^ coefficient
    return value


def _times(one: int, other: int) -> int:
    if one == 0 or other == 0:
        return 0
    return _POWERS[(_LOGARITHMS[one] + _LOGARITHMS[other]) % 255]


def _inverse(value: int) -> int:
    return _POWERS[-_LOGARITHMS[value] % 255]
