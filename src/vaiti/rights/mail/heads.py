"""The head of a mail, read by hand: nothing that somebody sends makes it fail. Pure.

The library's own reader raises for some malformed heads; a person's request must not be lost to
that.
"""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from vaiti.rights.mail.charsets import decoded

MOST_HEAD = 256 << 10  # bytes
MOST_VALUE = 4_000  # characters of one field
_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_WORD = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?\s]{0,2000})\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?)")
_ADDRESS = re.compile(r"[^\s<>\"(),;:\\]{1,128}@[^\s<>\"(),;:\\@]{1,126}")
_BY = re.compile(r"\bby\s+([A-Za-z0-9.-]{1,253})")


@dataclass(frozen=True, slots=True)
class Head:
    """Fields in their order, names in small letters."""

    fields: tuple[tuple[str, str], ...] = field(repr=False)

    def first(self, name: str) -> str:
        return next(self.every(name), "")

    def every(self, name: str) -> Iterator[str]:
        return (value for one, value in self.fields if one == name)


def split(raw: bytes) -> tuple[bytes, bytes]:
    """Head and body."""
    found = _END.search(raw, 0, MOST_HEAD)
    if found is None:
        return raw[:MOST_HEAD], b""
    return raw[: found.start()], raw[found.end() :]


def read(raw: bytes) -> Head:
    lines: list[list[str]] = []
    for line in decoded(raw, "utf-8").replace("\r", "").split("\n"):
        if line[:1] in (" ", "\t") and lines:
            lines[-1].append(line)
        elif ":" in line:
            lines.append([line])
    fields = []
    for one in lines:
        name, _colon, value = "\n".join(one)[:MOST_VALUE].partition(":")
        fields.append((name.strip().lower(), value.strip()))
    return Head(tuple(fields))


def plain(value: str) -> str:
    """A field as it is read: encoded words decoded, on one line."""
    joined = _BETWEEN.sub(r"\1", value)
    return " ".join(_WORD.sub(_word, joined).split())


def _word(found: re.Match[str]) -> str:
    charset, way, text = found[1].partition("*")[0], found[2].lower(), found[3]
    data = text.encode("ascii", "replace")
    try:
        octets = base64.b64decode(data + b"==") if way == "b" else quopri.decodestring(data, True)
    except (binascii.Error, ValueError):
        return found[0]
    return decoded(octets, charset)


def address(value: str) -> str:
    """The mail address that a field names, in small letters, or nothing."""
    angled = value.rpartition("<")[2] if "<" in value else value
    found = _ADDRESS.search(angled)
    return found[0].lower() if found else ""


def addresses(values: Sequence[str]) -> frozenset[str]:
    return frozenset(one.lower() for value in values for one in _ADDRESS.findall(value))


def moment(text: str) -> datetime | None:
    """Of a date as mails have it; None where it is none."""
    try:
        found = parsedate_to_datetime(text.strip()[:100])
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def passed(head: Head, servers: frozenset[str]) -> datetime | None:
    """When the first of our own servers had it: they stand above all others in the head.

    The fields below the last of ours are what the sender's side wrote, and are not believed.
    """
    found = None
    for value in head.every("received"):
        by = _BY.search(value)
        at = moment(value.rpartition(";")[2])
        if by is None or at is None or by[1].lower() not in servers:
            break
        found = at
    return found
