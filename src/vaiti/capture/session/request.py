"""What the body of a request in a recording session says."""

from dataclasses import dataclass

from vaiti.capture import sdp
from vaiti.capture.sip.message import Request
from vaiti.capture.siprec import body, metadata

METADATA_UNREADABLE = "metadata_unreadable"


class Unreadable(Exception):
    """The request cannot be taken; `status` is the SIP answer to it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the body of a request cannot be read (SIP status {status})")
        self.status = status


@dataclass(frozen=True, slots=True)
class Said:
    """Description and metadata, None when absent, and the names of what was tolerated."""

    sdp: sdp.Sdp | None
    metadata: metadata.Metadata | None
    warnings: tuple[str, ...]


def read(request: Request, srtp: str, taken: frozenset[str] = sdp.G711) -> Said:
    """`srtp` is what the media of the request's peer may be (sdes.RULES), `taken` its codecs.

    Metadata that cannot be read counts as absent, with a warning: the call goes on without.

    Raises Unreadable for a body or a description of no use.
    """
    try:
        parts = body.split(request.content_type, request.body)
    except body.BodyError as error:
        raise Unreadable(413) from error
    described = _sdp(parts.sdp, srtp, taken) if parts.sdp is not None else None
    told, warnings = _metadata(parts.metadata)
    more = described.warnings if described else ()
    return Said(described, told, (*parts.warnings, *more, *warnings))


def _sdp(data: bytes, srtp: str, taken: frozenset[str]) -> sdp.Sdp:
    try:
        return sdp.parse(data, srtp, taken)
    except sdp.SdpError as error:
        raise Unreadable(488) from error


def _metadata(data: bytes | None) -> tuple[metadata.Metadata | None, tuple[str, ...]]:
    if data is None:
        return None, ()
    try:
        told = metadata.parse(data)
    except metadata.MetadataError:
        return None, (METADATA_UNREADABLE,)
    return told, told.warnings


def key_in_clear(said: Said, transport: str) -> tuple[str, ...]:
    """A key that anybody on the way could read (RFC 4568, 8.3)."""
    media = said.sdp.media if said.sdp else ()
    in_clear = transport != "tls" and any(each.crypto for each in media)
    return (sdp.KEY_IN_CLEAR,) if in_clear else ()
