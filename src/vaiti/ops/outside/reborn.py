"""A check of a recorder that dies in mid-call: the next one goes on, and it is one call, whole."""

import json
import os
import signal
import time
from dataclasses import dataclass, replace
from typing import Any

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.live import begin, finish, rows_of
from vaiti.ops.outside.recording import calls_of, check_lanes, plain_id
from vaiti.ops.outside.world import Said, World, wait_for

CUSTOMER = "+358405558888"
SPOKEN = 1.0
"""Seconds of the call before its recorder is killed, at least."""
BUFFERED = 4.5
"""Seconds of a stream that surely wait where nobody takes them."""
EACH_SECOND = 100
"""Packets of a call."""


@dataclass(frozen=True, slots=True)
class Outlived:
    """`away`: for how many seconds nobody took the call's packets, at most; `lost` of them."""

    said: Said
    resumed: int
    away: float
    lost: int


def reborn(world: World) -> str:
    """The recorder is killed while people speak; whoever comes next loses nothing of it."""
    outlived = killed_in_call(world)
    check_gone_on(outlived)
    check_one(world, outlived.said)
    likeness = check_lanes(world, outlived.said)
    told = f"{outlived.away:.1f} s without a recorder, {outlived.lost} packets lost, one call"
    return f"{told}; {likeness}"


def killed_in_call(world: World) -> Outlived:
    wait_for("nothing is left to a next recorder", lambda: bool(state_of(world)["lasting"]))
    said = replace(world.plain, customer=CUSTOMER, extra=(), outcome={}, call="")
    process = begin(world, said)
    time.sleep(SPOKEN)
    first = state_of(world)
    os.kill(first["pid"], signal.SIGKILL)
    wait_for("no recorder comes after one", lambda: state_of(world)["pid"] != first["pid"])
    second = state_of(world)
    finish(said, process)
    wait_for("the call does not end", lambda: state_of(world)["recorded"] == 1)
    lost = sum(said.outcome["packets"]) - state_of(world)["packets"]
    wait_for("the call is not in the register", lambda: found(world) != [])
    said.call = found(world)[0]
    away = (second["at_us"] - first["at_us"]) / 1e6
    return Outlived(said, second["resumed"], away, lost)


def state_of(world: World) -> dict[str, Any]:
    """What the recorder says of itself."""
    state: dict[str, Any] = json.loads((world.data / "run" / "recorder.json").read_text())
    return state


def check_gone_on(call: Outlived) -> None:
    """No packet is lost, unless nobody came for longer than packets can wait."""
    demand(call.resumed == 1, f"the next recorder goes on with {call.resumed} calls, not with 1")
    waited = max(0.0, call.away - BUFFERED) * EACH_SECOND
    told = f"{call.lost} packets are lost after {call.away:.1f} s without a recorder"
    demand(0 <= call.lost <= waited, told)


def found(world: World) -> list[str]:
    """The ids of the rows of this customer."""
    masked = CUSTOMER[:-3] + "***"
    return [plain_id(row[0]) for row in calls_of(world) if row[3] == masked]


def check_one(world: World, said: Said) -> None:
    """One row, which ended as its people ended it, and has no mark of what happened."""
    rows = found(world)
    demand(len(rows) == 1, f"a call that outlived its recorder is {len(rows)} calls")
    ended = [row[6] for row in calls_of(world) if plain_id(row[0]) == said.call]
    demand(ended == ["bye"], f"a call that outlived its recorder ended by {ended}")
    ((facts, _),) = rows_of(world, said.call)
    demand(not facts["warnings"], f"it has the marks {facts['warnings']}")
