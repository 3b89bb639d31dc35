"""The headers of answers (RFC 3261 section 8.2.6)."""

from collections.abc import Iterable

from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.grammar import Via
from vaiti.capture.sip.message import Headers, encode_response
from vaiti.capture.sip.routing import answer_via

REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    422: "Session Interval Too Small",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    500: "Server Internal Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    505: "Version Not Supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    606: "Not Acceptable",
}


def reply(
    headers: Headers,
    via: Via,
    flow: Flow,
    status: int,
    *,
    to_tag: str = "",
    reason: str = "",
    extra: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
) -> bytes:
    """An answer to the request of these headers, whose top Via is `via`.

    `to_tag` is added where To has none. What a broken request lacks, its answer lacks too.
    """
    lines = [("Via", answer_via(via, flow).encode())]
    lines += [("Via", item) for item in headers.items("Via")[1:]]
    if 100 < status < 300:
        lines += [("Record-Route", value) for value in headers.all("Record-Route")]
    for name in ("From", "To", "Call-ID", "CSeq"):
        value = headers.get(name)
        if value:
            lines.append((name, _tagged(value, to_tag) if name == "To" else value))
    lines.extend(extra)
    return encode_response(status, reason or REASONS.get(status, "Answer"), lines, body)


def _tagged(recipient: str, to_tag: str) -> str:
    parameters = recipient[recipient.rfind(">") + 1 :].lower().replace(" ", "")
    if not to_tag or ";tag=" in parameters:
        return recipient
    return f"{recipient};tag={to_tag}"
