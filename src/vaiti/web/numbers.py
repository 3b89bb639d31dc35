"""The customer's number in a search field and on a page. Its last three digits never stay. Pure.

Whatever is typed loses its last three digits at once; who types `···` or `***` in their place
has left them out already.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from vaiti.values.masked import MASK, NOT_AVAILABLE
from vaiti.values.personal import Personal

MAX_WRITTEN = 4096  # masked numbers whose grouping is remembered
DOTS = "···"
_HIDDEN = re.compile(r"(?:[*·•.xX_]{3,}|…)\s*$")  # one full stop ends a sentence, and hides nothing
MAX_TYPED = 40  # characters; the longest number written with spaces has about 25
LEAST_DIGITS = 4  # a search by fewer would list nearly every call

ORDINARY = frozenset(
    {
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
        phonenumbers.PhoneNumberType.VOIP,
    }
)


class NotANumber(ValueError):
    """What was typed holds no telephone number, or too little of one to search by."""


@dataclass(frozen=True, slots=True)
class NumberBegins:
    """The beginning of a customer's number: E.164 without its last three digits."""

    prefix: str

    @property
    def masked(self) -> str:
        return self.prefix + MASK


def without_last_digits(typed: str, region: str) -> NumberBegins | None:
    """What may be searched for of a typed number; None when nothing was typed. Raises NotANumber.

    `region` (FI) reads numbers that are written without a country code.
    """
    text = typed.strip()
    if not text:
        return None
    if len(text) > MAX_TYPED:
        raise NotANumber
    hidden = _HIDDEN.search(text)
    digits = re.sub(r"[^0-9]", "", text)
    kept = digits if hidden else digits[:-3]
    if len(kept) < LEAST_DIGITS:
        raise NotANumber
    return NumberBegins(_international(("+" if text.startswith("+") else "") + kept, region))


def whole(typed: str, region: str) -> Personal[str]:
    """A customer's own number (E.164), for the moment in which something is sent there. Raises
    NotANumber, also for numbers that cost more than others."""
    if len(typed) > MAX_TYPED:
        raise NotANumber
    try:
        parsed = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        raise NotANumber from None  # what was typed stands in the other
    if phonenumbers.number_type(parsed) not in ORDINARY:
        raise NotANumber
    return Personal(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def _international(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise NotANumber from error
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def is_masked(text: str) -> bool:
    """Whether `text` is the one form in which a number may stand in an address."""
    return re.fullmatch(r"\+[0-9]{4,12}\*\*\*", text) is not None


def write_whole(number: str) -> str:
    """One of the company's own numbers in the groups of its country."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(MAX_WRITTEN)
def write_masked(stored: str) -> str:
    """`+358 40 7712 ···` for `+358407712***`; empty when the number is not available."""
    if stored == NOT_AVAILABLE:
        return ""
    known = stored.removesuffix(MASK)
    if not known.startswith("+"):
        return f"{known} {DOTS}".strip()
    return f"{_grouped(known)} {DOTS}"


def _grouped(known: str) -> str:
    """The known digits in the groups of their country."""
    try:
        parsed = phonenumbers.parse(known + "000", None)
    except phonenumbers.NumberParseException:
        return known
    whole = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    kept = list(whole)
    dropped = 0
    while dropped < 3:
        dropped += kept.pop().isdigit()
    return "".join(kept).rstrip(" -")
