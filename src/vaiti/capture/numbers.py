"""Telephone numbers at the edge: told apart, normalised, masked before anything is written (N-15).

The rules and their vectors are those of appendix C of the requirements; see docs/masking.md.
Nothing here keeps, logs or repeats what it was given.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote

import phonenumbers

from vaiti.values.masked import MaskedNumber, mask_digits, withheld

MAX_INPUT = 512  # characters; a longer address is not a telephone number
MAX_NUMBER = 20  # characters; E.164 allows 16 with the plus, longer strings are routing codes
LONGEST_CODE = 3  # digits of a country's code
SHORT_CODE = 6  # digits; up to this a number without a plus is a short code unless valid as dialled

_SCHEME = re.compile(r"(tel|sips?):", re.IGNORECASE)
_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s().\-/\u00ad\u200b\u2010-\u2015\u2212]+")
_EXTENSION = re.compile(r"(?<=[0-9])[\s,]*(?:;ext=|ext\.?|x|#|;).*$", re.IGNORECASE | re.DOTALL)
_CONTEXT = re.compile(r";phone-context=(\+[0-9().\-]+)", re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]+")
_NOBODYS: Mapping[str, str] = {}


def user_part(address: str) -> str:
    """The user of a sip, sips or tel URI, of a name-addr, or of `user@host`; "" when there is none.

    Parameters and password are dropped, escapes are decoded. A bare word counts as a user.
    """
    subscriber = _subscriber(address)
    return unquote(subscriber.split(";", 1)[0]).strip()


def normalise(address: str, region: str, known: Mapping[str, str] = _NOBODYS) -> str | None:
    """E.164 with a plus, or the digits of a short code; None when `address` is not a number.

    `region` is the two-letter country that numbers without a country code are dialled in; `known`
    has what some numbers come to there, which takes a tenth of a millisecond to find out.
    """
    subscriber = unquote(_subscriber(address))
    if "@" in subscriber or _is_host(subscriber):
        return None
    context = _CONTEXT.search(subscriber)
    number = _SEPARATORS.sub("", _EXTENSION.sub("", _ascii_digits(subscriber)))
    if not _NUMBER.fullmatch(number):
        return None
    if context and not number.startswith("+"):
        number = _SEPARATORS.sub("", context.group(1)) + number
    if len(number) > MAX_NUMBER:
        return None
    return known.get(number) or _normal(number, region)


def _normal(number: str, region: str) -> str:
    if number.startswith("+") and _stands(number):
        return number
    return _international(number, region) or _dialled_abroad(number, region) or number


def mask(address: str, region: str) -> MaskedNumber:
    """The stored form of the customer's number (N-15): last three digits gone, or not available."""
    number = normalise(address, region)
    return withheld() if number is None else mask_digits(number)


def _subscriber(address: str) -> str:
    """What stands before the host, parameters of the number included."""
    if len(address) > MAX_INPUT:
        return ""
    text = address.strip()
    if "<" in text:
        text = text[text.rfind("<") + 1 :].split(">", 1)[0].strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        return "" if _OTHER_SCHEME.match(text) else _before_host(text)
    rest = text[scheme.end() :]
    if scheme.group(1).lower() == "tel":
        return rest
    return _before_host(rest) if "@" in rest else ""


def _before_host(text: str) -> str:
    user, at, host = text.partition("@")
    if not at:
        return "" if ":" in text else text
    if host.split(";", 1)[0].lower().endswith("anonymous.invalid"):
        return ""
    return user.split(":", 1)[0]


def _is_host(text: str) -> bool:
    if "." not in text and ":" not in text:
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _ascii_digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(character)) if character.isdecimal() else character
        for character in unicodedata.normalize("NFKC", text)
    )


def _international(number: str, region: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    short = len(number) <= SHORT_CODE and not number.startswith("+")
    known = phonenumbers.is_valid_number if short else phonenumbers.is_possible_number
    if not known(parsed):
        return None
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return text if len(text) <= MAX_NUMBER else None


def _stands(number: str) -> bool:
    """Whether a number with its country's code is what it comes to, be it possible or not: nothing
    of it can be what is dialled before others within that country, and would be taken away."""
    for end in range(2, 2 + LONGEST_CODE):
        prefix = _prefix(number[1:end])
        if prefix is not None:
            return not prefix.match(number[end:])
    return False


@lru_cache(maxsize=1_000)  # of one digit to three
def _prefix(code: str) -> re.Pattern[str] | None:
    """What may be dialled before a number within the country of that code; None for no code."""
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code))
    if regions is None or code.startswith("0"):
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), regions[0])
    return re.compile((metadata and metadata.national_prefix_for_parsing) or "(?!)")


def _dialled_abroad(number: str, region: str) -> str | None:
    if not number.startswith("00"):
        return None
    return _international("+" + number[2:], region)
