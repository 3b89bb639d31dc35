"""Checks of the end: refused from the due instant on, destroyed, proven, and everything stopped."""

import calendar
import errno
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

from vaiti.ops.outside import disk
from vaiti.ops.outside.access import entries_of, sealed_key, verified
from vaiti.ops.outside.bucket import has_object
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import ZONE, instant, plain_id
from vaiti.ops.outside.starting import PROCESSES
from vaiti.ops.outside.world import World, wait_for

MONTHS = 6
HEARD, DESTROYED = "access:listening:heard", "retention:call:destroyed"
SWEEPS = 150.0
"""Seconds within which the worker has looked twice: the recorder begins a new file in between."""
EARLY = 60.0
"""Seconds before the due instant at which the call must still be there."""


def refused_when_due(world: World) -> str:
    """A minute before six months are over the call is there; from that instant on it is not."""
    ends = [row for row in world.rows("SELECT id, ended_at, object_id FROM register_call")]
    ((_, ended_at, object_id),) = (row for row in ends if plain_id(row[0]) == world.plain.call)
    due = add_months(datetime.fromtimestamp(instant(ended_at), UTC))
    name = plain_id(object_id)
    world.object_path = world.data / "store" / name[:2] / f"{name}.vs"
    demand(stored(world), "the call's sealed object is not where it should be")
    world.sealed_key = sealed_key(world)
    demand(bool(disk.find_stretches(world.data, [world.sealed_key])), "the sealed key is nowhere")
    path = f"/calls/{world.plain.call}/"
    world.move_clock(due.timestamp() - EARLY - time.time())
    before = world.visitor(world.owner).get(path).status
    demand(before == 200, f"a minute before its time the call answered {before}")
    world.move_clock(due.timestamp() + 1 - time.time())
    after = world.visitor(world.owner).get(path).status
    demand(after == 404, f"at its due instant the call answered {after}")
    return f"due {due.astimezone(ZONE):%d.%m.%Y %H:%M:%S}"


def add_months(instant_of_end: datetime) -> datetime:
    """Six calendar months later by the register's clock, at the month's end clamped."""
    local = instant_of_end.astimezone(ZONE)
    year, month = divmod(local.year * 12 + local.month - 1 + MONTHS, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day).astimezone(UTC)


def destroyed(world: World) -> str:
    """Row, object, key and journal of the call are gone; a tombstone says when and how."""
    took = wait_for("no tombstone for the call", lambda: bool(tombstone(world)), SWEEPS)
    check_destroyed(world)
    return f"{took:.1f} s after the due instant"


def check_destroyed(world: World) -> None:
    call = world.plain.call
    left = {plain_id(row[0]) for row in world.rows("SELECT id FROM register_call")}
    demand(call not in left, "the call's row is still there")
    demand(not stored(world), "the call's sealed object is still there")
    keys = world.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(keys == [(0,)], "the key store still has the call's key")
    held = disk.find_stretches(world.data, [world.sealed_key])
    demand(not held, f"the call's sealed key stands in {', '.join(map(str, held))}")
    masked = disk.find_stretches(world.data, [world.plain.customer[:-3].encode()])
    demand(not masked, f"the customer's masked number stands in {', '.join(map(str, masked))}")
    journals = disk.find_stretches(world.data / "journal", [bytes.fromhex(call)])
    demand(not journals, f"the journal still holds the call: {', '.join(map(str, journals))}")
    demand(tombstone(world), "no tombstone says that the call was destroyed")


def stored(world: World) -> bool:
    """Whether folder or object store has the call's sealed object."""
    if world.s3:
        return has_object(world, world.object_path.stem)
    return world.object_path.is_file()


def tombstone(world: World) -> bool:
    rows = world.rows("SELECT call FROM retention_tombstone")
    return world.plain.call in {plain_id(row[0]) for row in rows}


def log_still_verifies(world: World) -> str:
    """The log verifies after the destruction; it tells of that, and of what was heard before."""

    def destroyed_in_log() -> bool:
        return DESTROYED in kinds_of(world)

    wait_for("the destruction is not in the log", destroyed_in_log)
    demand(HEARD in kinds_of(world), "the log does not say what was heard of the call")
    return f"{verified(world)} entries, {len(kinds_of(world))} of them on the call"


def kinds_of(world: World) -> list[str]:
    """The kinds of the entries on the call, in their order."""
    return [
        found["kind"] for found in entries_of(world) if world.plain.call in found.get("body", "")
    ]


def stopped(world: World) -> str:
    """Ctrl-C ends every process within its time, and no port is left open."""
    pids = world.pids()
    demand(pids.keys() == PROCESSES, f"{len(pids)} processes ran, not {len(PROCESSES)}")
    began = time.monotonic()
    status = world.stop()
    demand(status == 0, f"the demo ended with status {status}")
    return f"{check_stopped(world, pids)} after {time.monotonic() - began:.1f} s"


def check_stopped(world: World, pids: dict[str, int]) -> str:
    alive = [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()]
    demand(not alive, f"still running: {', '.join(alive)}")
    demand(not world.pids(), "a file still says that a process runs")
    for port in (world.web_port, world.sip_port):
        with socket.socket() as client:
            refused = client.connect_ex(("127.0.0.1", port)) != 0
        demand(refused, f"somebody still listens at port {port}")
    demand(free(world.sip_port), f"somebody still has port {world.sip_port} (UDP)")
    return "no process, no port"


def free(port: int) -> bool:
    """Whether anybody may receive there: a socket that a process left to another one is open."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        try:
            nobody.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
