"""The benchmark's dialler: INVITEs at an even pace from one socket, in a process of its own.

Reads one JSON object from standard input: `host`, `port`, `transport` (udp or tcp), `rate` (INVITEs
a second), `seconds`, `hold_s` (from the answer until our BYE), `customer` and `line`. Prints one:
`answers_ms` of the INVITEs that were answered by 200, `refused` by status, `unanswered`, and how
many requests were `sent_again`. All texts are written before the first is sent.
"""

import heapq
import json
import re
import select
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from vaiti.ops.phone import messages
from vaiti.ops.phone.dial import address_of
from vaiti.ops.phone.messages import Dialog, Received
from vaiti.ops.phone.metadata import Party, Recording

T1: Final = 0.5  # RFC 3261, 17.1.1.1, in seconds
PATIENCE: Final = 8.0  # seconds after which nobody is waited for any more
PORTS: Final = (40_000, 40_002)  # of media that is never sent
LENGTH: Final = re.compile(rb"(?im)^content-length\s*:\s*(\d+)")


class Wire:
    """One socket for all calls. Raises OSError."""

    def __init__(self, transport: str, host: str, port: int) -> None:
        self.stream = transport == "tcp"
        self.socket = socket.socket(
            socket.AF_INET, socket.SOCK_STREAM if self.stream else socket.SOCK_DGRAM
        )
        self.socket.connect((host, port))
        if not self.stream:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._left = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def received(self, patience: float) -> list[bytes]:
        """What is there, waiting for it so many seconds at most."""
        found = list[bytes]()
        while select.select([self.socket], [], [], 0.0 if found else max(0.0, patience))[0]:
            data = self.socket.recv(1 << 16)
            if not self.stream:
                found.append(data)
            elif data:
                found += self._cut(data)
            else:
                raise ConnectionError("the recorder closed the connection")
        return found

    def _cut(self, data: bytes) -> list[bytes]:
        self._left += data
        found = list[bytes]()
        while (end := self._left.find(b"\r\n\r\n")) >= 0:
            told = LENGTH.search(self._left, 0, end + 2)
            whole = end + 4 + (int(told[1]) if told else 0)
            if len(self._left) < whole:
                break
            found.append(self._left[:whole])
            self._left = self._left[whole:]
        return found


@dataclass(slots=True)
class Dialled:
    """To be placed at `at_s` (from the beginning) and hung up `hold_s` after the answer. `waits`
    for the final answer to this request, sent first at `sent_at`; `bye` was sent."""

    number: int
    at_s: float
    hold_s: float
    dialog: Dialog
    invite: bytes = field(repr=False)
    sent_at: float = 0.0
    waits: bytes = field(default=b"", repr=False)
    bye: bool = False


class Dialler:
    def __init__(self, order: dict[str, Any]) -> None:
        self._order = order
        self._wire = Wire(order["transport"], order["host"], order["port"])
        self._calls = {one.dialog.call_id: one for one in self._planned()}
        self._due = list[tuple[float, str, int]]()  # when, whose, the how manieth sending
        self.answers_ms = list[float]()
        self.refused, self.sent_again, self.unanswered = Counter[int](), 0, 0

    def run(self) -> None:
        """Raises OSError."""
        began = time.monotonic()
        waiting = sorted(self._calls.values(), key=lambda call: -call.at_s)
        while waiting or self._due:
            now = time.monotonic()
            while waiting and began + waiting[-1].at_s <= now:
                call = waiting.pop()
                call.sent_at, call.waits = time.monotonic(), call.invite
                self._send(call, 0)
            while self._due and self._due[0][0] <= now:
                self._fall_due(*heapq.heappop(self._due)[1:])
            upcoming = self._meanwhile(began + waiting[-1].at_s if waiting else now + T1)
            if self._due:
                upcoming = min(upcoming, self._due[0][0])
            for data in self._wire.received(upcoming - time.monotonic()):
                self._hear(messages.read(data))

    def _planned(self) -> Iterator[Dialled]:
        told = self._order
        for number in range(round(told["rate"] * told["seconds"])):
            device = str(2000 + number % 500)
            written = self._written(told["customer"], device)
            yield Dialled(number, number / told["rate"], told["hold_s"], *written)

    def _meanwhile(self, until: float) -> float:
        """What else is to be done; until when nothing is, at the latest at `until`."""
        return until

    def _answered(self, call: Dialled, message: Received) -> None:
        """By 200, and acknowledged."""

    def _over(self, call: Dialled, status: int) -> None:
        """The final answer to its INVITE, where that is no 200, or else to its BYE; 0 where none
        came."""

    def _send(self, call: Dialled, times: int) -> None:
        """Again after a while, unless it is answered."""
        self._wire.send(call.waits)
        if not self._wire.stream or not times:
            again = PATIENCE if self._wire.stream else T1 * 2**times
            heapq.heappush(self._due, (time.monotonic() + again, call.dialog.call_id, times + 1))

    def _fall_due(self, call_id: str, times: int) -> None:
        call = self._calls[call_id]
        if times == 0:  # it has been in progress for long enough
            call.bye, call.waits = True, call.dialog.request("BYE")
            call.sent_at = time.monotonic()
            self._send(call, 0)
        elif not call.waits:
            return
        elif time.monotonic() - call.sent_at > PATIENCE - T1:
            self.unanswered, call.waits = self.unanswered + (not call.bye), b""
            self._over(call, 0)
        else:
            self.sent_again += 1
            self._send(call, times)

    def _hear(self, message: Received | None) -> None:
        if message is None or message.status < 200:
            return
        call = self._calls.get(message.header("call-id"))
        method = message.header("cseq").partition(" ")[2].strip()
        if call is None or not call.waits.startswith(method.encode()):
            return
        waited, call.waits = call.waits, b""
        if method == "BYE":
            self._over(call, message.status)
            return
        if message.status >= 300:
            self.refused[message.status] += 1
            self._wire.send(call.dialog.refused(waited, message))
            self._over(call, message.status)
            return
        self.answers_ms.append((time.monotonic() - call.sent_at) * 1000)
        call.dialog.settle(message)
        self._wire.send(call.dialog.request("ACK"))
        ends = time.monotonic() + call.hold_s
        heapq.heappush(self._due, (ends, call.dialog.call_id, 0))
        self._answered(call, message)

    def _written(self, customer: str, device: str) -> tuple[Dialog, bytes]:
        """A call with media and metadata, as a session recording client places it, and its
        INVITE."""
        order, now = self._order, datetime.now(UTC)
        (host, port), kind = self._wire.socket.getsockname()[:2], order["transport"]
        there, tail = f"{order['host']}:{order['port']}", ";transport=tcp" * self._wire.stream
        dialog = Dialog(
            target=f"sip:srs@{there}{tail}",
            local=f"sip:src@{host}:{port}",
            remote=f"sip:srs@{there}",
            contact=f"sip:src@{host}:{port}{tail}",
            via=f"SIP/2.0/{kind.upper()} {host}:{port}",
        )
        desk = (f"sip:{device}@pbx.invalid", f"tel:{order['line']}")
        told = Recording(Party((address_of(customer),), now), [Party(desk, now)])
        sdp = messages.offer(host, PORTS, 1, "sendonly")
        return dialog, dialog.request("INVITE", *messages.two_parts(sdp, told.document()))


def main() -> int:
    dialler = Dialler(json.load(sys.stdin))
    dialler.run()
    told = {
        "answers_ms": dialler.answers_ms,
        "refused": dialler.refused,
        "unanswered": dialler.unanswered,
        "sent_again": dialler.sent_again,
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
