"""A check of a recorder that is killed in mid-call, and of the next one that goes on with it."""

import json
import os
import signal
import time
from dataclasses import replace

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.live import begin, call_of, finish, rows_of
from vaiti.ops.outside.recording import check_lanes, row_of
from vaiti.ops.outside.world import Said, World, wait_for

CUSTOMER = "+358405554444"
SECONDS = 7
SPOKEN = 2.5
"""Seconds after which the recorder dies: what is said later fits into the sockets' buffers."""


def reborn(world: World) -> str:
    """The call is one recording without a gap, and no stretch of it was put together afterwards."""
    said, away = killed_in_call(world)
    check_whole(world, said)
    return f"{check_lanes(world, said)}; away for {away:.1f} s of {SECONDS}, no packet lost"


def killed_in_call(world: World) -> tuple[Said, float]:
    """The call, and for how many seconds there was no recorder."""
    said = replace(world.plain, customer=CUSTOMER, seconds=SECONDS, extra=(), outcome={}, call="")
    dialled = time.monotonic()
    process = begin(world, said)
    said.call = call_of(world)
    time.sleep(max(0.0, dialled + SPOKEN - time.monotonic()))
    before = world.pids()["recorder"]
    os.kill(before, signal.SIGKILL)
    away = wait_for("no recorder goes on", lambda: told(world)["pid"] != before)
    demand(told(world)["resumed"] == 1, "the next recorder goes on with no call")
    finish(said, process)
    wait_for("the recorder does not say that the call is over", lambda: told(world)["calls"] == 0)
    said.outcome["kept"] = told(world)["packets"]  # of this call alone: it came with its count
    wait_for("the call is not in the register", lambda: rows_of(world, said.call) != [])
    return said, away


def check_whole(world: World, said: Said) -> None:
    demand(row_of(world, said) == said.call, "another call's row tells of it")
    ((facts, _),) = rows_of(world, said.call)
    sent, kept = sum(said.outcome["packets"]), int(said.outcome["kept"])
    demand(kept == sent, f"{kept} packets are kept of {sent} that were sent")
    demand(len(facts["epochs"]) == 2, f"its two streams were begun {len(facts['epochs'])} times")
    recovered = world.rows("SELECT id FROM register_call WHERE recovered")
    found = {str(call).replace("-", "") for (call,) in recovered}
    demand(said.call not in found, "the call counts as cut off by the recorder's death")


def told(world: World) -> dict[str, int]:
    """What the recorder says of itself."""
    found: dict[str, int] = json.loads((world.data / "run" / "recorder.json").read_text())
    return found
