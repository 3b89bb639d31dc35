"""The customer's number with its last three digits replaced (N-15, appendix C).

A `MaskedNumber` can only be made by masking: nothing behind the edge ever sees the digits.
"""

import re
from dataclasses import dataclass

NOT_AVAILABLE = "not available"
MASK = "***"
_STORED = re.compile(r"\+?[0-9]*\*\*\*")


@dataclass(frozen=True, slots=True)
class MaskedNumber:
    """`+358401234***`, `***` or `not available`; never more than that."""

    text: str

    def __post_init__(self) -> None:
        if self.text != NOT_AVAILABLE and not _STORED.fullmatch(self.text):
            raise ValueError("not a masked number")

    def __str__(self) -> str:
        return self.text


def mask_digits(number: str) -> MaskedNumber:
    """Masks a normalised number (E.164 or a short code: an optional plus, then digits).

    Numbers of three digits or fewer vanish whole. Raises ValueError for anything else, without
    repeating it.
    """
    if not re.fullmatch(r"\+?[0-9]+", number):
        raise ValueError("only a normalised number can be masked")
    digits = number.removeprefix("+")
    if len(digits) <= 3:
        return MaskedNumber(MASK)
    return MaskedNumber(number[:-3] + MASK)


def withheld() -> MaskedNumber:
    return MaskedNumber(NOT_AVAILABLE)
