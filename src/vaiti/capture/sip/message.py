"""SIP messages from bytes and back (RFC 3261 section 7).

Lenient where real senders err, each time with a named warning: bare LF, leading empty lines,
lines that are no header, repeated or empty headers, bytes after the body.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vaiti.capture.sip.grammar import (
    NameAddr,
    SipError,
    Via,
    is_token,
    parse_cseq,
    parse_name_addr,
    parse_number,
    parse_via,
    split_list,
)

__all__ = [
    "END_OF_HEAD",
    "MAX_HEADERS",
    "MAX_LINE_CHARS",
    "MAX_MESSAGE_BYTES",
    "Headers",
    "Outline",
    "Request",
    "Response",
    "SipError",
    "content_length",
    "encode_request",
    "encode_response",
    "outline",
    "parse",
    "read_head",
]

MAX_MESSAGE_BYTES = 65_535
MAX_HEADERS = 256
MAX_LINE_CHARS = 8_192
MAX_VIAS = 70

# The compact forms of the IANA registry; a name stands here where its usual spelling is not its
# title case, so that what we send looks like what others send.
_COMPACT = {
    "a": "Accept-Contact", "b": "Referred-By", "c": "Content-Type", "d": "Request-Disposition",
    "e": "Content-Encoding", "f": "From", "i": "Call-ID", "j": "Reject-Contact", "k": "Supported",
    "l": "Content-Length", "m": "Contact", "n": "Identity-Info", "o": "Event", "r": "Refer-To",
    "s": "Subject", "t": "To", "u": "Allow-Events", "v": "Via", "x": "Session-Expires",
    "y": "Identity",
}  # fmt: skip
_SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type")
_MUST_AGREE = frozenset({"From", "To", "Call-ID", "CSeq", "Max-Forwards"})

END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_STRAY_CR = re.compile(r"\r(?!\n)")


Lines = Iterable[tuple[str, str]]


class Headers:
    """Header lines in order. Names are case-blind and compact forms are their long names.

    `Content-Length` is framing and is not kept here.
    """

    __slots__ = ("_by_name", "_lines")

    def __init__(self, lines: list[tuple[str, str]] | None = None) -> None:
        self._lines = lines or []
        by_name: dict[str, list[str]] = {}
        for name, value in self._lines:
            by_name.setdefault(name.lower(), []).append(value)
        self._by_name = by_name

    def get(self, name: str) -> str | None:
        """The first value that is not empty; "" when all are; None when there is none."""
        values = self.all(name)
        return next(filter(None, values), values[0] if values else None)

    def all(self, name: str) -> list[str]:
        """Every value, one for each header line."""
        key = name.lower()
        return self._by_name.get(key) or self._by_name.get(_COMPACT.get(key, "").lower(), [])

    def items(self, name: str) -> list[str]:
        """The comma-separated items of all lines of this name, empty ones left out."""
        return [item for value in self.all(name) for item in split_list(value) if item]

    def __contains__(self, name: str) -> bool:
        return bool(self.all(name))

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._lines == other._lines

    __hash__ = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request whose transaction headers are there and well formed.

    `sender` is From, `recipient` is To; `vias` runs from the last hop (ours to answer) backwards.
    `warnings` names what was tolerated; the names hold nothing from the message.
    """

    method: str
    uri: str
    headers: Headers
    body: bytes
    vias: tuple[Via, ...]
    sender: NameAddr
    recipient: NameAddr
    call_id: str
    cseq: int
    warnings: tuple[str, ...] = ()

    @property
    def via(self) -> Via:
        """The hop that sent it, to which the answer goes."""
        return self.vias[0]

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type") or ""

    def encode(self) -> bytes:
        return encode_request(self.method, self.uri, self.headers, self.body)


@dataclass(frozen=True, slots=True, repr=False)
class Response:
    status: int
    reason: str
    headers: Headers
    body: bytes
    vias: tuple[Via, ...]
    sender: NameAddr
    recipient: NameAddr
    call_id: str
    cseq: int
    method: str
    warnings: tuple[str, ...] = ()

    def encode(self) -> bytes:
        return encode_response(self.status, self.reason, self.headers, self.body)


@dataclass(frozen=True, slots=True, repr=False)
class Outline:
    """What can be told of a request that does not parse: enough to refuse it."""

    method: str
    via: Via
    headers: Headers


@dataclass(frozen=True, slots=True, repr=False)
class _Raw:
    start: str
    headers: Headers
    body: bytes
    warnings: list[str]


def parse(data: bytes, *, stream: bool = False) -> Request | Response:
    """One whole message. `stream` is True for TCP, where Content-Length must be there and right.

    Raises `SipError` and nothing else.
    """
    raw = _split(data, stream)
    if raw.start[:4].upper() == "SIP/" and " " in raw.start:
        return _response(raw)
    return _request(raw)


def outline(data: bytes) -> Outline | None:
    """The refusable outline of a request that `parse` raised on; None when nobody can be told."""
    try:
        start, lines, _ = read_head(_cut(data)[0])
        headers = Headers(lines)
        method, _, rest = start.partition(" ")
        via = parse_via(split_list(headers.get("Via") or "")[0])
    except SipError:
        return None
    if not is_token(method) or "SIP/" not in rest.upper():
        return None
    return Outline(method, via, headers)


def encode_request(method: str, uri: str, lines: Lines, body: bytes = b"") -> bytes:
    return _encode(f"{method} {uri} SIP/2.0", lines, body)


def encode_response(status: int, reason: str, lines: Lines, body: bytes = b"") -> bytes:
    return _encode(f"SIP/2.0 {status} {reason}", lines, body)


def _encode(start: str, lines: Lines, body: bytes) -> bytes:
    text = [start]
    text.extend([f"{name}: {value}" for name, value in lines])
    text.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "\r\n".join(text).encode("utf-8", "surrogateescape") + body


def _cut(data: bytes) -> tuple[bytes, bytes, bool]:
    """Head, what follows it, and whether the head was ended by an empty line."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise SipError(513, f"The message is longer than {MAX_MESSAGE_BYTES} bytes.")
    data = data.lstrip(b"\r\n")
    end = END_OF_HEAD.search(data)
    if end is None:
        return data, b"", False
    return data[: end.start()], data[end.end() :], True


def read_head(head: bytes) -> tuple[str, list[tuple[str, str]], list[str]]:
    """The start line, the header lines, and the warnings met on the way."""
    text = head.decode("utf-8", "surrogateescape")
    warnings = []
    if text.count("\n") != text.count("\r\n"):
        warnings.append("bare_lf")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_HEADERS + 1:
        raise SipError(400, f"There are more than {MAX_HEADERS} header lines.")
    if max(map(len, lines)) > MAX_LINE_CHARS:
        raise SipError(400, f"A line is longer than {MAX_LINE_CHARS} characters.")
    headers = []
    for line in lines[1:]:
        header = _header_line(line)
        if header is None:
            warnings.append("malformed_header_line")
        else:
            headers.append(header)
    return lines[0], headers, warnings


def _header_line(line: str) -> tuple[str, str] | None:
    name, colon, value = line.partition(":")
    name = name.rstrip(" \t")
    if not colon or not is_token(name):
        return None
    if "\r" in value:
        value = _STRAY_CR.sub(" ", value)
    return _COMPACT.get(name.lower(), name), value.strip(" \t")


def _split(data: bytes, stream: bool) -> _Raw:
    head, rest, ended = _cut(data)
    if not head:
        raise SipError(400, "There is nothing but empty lines.")
    start, lines, warnings = read_head(head)
    if not ended:
        raise SipError(400, "The headers are not ended by an empty line.")
    length = content_length(lines, stream=stream)
    if length is None:
        length = len(rest)
    if length > len(rest):
        raise SipError(400, "The body is shorter than Content-Length says.")
    if length < len(rest):
        warnings.append("trailing_bytes")
    kept = [line for line in lines if line[0].lower() != "content-length"]
    headers = Headers(kept)
    _check_singles(headers, warnings)
    return _Raw(start, headers, rest[:length], list(dict.fromkeys(warnings)))


def content_length(lines: list[tuple[str, str]], *, stream: bool) -> int | None:
    """What Content-Length says; None where a datagram leaves it out (RFC 3261 section 18.3)."""
    said = {value for name, value in lines if name.lower() == "content-length"}
    if len(said) > 1:
        raise SipError(400, "There are several Content-Length headers and they differ.")
    if said:
        return parse_number(said.pop(), MAX_MESSAGE_BYTES, "Content-Length")
    if stream:
        raise SipError(400, "Content-Length is missing: over TCP it must be there.")
    return None


def _check_singles(headers: Headers, warnings: list[str]) -> None:
    for name in _SINGLE:
        values = headers.all(name)
        if len(values) < 2:
            continue
        warnings.append("repeated_header")
        if len(set(filter(None, values))) > 1 and name in _MUST_AGREE:
            raise SipError(400, f"There are several {name} headers and they differ.")


def _must(headers: Headers, name: str) -> str:
    value = headers.get(name)
    if not value:
        raise SipError(400, f"{name} is missing or empty.")
    return value


def _vias(headers: Headers) -> tuple[Via, ...]:
    _must(headers, "Via")
    items = [item for value in headers.all("Via") for item in split_list(value)]
    if len(items) > MAX_VIAS:
        raise SipError(400, f"There are more than {MAX_VIAS} Via entries.")
    vias = tuple(map(parse_via, items))
    if any(via.version != "2.0" for via in vias):
        raise SipError(505, "A Via header names another version than SIP/2.0.")
    return vias


def _request(raw: _Raw) -> Request:
    method, uri = _request_line(raw)
    headers = raw.headers
    vias = _vias(headers)
    cseq, cseq_method = parse_cseq(_must(headers, "CSeq"))
    if cseq_method != method:
        raise SipError(400, "CSeq names another method than the request line.")
    forwards = headers.get("Max-Forwards")
    if forwards is not None:
        _check_max_forwards(forwards, raw)
    sender = parse_name_addr(_must(headers, "From"))
    recipient = parse_name_addr(_must(headers, "To"))
    call_id = _must(headers, "Call-ID")
    return Request(
        method, uri, headers, raw.body, vias, sender, recipient, call_id, cseq, tuple(raw.warnings)
    )


def _check_max_forwards(text: str, raw: _Raw) -> None:
    # Nothing is forwarded here, so a bad value may count as absent (RFC 4475 section 3.1.2.4).
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        raw.warnings.append("bad_max_forwards")


def _request_line(raw: _Raw) -> tuple[str, str]:
    line = raw.start
    if line.endswith((" ", "\t")):
        raw.warnings.append("trailing_blank")
        line = line.rstrip(" \t")
    parts = line.split(" ")
    if len(parts) != 3 or not is_token(parts[0]) or not parts[1]:
        raise SipError(400, "The request line does not read 'METHOD uri SIP/2.0'.")
    method, uri, version = parts
    if version.upper() != "SIP/2.0":
        if version.upper().startswith("SIP/"):
            raise SipError(505, "Only SIP/2.0 is spoken here.")
        raise SipError(400, "This is no SIP request.")
    return method, uri


def _response(raw: _Raw) -> Response:
    version, _, rest = raw.start.partition(" ")
    status, _, reason = rest.partition(" ")
    if version.upper() != "SIP/2.0" or not (status.isascii() and status.isdigit()):
        raise SipError(400, "The status line does not read 'SIP/2.0 number reason'.")
    if len(status) != 3 or not 100 <= int(status) <= 699:
        raise SipError(400, "The status is no number from 100 to 699.")
    headers = raw.headers
    cseq, method = parse_cseq(_must(headers, "CSeq"))
    return Response(
        int(status),
        reason,
        headers,
        raw.body,
        _vias(headers),
        parse_name_addr(_must(headers, "From")),
        parse_name_addr(_must(headers, "To")),
        _must(headers, "Call-ID"),
        cseq,
        method,
        tuple(raw.warnings),
    )
