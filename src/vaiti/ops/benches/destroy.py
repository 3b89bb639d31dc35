"""`vaiti bench destroy`: how long it takes to destroy many due calls, and what is left of them.

A demo's folder is filled with calls that are due: rows, entries, sealed objects, keys. Then the
worker goes one round, in a process of its own, with the real key process beside it. At the end the
scan that shares no query with either looks for anything that is left.
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from vaiti.ops.benches import postgresql as bench_postgresql
from vaiti.ops.benches.destroy_fill import AGO, fill_due
from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.memory import own_mb, peaks_mb
from vaiti.ops.benches.site import machine, served
from vaiti.ops.clocks import machine_clock
from vaiti.ops.demo.making import make_demo
from vaiti.ops.demo.object_store import object_store, use_object_store
from vaiti.ops.django_start import migrate
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.settings import FILE, Settings, WeakSettings, load_settings

LOOK: Final = 0.25  # seconds between two looks at how far it is
PARTS: Final = 10


@dataclass(frozen=True, slots=True)
class Result:
    """`worker_mb` has the pages of the database's file in it that were mapped, `worker_own_mb` has
    not. `keys_s` is until the last key was dead, `parts_s` how long each tenth of the calls took
    from then on. `left` counts rows, keys and objects, `scan` what the independent scan says."""

    calls: int
    seconds: float
    calls_a_second: float
    worker_cpu_s: float
    keys_s: float
    parts_s: list[float]
    worker_mb: float
    worker_own_mb: float
    keys_mb: float
    left: dict[str, int]
    scan: dict[str, str]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench destroy", description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000, metavar="N", help="that are due")
    parser.add_argument("--postgresql", action="store_true", help="one started for this alone")
    parser.add_argument("--s3", action="store_true", help="an object store started for this alone")
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="a new folder to keep, or one kept"
    )
    parser.add_argument("--fill", action="store_true", help="fill DIR for a later run, and no more")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        with _site(given.data, given.postgresql, given.s3) as settings:
            _fill_up(settings, given.calls)
            if given.fill:
                return 0
            result = measure(settings)
    except (BenchError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {**asdict(result), "machine": machine()}
    print(json.dumps(found) if given.json else told(found))
    return 0 if not any(result.left.values()) and not any(result.scan.values()) else 1


def told(found: dict[str, object]) -> str:
    return "\n".join(f"{name:16} {value}" for name, value in found.items())


@contextmanager
def _site(kept: Path | None, postgresql: bool, s3: bool) -> Iterator[Settings]:
    """A demo's folder with the servers that it needs; one that was not named is removed again."""
    with ExitStack() as open_ones:
        place = kept
        if place is None:
            new = tempfile.TemporaryDirectory(prefix="vaiti-bench-")
            place = Path(open_ones.enter_context(new))
        folder, url = place / "data", ""
        if postgresql:
            (place / "postgresql").mkdir(parents=True, exist_ok=True)
            url = open_ones.enter_context(bench_postgresql.started(place / "postgresql"))
        if not (folder / FILE).exists():
            web, sip = (free_port(0, (socket.SOCK_STREAM,)) for _ in range(2))
            make_demo(folder, web, sip, url, machine_clock() - 2 * AGO)
            if s3:
                use_object_store(folder)
        migrate(folder)
        settings = load_settings(folder)
        if settings.database.url != url:
            raise BenchError("the folder was filled for another database; name a new one")
        open_ones.enter_context(object_store(settings))
        yield settings


def _fill_up(settings: Settings, calls: int) -> None:
    from vaiti.register.models import Call

    if not Call.objects.exists():
        fill_due(settings, calls, machine_clock())


def measure(settings: Settings) -> Result:
    """Raises BenchError."""
    from vaiti.register.models import Call

    calls = Call.objects.count()
    with served(settings, ("keys",)):
        marks, round_ = _watched(settings, calls)
        keys_mb = peaks_mb(settings, "keys")[0]
        left, scan = _left(settings), _scan(settings)
    keys_s, seconds = marks[0], float(round_["seconds"])
    return Result(
        calls=calls,
        seconds=round(seconds, 1),
        calls_a_second=round(calls / seconds, 1),
        worker_cpu_s=round(float(round_["cpu_s"]), 1),
        keys_s=round(keys_s, 1),
        parts_s=[round(after - before, 1) for before, after in pairwise(marks)],
        worker_mb=round(float(round_["peak_mb"]), 1),
        worker_own_mb=round(float(round_["own_mb"]), 1),
        keys_mb=keys_mb,
        left=left,
        scan=scan,
    )


def _watched(settings: Settings, calls: int) -> tuple[list[float], dict[str, float]]:
    """When the last key was dead and when each tenth was buried, and what the round says."""
    from vaiti.retention.models import Tombstone
    from vaiti.vault.keyclient import KeyClient

    keys, marks = KeyClient(settings.keys_socket), list[float]()
    command = [sys.executable, "-m", "vaiti.ops.benches.destroy_round", str(settings.folder)]
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        ended, own = False, 0.0
        while not ended or len(marks) <= PARTS:
            ended = process.poll() is not None
            own = max(own, own_mb(process.pid))
            if not marks and not keys.describe().calls:
                marks.append(time.monotonic() - began)
            buried = Tombstone.objects.count() if marks else 0
            while marks and len(marks) <= PARTS and buried >= calls * len(marks) // PARTS:
                marks.append(time.monotonic() - began)
            if ended and len(marks) <= PARTS:
                raise BenchError(f"the round ended with {buried} of {calls} calls destroyed")
            time.sleep(LOOK)
        output = process.stdout.read() if process.stdout else b""
    if process.returncode:
        raise BenchError("the round failed")
    return marks, {**json.loads(output), "own_mb": own}


def _left(settings: Settings) -> dict[str, int]:
    from vaiti.ops.stores import open_store
    from vaiti.register.models import Call, Leg
    from vaiti.retention.models import PlanLine
    from vaiti.vault.keyclient import KeyClient

    return {
        "calls": Call.objects.count(),
        "legs": Leg.objects.count(),
        "open lines": PlanLine.objects.filter(done_at__isnull=True).count(),
        "objects": sum(1 for _ in open_store(settings).listed()),
        "keys": KeyClient(settings.keys_socket).describe().calls,
    }


def _scan(settings: Settings) -> dict[str, str]:
    """Of each place of this folder: nothing, or what is there that should not be."""
    from vaiti.ops.proving import where
    from vaiti.promises.older.scan import scan
    from vaiti.vault.keyclient import KeyClient

    keys = KeyClient(settings.keys_socket)
    found = scan(where(settings), keys, machine_clock(), moved=timedelta(0))
    return {
        one.place: "" if one.holds else " ".join((one.fault, *one.found))
        for one in found.places
        if one.place != "temporary"  # shared with others of this machine
    }
