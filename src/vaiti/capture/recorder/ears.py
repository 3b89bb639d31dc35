"""Who hears what SIP's sockets bring, and how much of it is answered at a time."""

from typing import Protocol

from vaiti.capture.recorder.tcp import Receipt
from vaiti.capture.sip.flow import Flow

TOGETHER = 4  # messages that are answered together: the first waits for the last


class Ears(Protocol):
    """Who hears what arrives, and when by the kernel (0 if it does not say); what came in one
    reading with others may have come earlier, by `doubt_us`. `admits` tells whether a connection
    from there is kept at all, `expects` whether a handshake with whoever it is may
    begin. Of a message over TCP that goes on to another process `heard` gives a receipt. `rest`:
    nothing more is heard just now, so that what was heard has to be answered."""

    def expects(self, flow: Flow) -> bool: ...

    def admits(self, flow: Flow) -> bool: ...

    def heard(
        self, data: bytes, flow: Flow, arrived_us: int, doubt_us: int = 0
    ) -> Receipt | None: ...

    def rest(self) -> None: ...

    def lost(self, connection: int) -> None: ...
