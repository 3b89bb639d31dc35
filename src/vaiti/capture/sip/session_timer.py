"""Session timers from the answering side (RFC 4028): the peer refreshes, we watch."""

from collections.abc import Mapping
from dataclasses import dataclass

from vaiti.capture.sip.grammar import SipError, parse_number, parse_params
from vaiti.capture.sip.message import Request

MIN_SE_S = 90
MAX_SE_S = 86_400

BAD = "bad_session_expires"
OURS_TO_REFRESH = "session_timer_is_ours_to_refresh"


@dataclass(frozen=True, slots=True)
class Offer:
    """`seconds` is None when no session timer runs; `too_short` asks for a 422 (section 9)."""

    seconds: int | None
    too_short: bool = False
    warning: str = ""


def read_offer(request: Request) -> Offer:
    """What the request asks for. A value past a day is cut to one, an unreadable one is no offer.

    A peer that wants us to refresh gets an answer without a timer: the recorder sends no
    re-INVITE, which real senders do not bear, and must not end a call over a refresh nobody sent.
    """
    value = request.headers.get("Session-Expires")
    if not value:
        return Offer(None)
    digits, _, tail = value.partition(";")
    try:
        seconds = parse_number(digits.strip(), 2**32 - 1, "Session-Expires")
        params: Mapping[str, str | None] = parse_params(tail)
    except SipError:
        return Offer(None, warning=BAD)
    if (params.get("refresher") or "").lower() == "uas":
        return Offer(None, warning=OURS_TO_REFRESH)
    return Offer(min(seconds, MAX_SE_S), too_short=seconds < MIN_SE_S)


def answer_lines(request: Request, seconds: int) -> list[tuple[str, str]]:
    """The headers of the 2xx; `Require: timer` only to peers that know the option (section 9)."""
    lines = [("Session-Expires", f"{seconds};refresher=uac")]
    if "timer" in (item.lower() for item in request.headers.items("Supported")):
        lines.append(("Require", "timer"))
    return lines
