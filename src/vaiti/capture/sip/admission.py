"""Which requests are refused before anybody above sees them (RFC 3261 section 8.2).

The checks stand in the order of section 8.2: method, address, extensions, content.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.grammar import SipError, parse_params, parse_uri
from vaiti.capture.sip.message import Request
from vaiti.capture.sip.session_timer import MIN_SE_S, read_offer

METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO")
UNDERSTOOD = frozenset({"siprec", "timer", "100rel"})
"""Nothing provisional but 100 is sent, so that none has to be sent reliably (RFC 3262)."""
CONTENT_TYPES = ("application/sdp", "application/rs-metadata+xml", "application/rs-metadata")

ALLOW = ("Allow", ", ".join(METHODS))
SUPPORTED = ("Supported", "siprec, timer")
ACCEPT = ("Accept", ", ".join((*CONTENT_TYPES, "multipart/mixed")))

GARBLED_REQUIRE = "garbled_require"
NO_CONTENT_TYPE = "no_content_type"

# Seen in the field as `Require: 100relsiprec`: two option tags with the comma lost.
_GLUED = re.compile(r"(?:100rel|replaces|siprec|timer){2,}\Z", re.IGNORECASE)
_CARRIES_OFFER = frozenset({"INVITE", "UPDATE"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """`name` is for counters, `headers` go into the answer."""

    status: int
    name: str
    headers: tuple[tuple[str, str], ...] = ()


Guard = Callable[[Request, Flow, float], Refusal | None]


def nobody_refused(request: Request, flow: Flow, now: float) -> Refusal | None:
    return None


def refusal_of(request: Request) -> Refusal | None:
    for check in CHECKS:
        refusal = check(request)
        if refusal is not None:
            return refusal
    return None


def warnings_of(request: Request) -> tuple[str, ...]:
    """What `message.parse` could not see: tolerated faults in what the headers mean."""
    found = []
    headers = request.headers
    if any(map(_GLUED.match, headers.items("Require"))):
        found.append(GARBLED_REQUIRE)
    if request.body and not request.content_type:
        found.append(NO_CONTENT_TYPE)
    if not request.sender.tag:
        found.append("no_from_tag")
    if request.method == "INVITE" and "Contact" not in headers:
        found.append("no_contact")
    if request.method in _CARRIES_OFFER and "Session-Expires" in headers:
        found.append(read_offer(request).warning)
    return (*request.warnings, *filter(None, found))


def _method(request: Request) -> Refusal | None:
    return None if request.method in METHODS else Refusal(405, "method", (ALLOW,))


def _address(request: Request) -> Refusal | None:
    try:
        uri = parse_uri(request.uri)
    except SipError as error:
        return Refusal(error.status, "request_uri")
    # Headers belong in no request URI (RFC 3261 section 19.1.1, table 1).
    return Refusal(400, "request_uri") if uri.headers else None


def _extensions(request: Request) -> Refusal | None:
    unknown = [
        tag
        for tag in request.headers.items("Require")
        if tag.lower() not in UNDERSTOOD and not _GLUED.match(tag)
    ]
    if not unknown:
        return None
    return Refusal(420, "require", (("Unsupported", ", ".join(unknown)),))


def _content(request: Request) -> Refusal | None:
    if not request.body or request.method not in _CARRIES_OFFER or _optional(request):
        return None
    encoding = request.headers.get("Content-Encoding")
    if encoding and encoding.lower() != "identity":
        return Refusal(415, "content_encoding", (("Accept-Encoding", "identity"),))
    kind = request.content_type.partition(";")[0].strip().lower()
    if not kind or kind in CONTENT_TYPES or kind.startswith("multipart/"):
        return None
    return Refusal(415, "content_type", (ACCEPT,))


def _optional(request: Request) -> bool:
    try:
        params = parse_params(request.headers.get("Content-Disposition") or "")
    except SipError:
        return False
    return params.get("handling") == "optional"


def _answer_format(request: Request) -> Refusal | None:
    if request.method != "INVITE":
        return None
    ranges = {item.partition(";")[0].strip().lower() for item in request.headers.items("Accept")}
    if ranges and not ranges & {"application/sdp", "application/*", "*/*"}:
        return Refusal(406, "accept")
    return None


def _session_timer(request: Request) -> Refusal | None:
    if request.method in _CARRIES_OFFER and read_offer(request).too_short:
        return Refusal(422, "session_expires", (("Min-SE", str(MIN_SE_S)),))
    return None


CHECKS: tuple[Callable[[Request], Refusal | None], ...] = (
    _method,
    _address,
    _extensions,
    _content,
    _answer_format,
    _session_timer,
)
