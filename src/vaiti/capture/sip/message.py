"""SIP messages from bytes and back (RFC 3261 section 7).

Lenient where real senders err, each time with a named warning: bare LF, leading empty lines,
lines that are no header, repeated or empty headers, bytes after the body.
"""

import re
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
from vaiti.capture.sip.headers import Headers, Lines, read_head

__all__ = [
    "END_OF_HEAD",
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
]

MAX_MESSAGE_BYTES = 65_535
MAX_VIAS = 70

_SINGLE = ("From", "To", "Call-ID", "CSeq", "Max-Forwards", "Content-Type")
_MUST_AGREE = frozenset({"From", "To", "Call-ID", "CSeq", "Max-Forwards"})

END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


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
    start = data.find(b"\r\n\r\n")
    if start >= 0 and b"\n\n" not in data[:start] and b"\n\r\n" not in data[:start]:
        return data[:start], data[start + 4 :], True
    end = END_OF_HEAD.search(data)
    if end is None:
        return data, b"", False
    return data[: end.start()], data[end.end() :], True


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
    kept = [line for line in lines if line[0] != "Content-Length"]
    headers = Headers(kept)
    if headers.repeated:
        _check_singles(headers, warnings)
    return _Raw(start, headers, rest[:length], warnings)


def content_length(lines: list[tuple[str, str]], *, stream: bool) -> int | None:
    """What Content-Length says; None where a datagram leaves it out (RFC 3261 section 18.3)."""
    said = {value for name, value in lines if name == "Content-Length"}
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
        method,
        uri,
        headers,
        raw.body,
        vias,
        sender,
        recipient,
        call_id,
        cseq,
        tuple(dict.fromkeys(raw.warnings)),
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
        tuple(dict.fromkeys(raw.warnings)),
    )
