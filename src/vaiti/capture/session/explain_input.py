"""Whatever of a recording session somebody has at hand, made into a request. Pure."""

import re

from vaiti.capture.sip.message import Request, encode_request, parse

OUR_HOST = "192.0.2.1"
THEIR_HOST = "192.0.2.2"

_START_LINE = re.compile(rb"\A\s*[A-Za-z-]+ \S+ SIP/2\.0", re.IGNORECASE)
_ANSWER_LINE = re.compile(rb"\A\s*SIP/2\.0 [0-9]{3}", re.IGNORECASE)
_KINDS = (
    (re.compile(rb"\A\s*<"), "metadata", "application/rs-metadata+xml"),
    (re.compile(rb"\A\s*v="), "description", "application/sdp"),
    (re.compile(rb"\A\s*--"), "body", "multipart/mixed"),
)


class NotExplained(ValueError):
    """This is nothing that a recording client sends. The sentence says what to give instead."""


def as_message(data: bytes) -> tuple[str, bytes]:
    if _START_LINE.match(data):
        return "", data
    if _ANSWER_LINE.match(data):
        raise NotExplained("this is an answer: give the message that the sender sends")
    for begins, what, kind in _KINDS:
        if begins.match(data):
            return what, _invite(kind, data.lstrip())
    raise NotExplained(
        "this is neither a SIP message, nor a multipart body, nor a description (v=0), nor metadata"
        " (XML): give one of these, as the sender sends it"
    )


def _invite(kind: str, body: bytes) -> bytes:
    lines = [
        ("Via", f"SIP/2.0/UDP {THEIR_HOST};branch=z9hG4bKexplain"),
        ("From", f"<sip:anonymous@{THEIR_HOST}>;tag=explain"),
        ("To", f"<sip:recorder@{OUR_HOST}>"),
        ("Call-ID", "explain"),
        ("CSeq", "1 INVITE"),
        ("Max-Forwards", "70"),
        ("Contact", f"<sip:{THEIR_HOST}>"),
        ("Content-Type", kind),
    ]
    return encode_request("INVITE", f"sip:recorder@{OUR_HOST}", lines, body)


def _changed(name: str, value: str, tag: str, before: str, method: str) -> str:
    if name == "To":
        return re.sub(r";\s*tag=[^;>\s]*", "", value, flags=re.IGNORECASE) + tag
    if name == "CSeq":
        return re.sub(rf"\b{re.escape(before)}\s*$", method, value)
    return value


def in_session(request: Request, our_tag: str) -> Request:
    """The request with the tag of our side: a captured one carries another recorder's.

    Without a tag it is read as if it opened the session.
    """
    method = request.method
    if not our_tag and method == "UPDATE":
        method = "INVITE"
    return _rewritten(request, method, our_tag, request.body)


def acknowledgement(request: Request, our_tag: str) -> Request:
    return _rewritten(request, "ACK", our_tag, b"")


def _rewritten(request: Request, method: str, our_tag: str, body: bytes) -> Request:
    tag = f";tag={our_tag}" if our_tag else ""
    lines = [
        (name, _changed(name, value, tag, request.method, method))
        for name, value in request.headers
        if body or name != "Content-Type"
    ]
    rewritten = parse(encode_request(method, request.uri, lines, body))
    assert isinstance(rewritten, Request)
    return rewritten
