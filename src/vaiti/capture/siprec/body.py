"""Splits the body of a recording session's message into SDP and metadata (RFC 7866, RFC 2046).

Senders break multipart grammar in many ways (docs/siprec.md lists those met); whatever can be told
apart is taken, and each irregularity is named in `Parts.warnings`.
"""

import binascii
import quopri
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_BODY = 256 << 10  # bytes
MAX_PARTS = 16
MAX_PART_HEADERS = 32  # lines
MAX_NESTING = 3  # multiparts inside one another

SDP = "application/sdp"
METADATA = frozenset({"application/rs-metadata+xml", "application/rs-metadata"})

BOUNDARY_GUESSED = "body_boundary_guessed"
CLOSING_BOUNDARY_MISSING = "body_closing_boundary_missing"
TYPE_GUESSED = "body_type_guessed"
PART_LENGTH_WRONG = "body_part_length_wrong"
PART_UNKNOWN = "body_part_unknown"
PART_REPEATED = "body_part_repeated"
PARTS_TOO_MANY = "body_parts_too_many"

_MANGLED = frozenset({"", "text/plain", "application/xml", "text/xml", "application/octet-stream"})
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_BOUNDARY = re.compile(r';\s*boundary\s*=\s*(?:"([^"]*)"?|([^;\s]*))', re.IGNORECASE)


class BodyError(ValueError):
    """The body is too large to be looked at."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The bytes of the two parts, None when absent. Never printed: they hold names."""

    sdp: bytes | None = field(default=None, repr=False)
    metadata: bytes | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    kind: str
    length: str
    content: bytes


def split(content_type: str, body: bytes) -> Parts:
    """The SDP and the metadata in `body`, which the header `content_type` describes.

    Raises BodyError only for a body above MAX_BODY; anything else gives what could be found.
    """
    if len(body) > MAX_BODY:
        raise BodyError("the message's body is larger than 256 KiB")
    if not body.strip():
        return Parts()
    kind = content_type.split(";", 1)[0].strip().lower()
    if kind.startswith("multipart/") or body.lstrip().startswith(b"--"):
        warnings: list[str] = []
        return _gathered(_parts(content_type, body, warnings, MAX_NESTING), warnings)
    return _gathered([_Part(kind, "", body)], [])


def _plain(kind: str) -> bool:
    return kind == SDP or kind in METADATA


def _parts(content_type: str, body: bytes, warnings: list[str], nesting: int) -> list[_Part]:
    """The parts, those of a multipart inside included. A body without any is a part by itself."""
    lines = _LINE.findall(body)
    found: list[_Part] = []
    for section in _sections(lines, _delimiter(content_type, lines, warnings), warnings):
        headers, count = _headers(section)
        part, declared = _part(headers, section[count:]), headers.get("content-type", "")
        if part.kind.startswith("multipart/") and nesting > 1:
            found += _parts(declared, part.content, warnings, nesting - 1)
        else:
            found.append(part)
    return found[:MAX_PARTS] or [_Part("", "", body)]


def _delimiter(content_type: str, lines: list[bytes], warnings: list[str]) -> bytes:
    """The line that stands before each part: as declared, or the first that looks like one."""
    match = _BOUNDARY.search(content_type)
    declared = ((match[1] or match[2] or "") if match else "").strip()
    stripped = [line.rstrip() for line in lines]
    named = declared.encode("utf-8", "surrogateescape")
    for candidate in (b"--" + named, named):
        if declared and candidate in stripped:
            return candidate
    warnings.append(BOUNDARY_GUESSED)
    return next((line for line in stripped if line.startswith(b"--") and len(line) > 2), b"--")


def _sections(lines: list[bytes], delimiter: bytes, warnings: list[str]) -> list[list[bytes]]:
    sections: list[list[bytes]] = []
    for line in lines:
        mark = line.rstrip()
        if mark == delimiter + b"--" and sections:
            return sections
        if mark == delimiter:
            if len(sections) == MAX_PARTS:
                warnings.append(PARTS_TOO_MANY)
                return sections
            sections.append([])
        elif sections:
            sections[-1].append(line)
    warnings.append(CLOSING_BOUNDARY_MISSING)
    return sections


def _part(headers: dict[str, str], section: list[bytes]) -> _Part:
    content = b"".join(section)
    # the line end before a boundary belongs to the boundary (RFC 2046, 5.1.1)
    content = content.removesuffix(b"\n").removesuffix(b"\r")
    kind = headers.get("content-type", "").split(";", 1)[0].strip().lower()
    encoding = headers.get("content-transfer-encoding", "").strip().lower()
    return _Part(kind, headers.get("content-length", ""), _decoded(content, encoding))


def _decoded(content: bytes, encoding: str) -> bytes:
    """For senders that write mail: RFC 3261 has no encodings for parts, nor forbids them."""
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    if encoding == "base64":
        try:
            return binascii.a2b_base64(content)
        except binascii.Error:
            return content
    return content


def _headers(section: list[bytes]) -> tuple[dict[str, str], int]:
    """The part's headers, and the count of lines that they and the blank line take."""
    headers: dict[str, str] = {}
    name = ""
    for count, line in enumerate(section[:MAX_PART_HEADERS]):
        text = line.decode("utf-8", "replace").rstrip()
        if not text:
            return headers, count + 1
        if text[0] in " \t" and name:
            headers[name] += " " + text.strip()
            continue
        name, colon, value = text.partition(":")
        if not colon or text.startswith(("v=", "<")):
            return headers, count
        name = name.strip().lower()
        headers[name] = value.strip()
    return headers, min(len(section), MAX_PART_HEADERS)


def _gathered(parts: list[_Part], warnings: list[str]) -> Parts:
    found: dict[str, bytes] = {}
    for part in parts:
        warnings += _irregularities(part)
        kind = _kind(part)
        if not kind:
            warnings.append(PART_UNKNOWN)
        elif kind in found:
            warnings.append(PART_REPEATED)
        else:
            found[kind] = part.content
    return Parts(found.get("sdp"), found.get("metadata"), tuple(dict.fromkeys(warnings)))


def _irregularities(part: _Part) -> Iterator[str]:
    if part.length.isdecimal() and len(part.length) < 10 and int(part.length) != len(part.content):
        yield PART_LENGTH_WRONG
    if not _plain(part.kind) and _kind(part):
        yield TYPE_GUESSED


def _kind(part: _Part) -> str:
    """`sdp`, `metadata`, or "" for a part of no use here."""
    if part.kind == SDP:
        return "sdp"
    if part.kind in METADATA:
        return "metadata"
    start = part.content.removeprefix(BOM_UTF8).lstrip()
    mangled = part.kind.endswith("+xml") or part.kind in _MANGLED
    if mangled and start.startswith(b"<"):
        return "metadata"
    return "sdp" if mangled and start.startswith(b"v=") else ""
