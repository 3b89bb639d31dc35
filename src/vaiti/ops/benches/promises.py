"""`vaiti bench promises`: what a round of the live checks costs over a register with many calls.

A demo's folder is filled with made-up calls, or one that is full is used again. Each check looks a
few times while no other process runs, so that the figures are its own: what those look for that
need the web process is told as its refusal.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.pages import database
from vaiti.ops.benches.site import folder_for, machine
from vaiti.ops.clocks import clock_of
from vaiti.ops.settings import Settings, WeakSettings


@dataclass(frozen=True, slots=True)
class Figure:
    """The longest of some looks, in seconds, and what it said."""

    check: str
    seconds: float
    kept: bool
    looked_at: int


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench promises", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, metavar="N", help="in the register")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a demo's folder to fill and keep")
    parser.add_argument("--rounds", type=int, default=2, help="how often each check looks")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite")
    where.add_argument("--postgresql", action="store_true", help="one started for this alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        with database(given) as url, folder_for(given.data, url, given.calls) as settings:
            figures = measure(settings, given.rounds)
    except (BenchError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {"calls": given.calls, "machine": machine(), "checks": [asdict(one) for one in figures]}
    print(json.dumps(found) if given.json else told(figures))
    return 0


def measure(settings: Settings, rounds: int) -> list[Figure]:
    """The costliest check first."""
    from vaiti.ops.promising import site_of
    from vaiti.promises.checks.table import CHECKS

    site = site_of(settings, clock_of(settings)())
    found = []
    for check, (look, _eye) in CHECKS.items():
        longest = 0.0
        for _round in range(rounds):
            began = time.perf_counter()
            verdict = look(site, clock_of(settings)())
            longest = max(longest, time.perf_counter() - began)
        looked = int(verdict.evidence.get("looked_at", 0))
        found.append(Figure(check, longest, verdict.kept, looked))
    return sorted(found, key=lambda one: -one.seconds)


def told(figures: Sequence[Figure]) -> str:
    lines = [f"{'check':40} {'seconds':>8} {'looked at':>10}"]
    lines += [f"{one.check:40} {one.seconds:8.2f} {one.looked_at:10}" for one in figures]
    whole = sum(one.seconds for one in figures)
    return "\n".join([*lines, f"{'a round':40} {whole:8.2f}"])
