"""The user agent server: bytes and time in, bytes and what happened out (RFC 3261).

It reports INVITE, re-INVITE and UPDATE and waits for `answer`; everything else it answers itself.
Whether an address may speak to us at all is decided above: `receive` takes what passed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import count

from vaiti.capture.sip.admission import (
    ACCEPT,
    ALLOW,
    SUPPORTED,
    Guard,
    Refusal,
    nobody_refused,
    refusal_of,
    warnings_of,
)
from vaiti.capture.sip.dialog import Dialog, Dialogs, Expiries, bye, contact_uri, open_dialog
from vaiti.capture.sip.flow import Flow, Send
from vaiti.capture.sip.incoming import NO_HANDLE, DialogId, Handle, Incoming, Kind
from vaiti.capture.sip.message import Request, Response, SipError, outline, parse
from vaiti.capture.sip.replies import reply
from vaiti.capture.sip.routing import contact
from vaiti.capture.sip.session_timer import answer_lines, read_offer
from vaiti.capture.sip.stateless import Stateless
from vaiti.capture.sip.timeliness import LATER, untimely
from vaiti.capture.sip.timers import Timers, earliest
from vaiti.capture.sip.transaction import (
    MAGIC_COOKIE,
    Alarm,
    Do,
    Signal,
    Transaction,
    Transactions,
    ask,
    client_key,
    serve,
    server_key,
    signal_for,
)


class Endpoint:
    """See docs/sip.md. `tokens()` gives a fresh random token of at least 64 bits; `guard` says how
    a request is refused before anything of it is looked at or kept; our tags begin with `mark`.

    `accepting`: False makes OPTIONS answer 503, so that senders look elsewhere.
    `dropped` counts by reason what got no answer, `refused` what was refused here.
    """

    def __init__(
        self, tokens: Callable[[], str], guard: Guard = nobody_refused, mark: str = ""
    ) -> None:
        self.accepting = True
        self._guard = guard
        self.dropped: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._tokens = tokens
        self._stateless = Stateless(tokens(), mark)
        self.serials = count(1)
        self._out: list[Send | Incoming] = []
        self.timers: Timers[Alarm] = Timers()
        self.expiries = Expiries()
        self.transactions = Transactions(self._send, self.timers)
        self.dialogs = Dialogs()
        self.pending: dict[Handle, Transaction] = {}

    def receive(self, data: bytes, flow: Flow, now: float) -> None:
        """One datagram, or one frame of a stream. Raises nothing."""
        if not data.strip(b"\r\n"):
            self.dropped["keep_alive"] += 1
            return
        try:
            message = parse(data, stream=flow.transport != "udp")
        except SipError as error:
            self._broken(data, error, flow)
            return
        if isinstance(message, Response):
            self._response(message, now)
        else:
            self._request(message, flow, now)

    def answer(
        self,
        handle: Handle,
        status: int,
        *,
        reason: str = "",
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        content_type: str = "",
        now: float,
    ) -> bool:
        """Answer an `invite`, `reinvite` or `update`. False: nobody waits for it any more."""
        transaction = self.pending.get(handle)
        dialog = self.dialogs.get(transaction.dialog) if transaction else None
        if transaction is None or transaction.request is None or dialog is None:
            return False
        extra = [*self._own_lines(transaction, status), *headers]
        if body:
            extra.append(("Content-Type", content_type))
        request = transaction.request
        transaction.data = reply(
            request.headers,
            request.via,
            transaction.flow,
            status,
            to_tag=dialog.local_tag,
            reason=reason,
            extra=extra,
            body=body,
        )
        if status >= 200:
            self._settle(transaction, request, dialog, status, now)
        self._fire(transaction, signal_for(status), now)
        return True

    def bye(self, dialog_id: DialogId, now: float) -> None:
        """End a dialog in whatever state it is. A 2xx on its way is waited for (section 15)."""
        dialog = self.dialogs.get(dialog_id)
        if dialog is None:
            return
        self._terminate_unanswered(dialog, now)
        if dialog.unacknowledged:
            dialog.leaving = True
        elif dialog.confirmed:
            self._say_bye(dialog, now)

    def handle_timer(self, now: float) -> None:
        for transaction, signal in self.timers.due(now):
            self._fire(transaction, signal, now)
        for dialog in self.expiries.due(now):
            if self.dialogs.get(dialog.id) is not None:
                self._report("expired", dialog, None, dialog.flow)

    def next_deadline(self) -> float | None:
        """When to call `handle_timer` next; it may turn out that there is nothing to do then."""
        return earliest(self.timers.next(), self.expiries.next())

    def connection_lost(self, connection: int, now: float) -> None:
        """Whoever waited on this connection for an answer has gone; dialogs stay."""
        waiting = [t for t in self.pending.values() if t.flow.connection == connection != 0]
        for transaction in waiting:
            dialog = self.dialogs.get(transaction.dialog)
            del self.pending[transaction.handle]
            self.transactions.drop(transaction)
            if dialog is None:
                continue
            dialog.unanswered.pop(transaction.cseq, None)
            if not dialog.confirmed:
                self.dialogs.remove(dialog)
            self._report("cancel", dialog, None, transaction.flow, transaction.handle)

    def sizes(self) -> tuple[int, int, int]:
        """How many transactions, dialogs and unanswered requests are kept."""
        return len(self.transactions), len(self.dialogs), len(self.pending)

    def take(self) -> list[Send | Incoming]:
        """What is to be sent and what happened, in order; empties the list."""
        taken, self._out = self._out, []
        return taken

    def _send(self, transaction: Transaction) -> None:
        self._out.append(Send(transaction.flow, transaction.data, transaction.handle))

    def _report(
        self,
        kind: Kind,
        dialog: Dialog,
        request: Request | None,
        flow: Flow,
        handle: Handle = NO_HANDLE,
    ) -> None:
        warnings = warnings_of(request) if request else ()
        self._out.append(Incoming(kind, handle, dialog.id, request, flow, warnings))

    def _fire(self, transaction: Transaction, signal: Signal, now: float) -> None:
        if Do.GIVE_UP in self.transactions.fire(transaction, signal, now):
            self._give_up(transaction, now)

    def _broken(self, data: bytes, error: SipError, flow: Flow) -> None:
        shape = outline(data)
        if shape is None:
            response = data.lstrip(b"\r\n")[:4].upper() == b"SIP/"
            self.dropped["broken_response" if response else "no_sip"] += 1
        elif shape.method == "ACK":
            self.dropped["broken_ack"] += 1
        else:
            self.refused["malformed"] += 1
            self._out.append(self._stateless.reply(shape, error.status, flow))

    def _response(self, response: Response, now: float) -> None:
        """Only our BYE gets any."""
        transaction = self.transactions.get(client_key(response))
        if transaction is None:
            self.dropped["unmatched_response"] += 1
        else:
            self._fire(transaction, signal_for(response.status), now)

    def _request(self, request: Request, flow: Flow, now: float) -> None:
        if request.method == "ACK":
            self._ack(request, flow, now)
            return
        known = self.transactions.get(server_key(request, request.method))
        if known is not None:
            self._fire(known, Signal.REQUEST, now)
            return
        if request.method == "CANCEL":
            self._cancel(request, flow, now)
            return
        unproven = self._guard(request, flow, now)
        if unproven is not None:
            self._turn_away(request, unproven, flow)
            return
        dialog = self.dialogs.of(request) if request.recipient.tag else None
        refusal = refusal_of(request) or untimely(
            request, dialog, self.dialogs, full=self.transactions.full
        )
        if refusal is not None:
            self._refuse(request, refusal, dialog, flow, now)
        elif request.method == "OPTIONS":
            self._options(request, flow)
        elif dialog is None:
            self._invite(request, flow, now)
        else:
            self._within(request, dialog, flow, now)

    def _reply(
        self, request: Request, status: int, flow: Flow, extra: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._out.append(self._stateless.reply(request, status, flow, extra))

    def _turn_away(self, request: Request, refusal: Refusal, flow: Flow) -> None:
        self.refused[refusal.name] += 1
        self._reply(request, refusal.status, flow, refusal.headers)

    def _refuse(
        self, request: Request, refusal: Refusal, dialog: Dialog | None, flow: Flow, now: float
    ) -> None:
        """Statelessly where a second look gives the same result."""
        stateless = dialog is None and request.method != "INVITE"
        if stateless or self.transactions.full:
            self._turn_away(request, refusal, flow)
            return
        self.refused[refusal.name] += 1
        transaction = self._transact(request, dialog, flow)
        transaction.data = reply(
            request.headers,
            request.via,
            flow,
            refusal.status,
            to_tag=self._stateless.tag(request),
            extra=refusal.headers,
        )
        self._fire(transaction, signal_for(refusal.status), now)

    def _options(self, request: Request, flow: Flow) -> None:
        if self.accepting:
            extra = (("Contact", contact(flow)), ALLOW, ACCEPT, SUPPORTED)
            self._reply(request, 200, flow, extra)
        else:
            self._reply(request, 503, flow, LATER)

    def _transact(self, request: Request, dialog: Dialog | None, flow: Flow) -> Transaction:
        handle, dialog_id = Handle(next(self.serials)), dialog.id if dialog else DialogId(0)
        return self.transactions.add(serve(request, flow, handle, dialog_id))

    def _invite(self, request: Request, flow: Flow, now: float) -> None:
        # A CANCEL has the same Via and Call-ID, so that its answer gets the same tag (section 9.2).
        tag = self._stateless.tag(request)
        dialog = open_dialog(request, DialogId(next(self.serials)), tag, flow)
        self.dialogs.add(dialog)
        self._await_answer("invite", request, dialog, flow, now)

    def _within(self, request: Request, dialog: Dialog, flow: Flow, now: float) -> None:
        dialog.remote_cseq = request.cseq
        dialog.flow = flow
        if request.method == "INVITE":
            self._await_answer("reinvite", request, dialog, flow, now)
        elif request.method == "UPDATE":
            self._await_answer("update", request, dialog, flow, now)
        else:
            self._confirm(request, dialog, flow, now)
            if request.method == "BYE":
                self._end(dialog, now)
            self._report("bye" if request.method == "BYE" else "info", dialog, request, flow)

    def _await_answer(
        self, kind: Kind, request: Request, dialog: Dialog, flow: Flow, now: float
    ) -> None:
        transaction = self._transact(request, dialog, flow)
        transaction.request = request
        self.pending[transaction.handle] = transaction
        dialog.unanswered[request.cseq] = transaction
        if transaction.is_invite:
            transaction.data = reply(request.headers, request.via, flow, 100)
            self._fire(transaction, Signal.PROVISIONAL, now)
        self._report(kind, dialog, request, flow, transaction.handle)

    def _confirm(self, request: Request, dialog: Dialog, flow: Flow, now: float) -> None:
        transaction = self._transact(request, dialog, flow)
        transaction.data = reply(request.headers, request.via, flow, 200)
        self._fire(transaction, Signal.SUCCESS, now)

    def _ack(self, request: Request, flow: Flow, now: float) -> None:
        """An ACK has the branch of its INVITE after a refusal, and its own after a 2xx."""
        transaction = self.transactions.get(server_key(request, "INVITE"))
        if transaction is None:
            dialog = self.dialogs.of(request, looking=True)
            transaction = dialog.unacknowledged.get(request.cseq) if dialog else None
        if transaction is None:
            self.dropped["unmatched_ack"] += 1
        elif Do.REPORT_ACK in self.transactions.fire(transaction, Signal.ACK, now):
            self._acknowledged(transaction, request, flow, now)

    def _acknowledged(
        self, transaction: Transaction, request: Request, flow: Flow, now: float
    ) -> None:
        dialog = self.dialogs.by_id.get(transaction.dialog)
        if dialog is None:
            return
        dialog.unacknowledged.pop(transaction.cseq, None)
        if dialog.awaits_answer:
            self.dialogs.touch(dialog)
            dialog.awaits_answer = False
        self._report("ack", dialog, request, flow)
        if dialog.leaving and not dialog.unacknowledged:
            self._say_bye(dialog, now)

    def _cancel(self, request: Request, flow: Flow, now: float) -> None:
        transaction = self.transactions.get(server_key(request, "INVITE"))
        if transaction is None:
            self._reply(request, 481, flow)
            return
        self._reply(request, 200, flow)
        dialog = self.dialogs.get(transaction.dialog)
        if dialog and self.answer(transaction.handle, 487, now=now):
            self._report("cancel", dialog, request, flow, transaction.handle)

    def _own_lines(self, transaction: Transaction, status: int) -> list[tuple[str, str]]:
        request = transaction.request
        if request is None or not 100 < status < 300:
            return []
        lines = [("Contact", contact(transaction.flow)), ALLOW, SUPPORTED]
        seconds = read_offer(request).seconds
        if status >= 200 and seconds is not None:
            lines += answer_lines(request, seconds)
        return lines

    def _settle(
        self, transaction: Transaction, request: Request, dialog: Dialog, status: int, now: float
    ) -> None:
        """A final answer is about to go out."""
        del self.pending[transaction.handle]
        dialog.unanswered.pop(transaction.cseq, None)
        transaction.request = None
        if status >= 300:
            if not dialog.confirmed:
                self.dialogs.remove(dialog)
            return
        if dialog.confirmed or not transaction.is_invite:  # else it was opened with this one
            dialog.target = contact_uri(request) or dialog.target
        seconds = read_offer(request).seconds
        self.expiries.set(dialog, None if seconds is None else now + seconds)
        if transaction.is_invite:
            dialog.confirmed = True
            dialog.awaits_answer = not request.body
            dialog.unacknowledged[transaction.cseq] = transaction

    def _terminate_unanswered(self, dialog: Dialog, now: float) -> None:
        for transaction in list(dialog.unanswered.values()):
            self.answer(transaction.handle, 487, now=now)

    def _end(self, dialog: Dialog, now: float) -> None:
        """The peer said BYE: nothing more is sent in this dialog (section 15.1.2)."""
        self._terminate_unanswered(dialog, now)
        for transaction in dialog.unacknowledged.values():
            self.transactions.fire(transaction, Signal.ACK, now)
        self.dialogs.remove(dialog)

    def _give_up(self, transaction: Transaction, now: float) -> None:
        dialog = self.dialogs.get(transaction.dialog)
        if dialog is None:
            return
        dialog.unacknowledged.pop(transaction.cseq, None)
        self._report("unacknowledged", dialog, None, dialog.flow)
        self._terminate_unanswered(dialog, now)
        self._say_bye(dialog, now)

    def _say_bye(self, dialog: Dialog, now: float) -> None:
        self._end(dialog, now)
        branch = MAGIC_COOKIE + self._tokens()
        flow, data = bye(dialog, branch)
        transaction = self.transactions.add(ask("BYE", branch, flow, data))
        self._fire(transaction, Signal.REQUEST, now)
