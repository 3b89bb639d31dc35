"""The benchmark's callers: whole calls with speech at given times, in a process of its own.

Reads one JSON object from standard input: `host`, `port`, `line`, and `calls`, each with `at_s`
(from the beginning), `seconds` of speech, `customer` and `device`. All texts are written before the
first is sent. Prints a line for each call when its BYE is answered, or it was not: its `number` in
the list, the `status` of its answer and of its `bye` (0: none came), the `packets` sent, and
`ended`, when its BYE was first sent, by the machine's monotonic clock.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from vaiti.ops.benches.dialling import Dialled, Dialler
from vaiti.ops.benches.load import PACKETS_A_SECOND, TICK
from vaiti.ops.benches.talk import STREAMS, Speech
from vaiti.ops.phone import messages
from vaiti.ops.phone.messages import Received

BETWEEN_S: Final = 2 * TICK
"""Seconds from the answer to the first word, and from the last to the BYE, together."""


class Callers(Dialler):
    def __init__(self, order: dict[str, Any]) -> None:
        super().__init__({"transport": "udp", **order})
        self._speech = Speech(len(order["calls"]))
        self._said = dict[int, int]()

    def _planned(self) -> Iterator[Dialled]:
        for number, told in enumerate(self._order["calls"]):
            written = self._written(told["customer"], told["device"])
            yield Dialled(number, told["at_s"], told["seconds"] + BETWEEN_S, *written)

    def _meanwhile(self, until: float) -> float:
        self._speech.send_due()
        return min(until, self._speech.next_at)

    def _answered(self, call: Dialled, message: Received) -> None:
        packets = round((call.hold_s - BETWEEN_S) * PACKETS_A_SECOND)
        self._said[call.number] = packets
        self._speech.begin(call.number, messages.media_addresses(message.body), packets)

    def _over(self, call: Dialled, status: int) -> None:
        told: dict[str, float] = {"number": call.number, "status": 200 if call.bye else status}
        if call.bye:
            said = self._said[call.number] - self._speech.end(call.number)
            told |= {"bye": status, "packets": STREAMS * said, "ended": call.sent_at}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    Callers(json.load(sys.stdin)).run()
