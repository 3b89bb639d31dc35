"""The body of a mail: its words, and what is attached to it. Pure; nothing makes it fail.

The library takes the parts apart. Where it raises, what is left is read as one plain text, so that
a request is seen in any case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from html import unescape

from vaiti.rights.mail import heads
from vaiti.rights.mail.charsets import decoded

MOST_PARTS = 40
MOST_LINES = 600_000
"""A mail of the greatest length has fewer: what has more is made to keep us busy."""
MOST_TEXT = 20_000  # characters that are kept
_LOOKED_AT = 200_000  # of one part
_BRANCH = re.compile(rb"content-type:\s*(?:multipart|message)/", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
_DROPPED = re.compile(r"<(script|style|head|title)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[!/?a-zA-Z][^>]{0,5000}>")
_FAULTS = (ValueError, LookupError, TypeError, AttributeError, RecursionError, AssertionError)
"""What the library raises for parts that are malformed."""


@dataclass(frozen=True, slots=True)
class Body:
    """`attached` is each part that is no text, as octets."""

    text: str = field(repr=False)
    attached: tuple[bytes, ...] = field(default=(), repr=False)
    report: bool = False
    parts_left_out: int = 0


def read(raw: bytes) -> Body:
    """Of the whole mail."""
    if len(_BRANCH.findall(raw)) > MOST_PARTS or raw.count(b"\n") > MOST_LINES:
        return Body(_as_it_stands(raw), parts_left_out=1)
    try:
        return _taken_apart(BytesParser(policy=compat32).parsebytes(raw))
    except _FAULTS:
        return Body(_as_it_stands(raw), parts_left_out=1)


def _as_it_stands(raw: bytes) -> str:
    return decoded(heads.split(raw)[1][:_LOOKED_AT], "utf-8")[:MOST_TEXT]


def _taken_apart(message: Message) -> Body:
    plain: list[str] = []
    marked: list[str] = []
    attached: list[bytes] = []
    left = 0
    for place, part in enumerate(_leaves(message)):
        if place >= MOST_PARTS:
            left += 1
            continue
        kind = part.get_content_type()
        octets = part.get_payload(decode=True)
        octets = octets if isinstance(octets, bytes) else b""
        if kind == "text/html":
            marked.append(_without_marks(_text(part, octets)))
        elif kind.startswith("text/") or kind == "message/rfc822":
            plain.append(_text(part, octets))
        elif octets:
            attached.append(octets)
    words = "\n".join(one.strip() for one in plain if one.strip()) or "\n".join(marked)
    report = message.get_content_type() == "multipart/report"
    return Body(words.strip()[:MOST_TEXT], tuple(attached), report, left)


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())


def _text(part: Message, octets: bytes) -> str:
    found = _CHARSET.search(str(part.get("content-type", ""))[:1000])
    text = decoded(octets[:_LOOKED_AT], found[1] if found else "utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_marks(text: str) -> str:
    """What a reader of the page would see, near enough to be read by a person."""
    broken = _BREAK.sub("\n", _DROPPED.sub(" ", text))
    return unescape(_TAG.sub("", broken))
