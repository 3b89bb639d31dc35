"""`vaiti bench rebirth`: a recorder with a keeper is killed under load, and the next one goes on.

What was lost is counted from what stands in the journal; packets wait in the sockets' buffers
while there is no recorder.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vaiti.capture.binding import raise_descriptor_limit
from vaiti.ops.benches import generators, measured
from vaiti.ops.benches.audit import audit
from vaiti.ops.benches.measured import MOST_CALLS, MOST_SECONDS, BenchError
from vaiti.ops.phone.plan import PhoneError
from vaiti.vault.wrapping import new_intake_key


@dataclass(frozen=True, slots=True)
class Result:
    """`away_s`: from the recorder's death until the next one takes packets."""

    calls: int
    seconds: float
    away_s: float
    resumed: int
    packets_sent: int
    packets_lost: int
    drops: dict[str, int]
    """By reason, as the next recorder counted them."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench rebirth", description=__doc__)
    parser.add_argument("--calls", type=int, default=1000, help="calls of two G.711 streams")
    parser.add_argument("--ring", action="store_true", help="receive by a packet ring (root)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of speech in each")
    given = parser.parse_args(arguments)
    if not (1 <= given.calls <= MOST_CALLS and 4 <= given.seconds <= MOST_SECONDS):
        parser.error(f"--calls is 1 to {MOST_CALLS}, --seconds 4 to {MOST_SECONDS}")
    try:
        print(json.dumps(asdict(measure(given.calls, given.seconds, ring=given.ring))))
    except (BenchError, PhoneError) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    return 0


def measure(calls: int, seconds: float, *, ring: bool = False) -> Result:
    """Raises BenchError."""
    raise_descriptor_limit()
    with tempfile.TemporaryDirectory(prefix="vaiti-bench-") as place:
        folder = Path(place)
        if ring:
            measured.ask_for_ring(folder, calls, kept=True)
        with measured.keeper(folder):
            return asyncio.run(_killed(folder, calls, seconds))


async def _killed(folder: Path, calls: int, seconds: float) -> Result:
    private, public = new_intake_key()
    measured.write_orders(folder, public, calls)
    readers: list[asyncio.Task[None]] = []
    command = [sys.executable, "-m", "vaiti.ops.benches.receivers", "recorder", str(folder)]
    with measured.killed_at_last(command) as first:
        measured.wait_until(first, (folder / "recorder.json").exists)
        port = int(_told(folder)["listening"][0].rpartition(":")[2])
        placed = await generators.place(calls, port, readers)
        targets = [stream.remote for call in placed for stream in call.streams]
        load = asyncio.to_thread(generators.under_load, os.getpid(), targets, seconds)
        sending = asyncio.create_task(load)
        await asyncio.sleep(seconds / 2)
        if not _told(folder)["lasting"]:
            raise BenchError(
                "nothing is left to a next recorder: too little memory, or too slow a disk"
            )
    died = time.monotonic()
    with measured.running("recorder", folder) as second:
        while _told(folder)["pid"] != second.pid:
            if second.poll() is not None:
                raise BenchError("the next recorder did not start")
            await asyncio.sleep(0.02)
        away_s, resumed = time.monotonic() - died, _told(folder)["resumed"]
        sent = (await sending).sent
        for call in placed:
            await call.hang_up()
            call.close()
            call.wire.close()
    drops = _told(folder)["drops"]
    found = audit(folder / "journal", private)
    if found.wrong or found.calls != calls:
        raise BenchError("the journal holds packets that were not sent, or lacks whole calls")
    return Result(calls, seconds, round(away_s, 2), resumed, sent, sent - found.packets, drops)


def _told(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "recorder.json").read_text())
    return found
