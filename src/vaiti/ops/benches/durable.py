"""`vaiti bench durable`: how many audit entries a second are safe on the disk, and get a place.

Each commit waits for the disk, as in the product. The disk's own pace is measured beside it.
"""

import argparse
import json
import multiprocessing
import os
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

PAGE = b"x" * 4096


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench durable", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--batch", type=int, default=10, help="entries in a transaction")
    parser.add_argument("--connections", type=int, default=1, help="writers side by side")
    parser.add_argument("--beside", action="store_true", help="each act writes a row of its own")
    parser.add_argument("--postgresql", action="store_true", help="a PostgreSQL of its own")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaiti-durable-") as name:
        folder = Path(name)
        told = {"disk_syncs_a_second": syncs(folder / "syncs", min(given.seconds, 3))}
        if given.postgresql:
            from vaiti.ops.benches.postgresql import started
            from vaiti.ops.django_config import postgresql_database

            with started(folder / "postgresql") as uri:
                told |= measure(postgresql_database(uri), given)
        else:
            from vaiti.ops.django_config import sqlite_database

            told |= measure(sqlite_database(str(folder / "log.sqlite3")), given)
    json.dump(told, sys.stdout, indent=2)
    print()
    return 0


def syncs(path: Path, seconds: float) -> float:
    """Pages written one after the other, each durable before the next."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            os.pwrite(descriptor, PAGE, done % 1024 * len(PAGE))
            os.fdatasync(descriptor)
            done += 1
        return done / (time.perf_counter() - began)
    finally:
        os.close(descriptor)


def measure(database: dict[str, Any], given: argparse.Namespace) -> dict[str, float]:
    ready(database)
    context = multiprocessing.get_context("fork")
    with context.Pool(given.connections) as pool:
        began = time.perf_counter()
        write = partial(written, given.seconds, given.batch, given.beside)
        commits = sum(pool.map(write, range(given.connections), chunksize=1))
        took = time.perf_counter() - began
        pool.close()
        pool.join()
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    placed, placing = sequenced()
    if placed != commits * given.batch:
        raise RuntimeError(f"{commits * given.batch} entries were written, {placed} are there")
    return {
        "commits_a_second": commits / took,
        "entries_a_second": commits * given.batch / took,
        "writers_cpu_us_a_commit": (spent.ru_utime + spent.ru_stime) / commits * 1e6,
        "placed_a_second": placed / placing,
    }


def written(seconds: float, batch: int, beside: bool, writer: int) -> int:
    """Commits of one writer. The row `beside` is one that stands already, as in most acts."""
    from django.db import transaction

    from vaiti.audit import log
    from vaiti.audit.entry import Fact
    from vaiti.audit.kinds import Kind
    from vaiti.audit.models import Follower

    if beside:
        Follower.objects.create(name=str(writer), place=-1, at=datetime.now(UTC))
    actor, done, ends = f"{writer:032x}", 0, time.perf_counter() + seconds
    while time.perf_counter() < ends:
        facts: dict[str, Fact] = {"rule": "own_leg", "leg": done}
        acts = [(secrets.token_hex(16), facts) for _ in range(batch)]
        with transaction.atomic():
            if beside:
                Follower.objects.filter(name=str(writer)).update(place=done)
            log.append_all(Kind.ACCESS_CALL_SEEN, acts, actor=actor, now=datetime.now(UTC))
        done += 1
    return done


def sequenced() -> tuple[int, float]:
    from vaiti.audit.sequencer import sequence
    from vaiti.ops.log_filling import SIGNER

    began, placed = time.perf_counter(), 0
    while some := sequence(datetime.now(UTC), SIGNER).added:
        placed += some
    return placed, time.perf_counter() - began


def ready(database: dict[str, Any]) -> None:
    import django
    from django.conf import settings
    from django.db import connection

    from vaiti.ops.django_config import django_settings
    from vaiti.ops.schema import bring_up_to_date

    settings.configure(**django_settings(database, "bench" * 10, [], secure=False))
    django.setup()
    bring_up_to_date()
    connection.close()
