"""A centre's calls placed at a demo's real recorder by `traffic`, and what became of each."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from vaiti.ops.benches import measured
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.site import Visitor
from vaiti.ops.demo.people import SERVICE_LINE
from vaiti.ops.settings import Settings

AGENTS: Final = ("anna.astrom", "leila.virtanen", "sofia.holm")
MOST: Final = 60_000
"""Calls that are told apart by what stays of their customers' numbers, from 040 to 045."""
ASKED: Final = 1_000
"""Calls that the book is asked for at once: a statement has a most of values."""
PROCESSES: Final = ("keys", "worker", "keeper", "recorder", "web")


@dataclass(frozen=True, slots=True)
class Planned:
    """A call of so many seconds at its time."""

    at_s: float
    seconds: float


def customer(number: int) -> str:
    return f"+3584{number:05d}567"


def stored(number: int) -> str:
    return f"+3584{number:05d}***"


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


def rows_of(numbers: Sequence[int]) -> dict[int, tuple[str, int, float]]:
    """Those of the calls that are in the book and attributed: id, leg, and length in seconds."""
    rows = dict[int, tuple[str, int, float]]()
    for place in range(0, len(numbers), ASKED):
        rows |= _some_rows(numbers[place : place + ASKED])
    return rows


def _some_rows(numbers: Sequence[int]) -> dict[int, tuple[str, int, float]]:
    from vaiti.register.models import Leg

    by_stored = {stored(number): number for number in numbers}
    legs = Leg.objects.filter(customer__in=list(by_stored), person__isnull=False)
    rows = legs.values_list("customer", "call_id", "id", "call__started_at", "call__ended_at")
    return {
        by_stored[masked]: (call.hex, leg, (ended - started).total_seconds())
        for masked, call, leg, started, ended in rows
    }
