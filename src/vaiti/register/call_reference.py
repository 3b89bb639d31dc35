"""A call's reference: sixteen letters by which whoever holds them names exactly that call. Pure.

It is computed from the call's random id with a secret key, and kept nowhere. What it hides is the
beginning of the id, under a mask that its own seal makes (a synthetic initialisation vector): so
the call is found by its id's beginning, and known by the seal over the whole id. A reference that
somebody makes up is one of 2**63. There are no digits, which a telephone number could be taken for,
no vowels, which make words, and no Q: nineteen letters, of which the last one checks the others.
"""

import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

LETTERS: Final = "BCDFGHJKLMNPRSTVWXZ"
LENGTH: Final = 16
GROUP: Final = 4
MOST_TYPED: Final = 60
"""Characters, with spaces and hyphens."""
_BASE: Final = len(LETTERS)  # prime, so that every wrong letter and every exchange of two is seen
_ID_BITS: Final = 31
_SEAL_BITS: Final = 32
_GAPS: Final = " -‐‑–—.,\t\r\n\u00a0"


class Mistyped(ValueError):
    """These letters are no reference: one of them is wrong, or one is lacking."""


def write(call: UUID, key: bytes) -> str:
    """Such as BCDF-GHJK-LMNP-RSTV."""
    seal = _seal(call, key)
    hidden = _beginning(call) ^ _mask(seal, key)
    number = seal << _ID_BITS | hidden
    digits = []
    for _ in range(LENGTH - 1):
        number, digit = divmod(number, _BASE)
        digits.append(digit)
    return grouped("".join(LETTERS[one] for one in [*digits, _check(digits)]))


def read(typed: str) -> str:
    """As it is written, from what somebody typed: small letters, spaces and hyphens make no
    difference. Raises Mistyped."""
    plain = "".join(one for one in typed.upper() if one not in _GAPS)
    if len(plain) != LENGTH or not set(plain) <= set(LETTERS):
        raise Mistyped
    digits = [LETTERS.index(one) for one in plain]
    if _check(digits[:-1]) != digits[-1]:
        raise Mistyped
    return grouped(plain)


def bounds(reference: str, key: bytes) -> tuple[UUID, UUID]:
    """The smallest and the largest id that it may be of. `reference` as `read` gives it."""
    seal, hidden = _parts(reference)
    first = (hidden ^ _mask(seal, key)) << 128 - _ID_BITS
    return UUID(int=first), UUID(int=first | (1 << 128 - _ID_BITS) - 1)


def fits(reference: str, call: UUID, key: bytes) -> bool:
    return hmac.compare_digest(write(call, key), reference)


def grouped(plain: str) -> str:
    return "-".join(plain[at : at + GROUP] for at in range(0, len(plain), GROUP))


def _parts(reference: str) -> tuple[int, int]:
    """Seal and hidden beginning. What is larger than any of ours is none of ours."""
    digits = [LETTERS.index(one) for one in reference if one != "-"][:-1]
    number = 0
    for digit in reversed(digits):
        number = number * _BASE + digit
    number &= (1 << _ID_BITS + _SEAL_BITS) - 1
    return number >> _ID_BITS, number & (1 << _ID_BITS) - 1


def _check(digits: list[int]) -> int:
    """So that the sum of all letters, each times its place, is nothing modulo the prime."""
    total = sum(place * digit for place, digit in enumerate(digits, 1))
    return -total * pow(LENGTH, -1, _BASE) % _BASE


def _beginning(call: UUID) -> int:
    return call.int >> 128 - _ID_BITS


def _seal(call: UUID, key: bytes) -> int:
    return _keyed(b"seal", call.bytes, key) >> 64 - _SEAL_BITS


def _mask(seal: int, key: bytes) -> int:
    return _keyed(b"mask", seal.to_bytes(4, "big"), key) >> 64 - _ID_BITS


def _keyed(label: bytes, content: bytes, key: bytes) -> int:
    return int.from_bytes(hmac.digest(key, label + content, sha256)[:8], "big")
