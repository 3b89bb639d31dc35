"""A check of a full disk: new calls are turned down, and the one in progress keeps what there was
room for, with its end, and says that something is missing."""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.live import begin, call_of, finish, rows_of
from vaiti.ops.outside.world import Said, World, place, wait_for

CUSTOMER, TURNED_DOWN = "+358405556661", "+358405556662"
SECONDS, SPOKEN = 10, 1.0


def full_disk(world: World) -> str:
    """The journal takes not one byte for a while; afterwards everything goes on by itself."""
    said = filled_in_call(world)
    check_told(world, said)
    return "SIP 503 and an alarm while it was full; the call in progress has its end"


def filled_in_call(world: World) -> Said:
    said = replace(world.plain, customer=CUSTOMER, seconds=SECONDS, extra=(), outcome={}, call="")
    process = begin(world, said)
    said.call = call_of(world)
    time.sleep(SPOKEN)
    with full(world):
        wait_for("the recorder does not see that its disk is full", lambda: refusing(world))
        check_turned_down(world)
        wait_for("there is no alarm of it", lambda: alarmed(world))
    wait_for("the recorder takes no calls again", lambda: not refusing(world))
    finish(said, process)
    wait_for("the call is not in the register", lambda: rows_of(world, said.call) != [])
    return said


@contextmanager
def full(world: World) -> Iterator[None]:
    """For the recorder's process no file may grow beyond what its journal has now."""
    pid = world.pids()["recorder"]
    journals = (world.data / "journal").rglob("*.vj")
    size = max(journals, key=lambda path: path.stat().st_mtime).stat().st_size
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def refusing(world: World) -> bool:
    told = json.loads((world.data / "run" / "recorder.json").read_text())
    return bool(told["reason"] == "disk_full")


def check_turned_down(world: World) -> None:
    other = replace(world.plain, customer=TURNED_DOWN, seconds=1, extra=(), outcome={}, call="")
    place(world, [other])
    status = other.outcome.get("status")
    demand(status == 503, f"a call was answered {status} while the disk was full")


def alarmed(world: World) -> bool:
    told = "SELECT detail FROM due_alarm WHERE kind = 'recorder_refusing' AND cleared_at IS NULL"
    return any("disk_full" in detail for (detail,) in world.rows(told))


def check_told(world: World, said: Said) -> None:
    """The row has the call's end, its page says that something is missing, and so does the gap
    register of the calls that could not come."""
    ends = [
        by
        for call, by in world.rows("SELECT id, ended_by FROM register_call")
        if str(call).replace("-", "") == said.call
    ]
    demand(ends == ["bye"], f"the call in progress ended by {ends}, not by its BYE")
    page = world.inside(world.owner).get(f"/calls/{said.call}/").text
    demand("disk was full" in page, "the call's page does not say that a part is missing")
    gaps = world.rows("SELECT 1 FROM register_gap WHERE cause = 'disk_full'")
    demand(bool(gaps), "the gap register does not say that the disk was full")
