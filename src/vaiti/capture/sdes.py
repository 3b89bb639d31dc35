"""Keys for SRTP in session descriptions (RFC 4568): what a sender offers, what we answer.

A key stands in the description itself, so it is as secret as the signalling that carries it. It is
held in memory only, and prints as nothing.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

MAX_OFFERED = 8  # a=crypto lines that are looked at on one m-line
MAX_KEYS = 4  # of one line
MAX_MKI = 128  # bytes (RFC 4568, 6.1)
MAX_LIFE = 1 << 48
"""Packets that a key may be used for at most (RFC 3711, 9.2), and where nothing else is said."""

REQUIRED, ALLOWED, REFUSED = "required", "allowed", "refused"
RULES: Final = frozenset({REQUIRED, ALLOWED, REFUSED})
"""What a peer's media may be: SRTP only, SRTP or plain, plain only."""

SUITES: Final = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
"""The suites that can be opened, and the bytes of their master key and salt (RFC 4568, 6.2; RFC
7714, 14.1)."""
SUITE_UNKNOWN: Final = "srtp_suite_unknown"
KEYS_UNMARKED: Final = "srtp_keys_unmarked"
PARAMETER_UNKNOWN: Final = "srtp_parameter_unknown"
KEY_UNREADABLE: Final = "srtp_key_unreadable"
HARMLESS: Final = re.compile(r"KDR=0|WSH=[0-9]{1,6}|FEC_ORDER=[A-Z_]{1,16}")
"""Session parameters that change nothing for whoever only receives."""

_LINE = re.compile(r"([0-9]{1,9})\s+([A-Za-z0-9_]{1,64})\s+(\S{1,1024})((?:\s+\S{1,256})*)\s*")
_INLINE = re.compile(
    r"inline:([A-Za-z0-9+/]{4,128}={0,2})(?:\|(2\^[0-9]{1,2}|[0-9]{1,15}))?"
    r"(?:\|([0-9]{1,40}):([0-9]{1,3}))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Crypto:
    """One a=crypto line. `key` is the master key with its salt behind it; where each packet says
    which key it is of (MKI), `marked` has them all, each behind its mark. `lives` are how many
    packets each key may be used for; an offer that changes only that goes on with the same key."""

    tag: int
    suite: str
    key: bytes = field(repr=False)
    marked: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    lives: tuple[int, ...] = field(default=(MAX_LIFE,), compare=False, repr=False)

    def line(self) -> str:
        """As it stands in a description, behind `a=`."""
        return f"crypto:{self.tag} {self.suite} inline:{base64.b64encode(self.key).decode()}"


def choose(offered: Sequence[str]) -> Crypto | None:
    """The first of the values of a=crypto, in the sender's order, that can be opened."""
    found = (read(value) for value in offered[:MAX_OFFERED])
    return next((each for each in found if each is not None), None)


def why_not(offered: Sequence[str]) -> str:
    """What keeps the first line of an offer from being opened, as a name; "" where there is none,
    or where one can be opened."""
    if not offered or choose(offered) is not None:
        return ""
    match = _LINE.fullmatch(offered[0])
    if match is None:
        return KEY_UNREADABLE
    _, suite, keys, parameters = match.groups()
    if suite.upper() not in SUITES:
        return SUITE_UNKNOWN
    if not all(map(HARMLESS.fullmatch, parameters.split())):
        return PARAMETER_UNKNOWN
    return KEYS_UNMARKED if ";" in keys else KEY_UNREADABLE


def read(value: str) -> Crypto | None:
    """None for what we cannot open: another suite, several keys that no mark tells apart, and
    parameters that leave packets open or unproven."""
    match = _LINE.fullmatch(value)
    if match is None:
        return None
    tag, suite, keys, parameters = match.groups()
    size = SUITES.get(suite.upper(), 0)
    if not size or not all(map(HARMLESS.fullmatch, parameters.split())):
        return None
    found = [_INLINE.fullmatch(each) for each in keys.split(";")]
    pairs = [(_mark(each[3], each[4]), _decoded(each[1])) for each in found if each]
    lives = tuple(_life(each[2]) for each in found if each)
    if len(pairs) < len(found) or any(len(key) != size for _, key in pairs) or not all(lives):
        return None
    marks, key = [mark for mark, _ in pairs], pairs[0][1]
    if marks == [b""]:
        return Crypto(int(tag), suite.upper(), key, lives=lives)
    if not _distinct(marks):
        return None
    marked = tuple((mark, key) for mark, key in pairs if mark)
    return Crypto(int(tag), suite.upper(), key, marked, lives)


def _life(text: str | None) -> int:
    """In packets; 0 for a key that may not be used at all. More than a key can bear counts as
    that: such a number is a sender's way to say that it does not count."""
    if text is None:
        return MAX_LIFE
    life = 1 << int(text[2:]) if text.startswith("2^") else int(text)
    return min(life, MAX_LIFE)


def _mark(value: str | None, length: str | None) -> bytes | None:
    """As it stands in a packet; empty for none, None for one that does not fit its length."""
    if value is None or length is None:
        return b""
    size = int(length)
    if not 0 < size <= MAX_MKI or int(value) >= 1 << 8 * size:
        return None
    return int(value).to_bytes(size, "big")


def _distinct(marks: list[bytes | None]) -> bool:
    """Marks of one line are of one length (RFC 4568, 6.1), and no two are the same."""
    sizes = {len(mark or b"") for mark in marks}
    return len(sizes) == 1 and 0 not in sizes and len(set(marks)) == len(marks) <= MAX_KEYS


def _decoded(text: str) -> bytes:
    bare = text.rstrip("=")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return b""
