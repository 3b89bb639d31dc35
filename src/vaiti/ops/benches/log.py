"""`vaiti bench log`: what a proof and the whole verification cost in an audit log of many entries.

The log is made up in a folder of its own, on SQLite or a PostgreSQL of its own, with real
commitments, leaves and nodes, and a signed checkpoint every 2,048 entries.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any

PROOFS = 1000
WATCHING = """
import pathlib, select, sys
own, most = sys.argv[1], 0
def lines(status):
    try:
        return dict(line.split(":", 1) for line in status.read_text().splitlines())
    except OSError:
        return {}
while not select.select([sys.stdin], [], [], 0.1)[0]:
    told = map(lines, pathlib.Path("/proc").glob("[0-9]*/status"))
    held = [one for one in told if own in (one.get("Pid", "").strip(), one.get("PPid", "").strip())]
    now = sum(int(one["RssAnon"].split()[0]) for one in held if "RssAnon" in one)
    most = max(most, now)
print(most)
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench log", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="a new folder to keep, or one kept")
    parser.add_argument("--no-verify", action="store_true", help="only make it and prove")
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL of its own")
    parser.add_argument("--export", action="store_true", help="export it too, and verify the file")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaiti-log-") as folder:
        kept = given.folder or Path(folder)
        told = on_postgresql(kept, given) if given.postgresql else on_sqlite(kept, given)
    json.dump(told, sys.stdout, indent=2)
    print()
    return 0


def on_sqlite(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    from vaiti.ops import log_filling
    from vaiti.ops.django_config import sqlite_database

    path = folder / "log.sqlite3"
    ready(sqlite_database(str(path)))
    return measure(partial(log_filling.fill, path), folder, given)


def on_postgresql(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    from vaiti.ops import log_filling
    from vaiti.ops.benches.postgresql import started
    from vaiti.ops.django_config import postgresql_database

    with started(folder / "postgresql") as uri:
        ready(postgresql_database(uri))
        return measure(partial(log_filling.fill_postgresql, uri), folder, given)


def measure(
    fill: Callable[[int], None], folder: Path, given: argparse.Namespace
) -> dict[str, float]:
    from django.db import connection

    from vaiti.audit import proofs
    from vaiti.audit.models import Checkpoint, Leaf

    told = dict[str, float]()
    if not Checkpoint.objects.exists():
        connection.close()  # filling wants the file for itself
        began = time.perf_counter()
        fill(given.entries)
        told["filled_s"] = time.perf_counter() - began
    size = Checkpoint.objects.latest("size").size
    told["entries"] = float(size)
    chosen = random.Random(1).sample(range(size), min(PROOFS, size))
    ids = [Leaf.objects.get(seq=place).id for place in chosen]
    sizes = [sum(map(len, proofs.inclusion(one).path)) for one in ids]
    told["proof_bytes_most"] = float(max(sizes))
    told |= timed("proof_ms", [partial(proofs.inclusion, one) for one in ids])
    olds = [partial(proofs.consistency, place + 1, size) for place in chosen]
    told |= timed("consistency_ms", olds)
    if not given.no_verify:
        told |= verified()
    if given.export:
        told |= exported(folder / "log.jsonl")
    return told


def verified() -> dict[str, float]:
    """Seconds, and the most memory that its processes held together, without the file's pages."""
    from vaiti.audit.verify import Pace, verify_log
    from vaiti.ops.log_filling import SIGNER

    began = time.perf_counter()
    with Watch() as watch:
        report = verify_log(
            SIGNER.public, datetime(2030, 1, 1, tzinfo=UTC), (), Pace(os.cpu_count() or 1)
        )
    if not report.ok:
        raise RuntimeError(f"the log that was made up does not verify: {report.problems[:3]}")
    return {"verify_s": time.perf_counter() - began, "memory_mb": watch.most_kb / 1024}


def exported(path: Path) -> dict[str, float]:
    """Seconds for the file and for its verification, which asks no database."""
    from vaiti.audit.exporting import export
    from vaiti.audit.offline import processes, verify_export
    from vaiti.audit.verify import Pace
    from vaiti.ops.log_filling import SIGNER

    path.unlink(missing_ok=True)
    began = time.perf_counter()
    with Watch() as exporting:
        export(path, Pace(processes()))
    written = time.perf_counter()
    with Watch() as verifying:
        report = verify_export(path, SIGNER.public, (), processes())
    ended = time.perf_counter()
    if not report.ok:
        raise RuntimeError(f"the exported log does not verify: {report.problems[:3]}")
    return {
        "export_s": written - began,
        "export_mb": path.stat().st_size / 1e6,
        "export_memory_mb": exporting.most_kb / 1024,
        "file_verify_s": ended - written,
        "file_memory_mb": verifying.most_kb / 1024,
    }


class Watch:
    """Looks ten times a second, from a process of its own, what this one and its children hold.

    Only where /proc tells; 0 elsewhere. Pages of the database's file that are mapped do not count.
    """

    most_kb = 0

    def __enter__(self) -> "Watch":
        self._process = subprocess.Popen(
            [sys.executable, "-c", WATCHING, str(os.getpid())], stdin=PIPE, stdout=PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        told, _errors = self._process.communicate()
        self.most_kb = int(told or 0)


def timed(name: str, acts: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Median, 95th and 99th of a hundred, in milliseconds."""
    took = []
    for act in acts:
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    ends = {f"{name}_p{part}": took[len(took) * part // 100] for part in (95, 99)}
    return {f"{name}_p50": statistics.median(took), **ends}


def ready(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings

    from vaiti.ops.django_config import django_settings
    from vaiti.ops.schema import bring_up_to_date

    settings.configure(**django_settings(database, "bench" * 10, [], secure=False))
    django.setup()
    bring_up_to_date()
