"""A centre's calls placed at a demo's real recorder by `traffic`, and what became of each."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Q

from vaiti.ops.benches import measured
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.site import Visitor
from vaiti.ops.demo.people import SERVICE_LINE
from vaiti.ops.settings import Settings

AGENTS: Final = ("anna.astrom", "leila.virtanen", "sofia.holm")
MOST: Final = 60_000
"""Calls that are told apart by what stays of their customers' numbers, from 040 to 045."""
PROCESSES: Final = ("keys", "worker", "keeper", "recorder", "web")
NUMBER: Final = re.compile(r"\+3584(\d{5})\*\*\*")
COLUMNS: Final = ("id", "person_id", "customer", "call_id", "call__started_at", "call__ended_at")


@dataclass(frozen=True, slots=True)
class Planned:
    """A call of so many seconds at its time."""

    at_s: float
    seconds: float


def customer(number: int) -> str:
    return f"+3584{number:05d}567"


def number_of(masked: str) -> int | None:
    """Which of the calls has this number in the book."""
    found = NUMBER.fullmatch(masked)
    return int(found[1]) if found else None


@contextmanager
def callers(settings: Settings, calls: Sequence[Planned]) -> Iterator[Iterator[Mapping[str, Any]]]:
    """What is told of each call when it has ended, as `traffic` tells it."""
    told = [
        {
            **{"at_s": one.at_s, "seconds": one.seconds, "customer": customer(number)},
            "device": AGENTS[number % len(AGENTS)],
        }
        for number, one in enumerate(calls)
    ]
    host, port = settings.recorder.host, settings.recorder.port
    order = {"host": host, "port": port, "line": SERVICE_LINE, "calls": told}
    with subprocess.Popen(
        [sys.executable, "-m", "vaiti.ops.benches.traffic"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=measured.environment(),
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(order).encode())
        process.stdin.close()
        try:
            yield (json.loads(line) for line in process.stdout)
        finally:
            process.kill()


def signed_in(settings: Settings) -> list[Visitor]:
    """Each of the agents, who may hear what is theirs."""
    visitors = [Visitor(settings) for _ in AGENTS]
    for visitor, login in zip(visitors, AGENTS, strict=True):
        visitor.sign_in(login)
        visitor.get("/calls/")  # whose token of forms each click shows
    return visitors


def opened(visitor: Visitor, call: str, leg: int) -> float:
    """Seconds of sound that the call has, once its first bytes have come. Raises BenchError."""
    from vaiti.ops.benches.listen import BYTES_A_SECOND, opened_address

    address = opened_address(visitor, call, str(leg))
    answer = visitor.get(f"{address}?channel=both", Range="bytes=0-")
    if answer.status != 206 or len(answer.body) <= 44:
        raise BenchError(f"sound was answered with {answer.status}")
    total = int(answer.headers["Content-Range"].rpartition("/")[2])
    return (total - 44) / BYTES_A_SECOND


@dataclass(frozen=True, slots=True)
class Row:
    """A call's first part in the book, whose agent is known."""

    call: str
    leg: int
    seconds: float


@dataclass(slots=True)
class Book:
    """Looks for calls that are in the book and attributed. Each look reads what is new."""

    _last: int = 0
    _nobodys: set[int] = field(default_factory=set)

    def look(self) -> dict[int, Row]:
        """Those that were not found at a look before, by number."""
        from vaiti.register.models import Leg

        new = Q(id__gt=self._last) | Q(id__in=self._nobodys)
        rows = Leg.objects.filter(new).order_by("id").values_list(*COLUMNS)
        found = dict[int, Row]()
        for leg, person, masked, call, started, ended in rows:
            self._last = max(self._last, leg)
            self._nobodys.discard(leg)
            if person is None:
                self._nobodys.add(leg)
            elif (number := number_of(masked)) is not None:
                found[number] = Row(call.hex, leg, (ended - started).total_seconds())
        return found
