"""Checks that a request in time counts though the call's own day comes before anybody looks."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from vaiti.ops.outside.asking import written
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import ZONE, instant, plain_id
from vaiti.ops.outside.world import World, place, wait_for

CUSTOMER, MASKED = "+358445550177", "+358445550***"
BEFORE = 3600.0
"""Seconds before the call's end at which the request comes."""


def place_early(world: World) -> None:
    """The call that somebody asks for half a year later."""
    world.early = replace(world.plain, customer=CUSTOMER, seconds=2, outcome={}, call="")
    place(world, [world.early])
    status = world.early.outcome.get("status")
    demand(status == 200, f"a call on {world.early.line} was answered {status}")
    wait_for("the call is not in the register", lambda: bool(named(world)))
    world.early.call = named(world)[0]


def named(world: World) -> list[str]:
    rows = world.rows(f"SELECT id FROM register_call WHERE customer = '{MASKED}'")
    return [plain_id(row[0]) for row in rows]


def asked_in_time(world: World) -> str:
    """An hour before the call is due somebody asks for it; the register keeps it by itself."""
    began, due = times(world)
    world.move_clock(due - BEFORE - time.time())
    person = world.visitor()
    form = person.page("/rights/").form("/rights/")
    day = written(datetime.fromtimestamp(began, UTC).astimezone(ZONE).date())
    given = {"number": world.early.customer, "withheld": "", "line": world.early.line}
    answer = person.submit(form, asked="copy", about_from=day, **given)
    demand(answer.status == 201, f"the form answered {answer.status}")
    took = wait_for("the call is not kept for the request", lambda: kept(world))
    return f"kept {took:.1f} s after the request"


def times(world: World) -> tuple[float, float]:
    """When the call began, and when it is due."""
    call = world.early.call
    ((began, due),) = world.rows(
        f"SELECT started_at, due_at FROM register_call WHERE id = '{call}'"
    )
    return instant(began), instant(due)


def kept(world: World) -> bool:
    rows = world.rows("SELECT call FROM rights_keptcall")
    return world.early.call in {plain_id(row[0]) for row in rows}


def kept_though_due(world: World) -> str:
    """Its day has come and others are gone; it is there, with its key, held for the request."""
    check_kept(world)
    return "its row, its key and its hold are there"


def check_kept(world: World) -> None:
    call = world.early.call
    rows = world.rows(f"SELECT id FROM register_call WHERE id = '{call}'")
    demand(len(rows) == 1, "the call that was asked for in time is gone")
    alive = world.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(alive == [(1,)], "the key of the call that was asked for is dead")
    holds = world.rows(
        "SELECT h.kind FROM rights_keptcall k JOIN register_hold h ON h.id = k.hold "
        f"WHERE k.call = '{call}' AND h.ended_at IS NULL"
    )
    demand(holds == [("request",)], "no hold of a request keeps the call")
