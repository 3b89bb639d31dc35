"""What the endpoint reports to the session above it."""

from dataclasses import dataclass
from typing import Literal, NewType

from vaiti.capture.sip.flow import Flow
from vaiti.capture.sip.message import Request

Kind = Literal[
    "invite",
    "reinvite",
    "update",
    "ack",
    "bye",
    "cancel",
    "info",
    "unacknowledged",
    "expired",
]

# Serial numbers, so that they can be logged: a Call-ID or a tag may hold a number.
Handle = NewType("Handle", int)
DialogId = NewType("DialogId", int)

NO_HANDLE = Handle(0)


@dataclass(frozen=True, slots=True)
class Incoming:
    """One thing that happened in a dialog.

    `invite`, `reinvite`, `update` wait for `Endpoint.answer(handle, …)`. `bye` and `info` have been
    answered 200, a `cancel` has ended the request of `handle` with 487. `unacknowledged`: the 2xx
    was not acknowledged in 32 s, and BYE has been sent. `expired`: the session timer ran out (RFC
    4028); the dialog stands until `Endpoint.bye`. After `bye`, `unacknowledged`, and the `cancel`
    of an `invite` the dialog is gone. The last three kinds have no handle to answer.
    `request` is None for `unacknowledged`, `expired`, and the `cancel` of a lost connection.
    `warnings` names what was tolerated in the request.
    """

    kind: Kind
    handle: Handle
    dialog: DialogId
    request: Request | None
    flow: Flow
    warnings: tuple[str, ...] = ()

    @property
    def says_nothing(self) -> bool:
        """Whether it is an ACK as most are: our answer has arrived, and that is all."""
        return self.kind == "ack" and not (self.warnings or (self.request and self.request.body))
