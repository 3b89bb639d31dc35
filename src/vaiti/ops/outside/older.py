"""Checks that something too old is found where it was hidden, and nothing before."""

import json
import os
import subprocess
import time
from typing import Any

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.world import VAITI, World

HALF_A_YEAR_AND_MORE = 200 * 86_400
SHARED = "temporary"
"""Where others of this machine may have left sound: it is not held against the demo."""


def planted_file_found(world: World) -> str:
    """Nothing is older than promised; a file of seven months ago in the store is found."""
    before = looked(world)
    demand(not failing(before), f"before anything was planted it fails: {failing(before)}")
    path = world.data / "store" / "ab" / f"{'ab' * 16}.vs"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(b"\x28" + bytes(9000))
    long_ago = time.time() - HALF_A_YEAR_AND_MORE
    os.utime(path, (long_ago, long_ago))
    try:
        found = failing(looked(world, status=1))
    finally:
        path.unlink()
    demand(found == {"store": [f"store/ab/{path.name}"] * 2}, f"not the planted file, but {found}")
    looked(world)  # which ends the alarm
    return f"{sum(one['counted'] for one in before)} things looked at, one planted and found"


def looked(world: World, status: int = 0) -> list[dict[str, Any]]:
    """What the command says of each place. Raises Fault where it ends with another status."""
    command = [*VAITI, "prove", "nothing-older", "--json", "--data", str(world.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip()[-300:]
    demand(done.returncode in (0, 1), f"the look ended with {done.returncode}: {said}")
    places: list[dict[str, Any]] = json.loads(done.stdout)["places"]
    demand(bool(failing(places)) or not status, "what was planted was not found")
    return places


def failing(places: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The places where something is too old, or nothing's."""
    return {
        one["place"]: one["found"]
        for one in places
        if one["place"] != SHARED and (one["older"] or one["strange"] or one["fault"])
    }
