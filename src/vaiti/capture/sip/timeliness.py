"""Refusals over nothing in the request but its moment (RFC 3261 sections 8.2.2.2, 12.2.2, 14.2)."""

from vaiti.capture.sip.admission import Refusal
from vaiti.capture.sip.dialog import Dialog, Dialogs
from vaiti.capture.sip.message import Request

RETRY_AFTER_S = 10
LATER = (("Retry-After", str(RETRY_AFTER_S)),)
# An answer takes milliseconds; the RFC lets us choose from 0 to 10 s.
SOON = (("Retry-After", "1"),)


def untimely(
    request: Request, dialog: Dialog | None, dialogs: Dialogs, *, full: bool
) -> Refusal | None:
    """`dialog` is the one the request belongs to; `full`: there is no room for a transaction."""
    if dialog is not None:
        return _within(request, dialog, full=full)
    if request.recipient.tag or request.method not in {"INVITE", "OPTIONS"}:
        return Refusal(481, "no_dialog")
    if request.method == "OPTIONS":
        return None
    if dialogs.merges(request):
        return Refusal(482, "merged")
    return Refusal(503, "full", LATER) if full or dialogs.full else None


def _within(request: Request, dialog: Dialog, *, full: bool) -> Refusal | None:
    offers = request.method in {"INVITE", "UPDATE"}
    if request.cseq < dialog.remote_cseq or (offers and request.cseq == dialog.remote_cseq):
        return Refusal(500, "cseq")
    # BYE is let through also when full: it ends a dialog, so that dialogs bound its number.
    if request.method == "BYE":
        return None
    if full:
        return Refusal(503, "full", LATER)
    if offers and dialog.unanswered:
        return Refusal(500, "unanswered", SOON)
    return Refusal(491, "glare") if offers and dialog.awaits_answer else None
