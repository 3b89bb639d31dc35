"""`vaiti bench attribution`: a made-up day at shared desks, and whose its seconds became."""

import argparse
import json
import socket
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from vaiti.ops.attribution_plan import Size, made_up
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.making import make_demo
from vaiti.ops.demo.people import SERVICE_LINE
from vaiti.ops.django_start import migrate
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.settings import load_settings

if TYPE_CHECKING:
    from vaiti.ops.attribution_run import Counted, Result

TCP = (socket.SOCK_STREAM,)
OPENS = time(7, tzinfo=UTC)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti bench attribution", description="Agents at shared desks, told by the feed."
    )
    usual = Size()
    for name, meaning in (
        ("agents", "people who take calls"),
        ("desks", "telephones they share"),
        ("lost", "logins that never come"),
        ("seed", "of the draw"),
    ):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name), help=meaning)
    parser.add_argument("--hours", type=float, default=usual.hours, help="of the day")
    parser.add_argument("--settle", type=int, default=60, help="seconds: settle_seconds")
    parser.add_argument("--json", action="store_true", help="for a program to read")
    given = parser.parse_args(arguments)
    size = Size(given.agents, given.desks, given.hours, given.lost, given.seed)
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        found = measured(Path(place) / "data", size, given.settle)
    print(json.dumps(asdict(found)) if given.json else table(size, found))
    return 0


def measured(folder: Path, size: Size, settle: int) -> "Result":
    now = machine_clock()
    make_demo(folder, free_port(0, TCP), free_port(0, TCP), "", now)
    migrate(folder)
    from vaiti.ops.attribution_people import entered
    from vaiti.ops.attribution_run import Runner
    from vaiti.people.seats import FeedRules

    controller = load_settings(folder).controller.name
    people = entered(size.agents, controller, now)
    begins = datetime.combine((now + timedelta(days=1)).date(), OPENS)
    rules = FeedRules(settle_seconds=settle)
    return Runner(made_up(size), people, SERVICE_LINE, begins, rules).run()


def table(size: Size, found: "Result") -> str:
    calls = ", ".join(f"{count} {kind}" for kind, count in sorted(found.calls.items()))
    return "\n".join(
        (
            f"{size.agents} agents at {size.desks} desks, {size.hours:g} hours, seed {size.seed}",
            f"calls: {calls}; kept: {found.kept}",
            f"words of the feed: {found.words}; logins lost: {size.lost}",
            f"legs that changed hands: {found.moved}, of them another's before: {found.mistaken}",
            row("two to three minutes after the call", found.first),
            row("at the day's end", found.last),
            f"told to the assigner as probable: {found.guessed}, of them wrong: {found.amiss}",
        )
    )


def row(when: str, found: "Counted") -> str:
    return (
        f"{when}: {found.right} legs right ({found.percent:.2f} %), {found.unknown} unknown, "
        f"{found.wrong} wrong; seconds: {found.right_s:.0f}, {found.unknown_s:.0f}, "
        f"{found.wrong_s:.0f}"
    )
