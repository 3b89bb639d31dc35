"""What a sender says about recording itself: on, off, answered, announced. Pure.

It may stand in the description (`a=record`, RFC 7866), in the metadata's extension data, or in a
header that the peer's settings name. Bodies of INFO are never looked into: they may be digits.
"""

from enum import Enum

from vaiti.capture.session.request import Said
from vaiti.capture.sip.message import Request

MAX_WORDS = 8  # of one header


class Sign(Enum):
    ON = "on"
    OFF = "off"
    ANSWERED = "answered"
    ANNOUNCED = "announced"


WORDS = {
    **dict.fromkeys(("on", "active", "record", "recording", "resume", "resumed"), Sign.ON),
    **dict.fromkeys(("start", "started", "true", "yes", "1"), Sign.ON),
    **dict.fromkeys(("off", "inactive", "pause", "paused", "stop", "stopped"), Sign.OFF),
    **dict.fromkeys(("false", "no", "0"), Sign.OFF),
    **dict.fromkeys(("answered", "connected"), Sign.ANSWERED),
    "announced": Sign.ANNOUNCED,
}


def signs(request: Request, said: Said | None, header: str) -> tuple[Sign, ...]:
    """In the order said. `header` is the peer's, "" for none; unknown words say nothing."""
    words = list(_header(request, header))
    if said is not None and said.sdp is not None:
        words.append(said.sdp.record)
    if said is not None and said.metadata is not None:
        words.append(said.metadata.state)
    return tuple(WORDS[word] for word in words if word in WORDS)


def _header(request: Request, name: str) -> list[str]:
    items = request.headers.items(name)[:MAX_WORDS] if name else []
    return [each.split(";", 1)[0].strip().lower() for each in items]
