"""Dialogs as the server side keeps them (RFC 3261 section 12)."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.grammar import SipError, parse_name_addr
from vaiti.capture.sip.incoming import DialogId
from vaiti.capture.sip.message import Request, encode_request
from vaiti.capture.sip.routing import bracketed, request_flow
from vaiti.capture.sip.timers import Timers
from vaiti.capture.sip.transaction import Transaction

MAX_DIALOGS = 8_192
MAX_FORWARDS = "70"


@dataclass(slots=True, eq=False, repr=False)
class Dialog:
    """`local` and `remote` are To and From as the peer wrote them; `local` lacks our tag.

    `route` is its Record-Route, in the order received. `opened_by` is the CSeq of the first INVITE.
    `unanswered` holds the INVITE and UPDATE transactions without final answer, `unacknowledged`
    those whose 2xx waits for ACK, by CSeq. `awaits_answer`: we made the offer, and its answer comes
    in the ACK. `leaving`: BYE goes out when nothing is unacknowledged. The session timer runs out
    at `expires_at` and is looked at at `watched_at`.
    """

    id: DialogId
    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    target: str
    route: tuple[str, ...]
    remote_cseq: int
    flow: Flow
    opened_by: int
    local_cseq: int = 0
    confirmed: bool = False
    leaving: bool = False
    awaits_answer: bool = False
    expires_at: float | None = None
    watched_at: float | None = None
    unanswered: dict[int, Transaction] = field(default_factory=dict)
    unacknowledged: dict[int, Transaction] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.call_id, self.local_tag, self.remote_tag)


def open_dialog(request: Request, dialog_id: DialogId, local_tag: str, flow: Flow) -> Dialog:
    """The early dialog of an INVITE without To tag (RFC 3261 section 12.1.1)."""
    return Dialog(
        id=dialog_id,
        call_id=request.call_id,
        local_tag=local_tag,
        remote_tag=request.sender.tag,
        local=request.headers.get("To") or "",
        remote=request.headers.get("From") or "",
        target=contact_uri(request) or request.sender.uri,
        route=tuple(request.headers.items("Record-Route")),
        remote_cseq=request.cseq,
        flow=flow,
        opened_by=request.cseq,
    )


def contact_uri(request: Request) -> str:
    """The URI of the first Contact; "" when there is none that can be read."""
    try:
        items = request.headers.items("Contact")
        return parse_name_addr(items[0]).uri if items else ""
    except SipError:
        return ""


class Dialogs:
    """All dialogs, by serial number and by the three parts of their id.

    `touched`, once somebody has made it a set, gathers those that anybody has asked for."""

    touched: "set[DialogId] | None" = None

    def __init__(self) -> None:
        self.by_id: dict[DialogId, Dialog] = {}
        self.by_key: dict[tuple[str, str, str], Dialog] = {}
        self._by_origin: dict[tuple[str, str, int], Dialog] = {}

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def full(self) -> bool:
        return len(self.by_id) >= MAX_DIALOGS

    def touch(self, dialog: Dialog | None) -> Dialog | None:
        """Something of the dialog may be about to change, but for what waits for an answer or an
        ACK: transactions tell that."""
        if self.touched is not None and dialog is not None:
            self.touched.add(dialog.id)
        return dialog

    def add(self, dialog: Dialog) -> None:
        self.touch(dialog)
        self.by_id[dialog.id] = dialog
        self.by_key[dialog.key] = dialog
        self._by_origin[(dialog.call_id, dialog.remote_tag, dialog.opened_by)] = dialog

    def get(self, dialog_id: DialogId) -> Dialog | None:
        return self.touch(self.by_id.get(dialog_id))

    def of(self, request: Request, *, looking: bool = False) -> Dialog | None:
        """That in which a request was sent; `looking`: nothing of it changes."""
        key = (request.call_id, request.recipient.tag, request.sender.tag)
        found = self.by_key.get(key)
        return found if looking else self.touch(found)

    def merges(self, request: Request) -> bool:
        """Whether this INVITE reached us before by another way (RFC 3261 section 8.2.2.2)."""
        return (request.call_id, request.sender.tag, request.cseq) in self._by_origin

    def remove(self, dialog: Dialog) -> None:
        self.touch(dialog)
        self.by_id.pop(dialog.id, None)
        self.by_key.pop(dialog.key, None)
        self._by_origin.pop((dialog.call_id, dialog.remote_tag, dialog.opened_by), None)


class Expiries:
    """Watches the session timers with one entry a dialog, however often it is refreshed."""

    def __init__(self) -> None:
        self._timers: Timers[Dialog] = Timers()

    def set(self, dialog: Dialog, when: float | None) -> None:
        dialog.expires_at = when
        if when is not None and (dialog.watched_at is None or when < dialog.watched_at):
            dialog.watched_at = when
            self._timers.set(when, dialog)

    def due(self, now: float) -> Iterator[Dialog]:
        """The dialogs whose time has run out."""
        for dialog in self._timers.due(now):
            dialog.watched_at = None
            if dialog.expires_at is not None and dialog.expires_at <= now:
                dialog.expires_at = None
                yield dialog
            else:
                self.set(dialog, dialog.expires_at)

    def next(self) -> float | None:
        return self._timers.next()


def bye(dialog: Dialog, branch: str) -> tuple[Flow, bytes]:
    """A BYE within the dialog and the flow it takes (RFC 3261 section 12.2.1.1)."""
    dialog.local_cseq += 1
    uri, routes = _route(dialog)
    flow = request_flow(dialog.flow, _bare(routes[0]) if routes else uri)
    host = f"{bracketed(flow.local.host)}:{flow.local.port}"
    lines = [
        ("Via", f"SIP/2.0/{flow.transport.upper()} {host};branch={branch};rport"),
        ("Max-Forwards", MAX_FORWARDS),
        *[("Route", route) for route in routes],
        ("From", f"{dialog.local};tag={dialog.local_tag}"),
        ("To", dialog.remote),
        ("Call-ID", dialog.call_id),
        ("CSeq", f"{dialog.local_cseq} BYE"),
    ]
    return flow, encode_request("BYE", uri, lines)


def _route(dialog: Dialog) -> tuple[str, tuple[str, ...]]:
    """The request URI and the Route headers; the first router may be a strict one of RFC 2543."""
    if not dialog.route or ";lr" in dialog.route[0].lower():
        return dialog.target, dialog.route
    return _bare(dialog.route[0]), (*dialog.route[1:], f"<{dialog.target}>")


def _bare(route: str) -> str:
    try:
        return parse_name_addr(route).uri
    except SipError:
        return route.strip("<>")
