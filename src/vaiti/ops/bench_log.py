"""`vaiti bench log`: what a proof and the whole verification cost in an audit log of many entries.

The log is made up in a folder of its own, on SQLite, with real commitments, leaves and nodes, and
one checkpoint at its end.
"""

import argparse
import hashlib
import json
import random
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vaiti.audit.tree import Grower

SEED = bytes(range(32))
BEGINS = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 20_000
PROOFS = 1000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench log", description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="where to make the log, and leave it")
    parser.add_argument("--no-verify", action="store_true", help="only make it and prove")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="vaiti-log-") as folder:
        kept = given.folder or Path(folder)
        told = measure(kept / "log.sqlite3", given.entries, verify=not given.no_verify)
    json.dump(told, sys.stdout, indent=2)
    print()
    return 0


def measure(path: Path, entries: int, *, verify: bool) -> dict[str, float]:
    ready(path)
    from vaiti.audit import proofs
    from vaiti.audit.models import Checkpoint, Leaf

    told = {"entries": float(entries)}
    if not Checkpoint.objects.exists():
        began = time.perf_counter()
        fill(path, entries)
        told["filled_s"] = time.perf_counter() - began
    size = Checkpoint.objects.get().size
    chosen = random.Random(1).sample(range(size), min(PROOFS, size))
    ids = [Leaf.objects.get(seq=place).id for place in chosen]
    sizes = [sum(map(len, proofs.inclusion(one).path)) for one in ids]
    told["proof_bytes_most"] = float(max(sizes))
    told |= timed("proof_ms", [partial(proofs.inclusion, one) for one in ids])
    olds = [partial(proofs.consistency, place + 1, size) for place in chosen]
    told |= timed("consistency_ms", olds)
    if verify:
        told |= verified()
    return told


def verified() -> dict[str, float]:
    from vaiti.audit.checkpoint import Signer
    from vaiti.audit.verify import verify_log

    began = time.perf_counter()
    report = verify_log(Signer("vaiti/bench", SEED).public, datetime(2030, 1, 1, tzinfo=UTC))
    if not report.ok:
        raise RuntimeError(f"the log that was made up does not verify: {report.problems[:3]}")
    return {"verify_s": time.perf_counter() - began}


def timed(name: str, acts: Sequence[Callable[[], object]]) -> dict[str, float]:
    """Median and 99th of a hundred, in milliseconds."""
    took = []
    for act in acts:
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return {f"{name}_p50": statistics.median(took), f"{name}_p99": took[len(took) * 99 // 100]}


def ready(path: Path) -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    from vaiti.ops.django_config import django_settings, sqlite_database

    settings.configure(
        **django_settings(sqlite_database(str(path)), "bench" * 10, [], secure=False)
    )
    django.setup()
    call_command("migrate", verbosity=0)


def fill(path: Path, entries: int) -> None:
    """As the log would have written it, but a batch at a time."""
    from vaiti.audit.checkpoint import Signer
    from vaiti.audit.tree import Grower

    grower = Grower()
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA synchronous = OFF")
        for first in range(0, entries, AT_ONCE):
            rows = list(made_up(grower, first, min(first + AT_ONCE, entries)))
            with file:
                file.executemany(
                    "INSERT INTO audit_leaf (id, seq, at, kind, commitment) VALUES (?, ?, ?, ?, ?)",
                    [leaf for leaf, _, _ in rows],
                )
                file.executemany(
                    "INSERT INTO audit_content (leaf_id, salt, body, actor, subject)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [content for _, content, _ in rows],
                )
                file.executemany(
                    'INSERT INTO audit_node (level, "index", hash) VALUES (?, ?, ?)',
                    [node for _, _, nodes in rows for node in nodes],
                )
        note = Signer("vaiti/bench", SEED).sign(grower.size, grower.root())
        with file:
            file.execute(
                "INSERT INTO audit_checkpoint (size, root, note, at) VALUES (?, ?, ?, ?)",
                (grower.size, grower.root(), note, str(BEGINS.replace(tzinfo=None))),
            )


Row = tuple[tuple[object, ...], tuple[object, ...], list[tuple[int, int, bytes]]]


def made_up(grower: "Grower", first: int, end: int) -> Iterator[Row]:
    from vaiti.audit.entry import body_text, leaf_data
    from vaiti.audit.tree import leaf_hash
    from vaiti.values.clock import to_micros

    kind = "access:call:seen"
    for number in range(first, end):
        at, leaf_id, salt = (
            BEGINS + timedelta(seconds=number),
            uuid.uuid4(),
            secrets.token_bytes(32),
        )
        actor, subject = f"{number % 2000:032x}", f"{number:032x}"
        body = body_text(actor, subject, {"rule": "own_leg", "leg": number})
        committed = hashlib.sha256(salt + body.encode()).digest()
        hashed = leaf_hash(leaf_data(leaf_id, to_micros(at), kind, committed))
        nodes = [(level, index, digest) for (level, index), digest in grower.append(hashed)]
        written = str(at.replace(tzinfo=None))
        leaf = (leaf_id.hex, number, written, kind, committed)
        yield leaf, (leaf_id.hex, salt, body, actor, subject), nodes
