"""The pieces inside a header: lists, parameters, name-addr, Via, CSeq, URIs (RFC 3261 section 25).

Text here is what `message` decoded: UTF-8, with bytes that are none kept as lone surrogates.
No error repeats what it read: header values hold names and numbers.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_CSEQ = 2**31 - 1
MAX_LIST_ITEMS = 128
LWS = " \t\r\n"

_TOKEN = re.compile(r"[A-Za-z0-9\-.!%*_+`'~]+\Z")
_USUAL_VIA = re.compile(r"SIP/2\.0/([A-Z]+) ([A-Za-z0-9.\-]+)(?::([0-9]{1,5}))?\Z")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_PARAMETER_BLANK = re.compile(r";[ \t]+")  # within a URI, where telephones with a bridge put it
_SURROGATE = re.compile("[\ud800-\udfff]")

Params = dict[str, str | None]


class SipError(Exception):
    """A message that cannot be used. `status` is the answer it deserves, `sentence` says why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status
        self.sentence = sentence


def is_token(text: str) -> bool:
    return _TOKEN.match(text) is not None


def _quote_end(text: str, start: int) -> int:
    """The index of the quote that closes the one at `start`."""
    index = start + 1
    while True:
        quote = text.find('"', index)
        if quote < 0:
            raise SipError(400, "A quoted string is not closed: add the missing quotation mark.")
        escape = text.find("\\", index, quote)
        if escape < 0:
            return quote
        index = escape + 2


def _pieces(text: str, separator: str) -> Iterator[str]:
    """Cut at `separator` where it stands outside of quotes and angle brackets."""
    start = index = 0
    depth = 0
    while index < len(text):
        char = text[index]
        if char == '"':
            index = _quote_end(text, index)
        elif char == "<":
            depth = 1
        elif char == ">":
            depth = 0
        elif char == separator and not depth:
            yield text[start:index]
            start = index + 1
        index += 1
    yield text[start:]


def split_list(text: str, separator: str = ",") -> list[str]:
    """The items of a list header, stripped; quotes and brackets protect their commas."""
    if separator not in text:
        return [text.strip(LWS)]
    if '"' in text or "<" in text:
        items = [piece.strip(LWS) for piece in _pieces(text, separator)]
    else:
        items = [piece.strip(LWS) for piece in text.split(separator)]
    if len(items) > MAX_LIST_ITEMS:
        raise SipError(400, f"A header lists more than {MAX_LIST_ITEMS} items.")
    return items


def parse_params(text: str) -> Params:
    """`;a=1;b` as {"a": "1", "b": None}. Names in lower case; quoted values keep their quotes."""
    params: Params = {}
    for item in split_list(text, ";") if text else ():
        name, equals, value = item.partition("=")
        if item:
            params.setdefault(name.rstrip(LWS).lower(), value.lstrip(LWS) if equals else None)
    return params


def format_params(params: Params) -> str:
    return "".join(
        f";{name}" if value is None else f";{name}={value}" for name, value in params.items()
    )


def unquote(text: str) -> str:
    """A display name or quoted value as people read it; bytes that are no UTF-8 become U+FFFD."""
    if len(text) > 1 and text[0] == '"' and text[-1] == '"':
        text = _QUOTED_PAIR.sub(r"\1", text[1:-1])
    return text if text.isascii() else _SURROGATE.sub("�", text)


@dataclass(frozen=True, slots=True, repr=False)
class NameAddr:
    """`"Name" <uri>;params` (RFC 3261 section 20.10). `display` is unquoted, `uri` as written."""

    display: str
    uri: str
    params: Params

    @property
    def tag(self) -> str:
        return self.params.get("tag") or ""


def parse_name_addr(text: str) -> NameAddr:
    """Lenient where senders err: blanks inside the brackets, a bare comma in the display name."""
    text = text.strip(LWS)
    start = _quote_end(text, 0) + 1 if text.startswith('"') else 0
    left = text.find("<", start)
    if left < 0:
        return _bare_address(text, start)
    right = text.find(">", left)
    if right < 0:
        raise SipError(400, "An address is not closed: add the missing '>'.")
    uri = _PARAMETER_BLANK.sub(";", text[left + 1 : right].strip(LWS))
    _check_uri_text(uri)
    tail = text[right + 1 :].strip(LWS)
    if tail and tail[0] != ";":
        raise SipError(400, "Something other than parameters follows an address.")
    return NameAddr(unquote(text[:left].strip(LWS)), uri, parse_params(tail[1:]))


def _bare_address(text: str, start: int) -> NameAddr:
    if start:
        raise SipError(400, "A display name has no address after it: put one in '<' and '>'.")
    uri, _, tail = text.partition(";")
    uri = uri.strip(LWS)
    _check_uri_text(uri)
    return NameAddr("", uri, parse_params(tail))


def _check_uri_text(uri: str) -> None:
    scheme, colon, rest = uri.partition(":")
    if not (colon and rest and scheme.isascii() and scheme[:1].isalpha()):
        raise SipError(400, "An address holds no URI: write it as scheme:address.")
    if " " in uri or "\t" in uri:
        raise SipError(400, "A URI has a blank in it: write %20 for it.")


@dataclass(frozen=True, slots=True, repr=False)
class Via:
    """One hop (RFC 3261 section 20.42). `port` is 0 when the hop names none."""

    version: str
    transport: str
    host: str
    port: int
    params: Params

    @property
    def branch(self) -> str:
        return self.params.get("branch") or ""

    def encode(self) -> str:
        host = f"{self.host}:{self.port}" if self.port else self.host
        return f"SIP/{self.version}/{self.transport} {host}{format_params(self.params)}"


def parse_via(text: str) -> Via:
    head, _, tail = text.partition(";")
    usual = _USUAL_VIA.match(head)
    if usual:
        return Via(
            "2.0", usual[1], usual[2], _port(usual[3]) if usual[3] else 0, parse_params(tail)
        )
    words = _close_up(_close_up(head, "/"), ":").split()
    protocol = words[0].split("/") if words else []
    if len(words) != 2 or len(protocol) != 3 or protocol[0].upper() != "SIP":
        raise SipError(400, "A Via header does not read 'SIP/2.0/transport host;parameters'.")
    if not (is_token(protocol[1]) and is_token(protocol[2])):
        raise SipError(400, "A Via header names no transport.")
    host, port = split_host_port(words[1])
    return Via(protocol[1], protocol[2], host, port, parse_params(tail))


def _close_up(text: str, mark: str) -> str:
    """Blanks may stand around the marks of a Via (RFC 3261 section 25.1, SLASH and COLON)."""
    if f"{mark} " in text or f" {mark}" in text or "\t" in text:
        return mark.join(part.strip(LWS) for part in text.split(mark))
    return text


def split_host_port(text: str) -> tuple[str, int]:
    """`host`, `host:port` or `[v6]:port`; brackets are kept, port is 0 when there is none."""
    end = text.find("]") if text.startswith("[") else -1
    host, colon, port = text[end + 1 :].partition(":")
    host = text[: end + 1] + host
    if not host or (text.startswith("[") and end < 0):
        raise SipError(400, "A host is missing or its bracket is not closed.")
    return host, _port(port) if colon else 0


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise SipError(400, "A port is no number from 1 to 65535.")
    return int(text)


def parse_cseq(text: str) -> tuple[int, str]:
    """The number and the method (RFC 3261 section 8.1.1.5: below 2**31)."""
    digits, _, method = text.replace("\t", " ").partition(" ")
    method = method.strip(LWS)
    if not is_token(method):
        raise SipError(400, "CSeq does not read 'number METHOD'.")
    return parse_number(digits, MAX_CSEQ, "CSeq"), method


def parse_number(text: str, most: int, what: str) -> int:
    """Decimal digits only; leading zeros are fine (RFC 4475 section 3.1.1.1)."""
    if not (text.isascii() and text.isdigit() and len(text.lstrip("0")) <= len(str(most))):
        raise SipError(400, f"{what} is no number from 0 to {most}.")
    number = int(text)
    if number > most:
        raise SipError(400, f"{what} is no number from 0 to {most}.")
    return number


@dataclass(frozen=True, slots=True, repr=False)
class Uri:
    """A SIP or TEL URI cut in parts, percent escapes kept. `headers` is what follows '?'."""

    scheme: str
    user: str
    host: str
    port: int
    params: Params
    headers: str


def parse_uri(text: str) -> Uri:
    """Raises `SipError` 416 for other schemes than sip, sips, tel (RFC 3261 section 8.2.2.1)."""
    _check_uri_text(text)
    scheme, _, rest = text.partition(":")
    scheme = scheme.lower()
    if scheme not in {"sip", "sips", "tel"}:
        raise SipError(416, "Only sip, sips and tel addresses are served.")
    if scheme == "tel":
        number, _, tail = rest.partition(";")
        return Uri(scheme, number, "", 0, parse_params(tail), "")
    at = rest.rfind("@")
    user = rest[:at].partition(":")[0] if at >= 0 else ""
    address, _, headers = rest[at + 1 :].partition("?")
    address, _, tail = address.partition(";")
    host, port = split_host_port(address)
    return Uri(scheme, user, host, port, parse_params(tail), headers)
