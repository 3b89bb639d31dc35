"""`vaiti drill`: from a call to a backup that cannot play it, on servers that it starts itself."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.postgresql import started as postgresql
from vaiti.ops.demo.check import new_world
from vaiti.ops.demo.object_store import object_store
from vaiti.ops.outside import restored
from vaiti.ops.outside.story import DRILL, tell
from vaiti.ops.outside.world import World
from vaiti.ops.seaweed import installed
from vaiti.ops.settings import load_settings


def main(arguments: Sequence[str]) -> int:
    """0: every step held. 1: one did not. 2: a program that it needs is not here."""
    parser = argparse.ArgumentParser(
        prog="vaiti drill",
        description="Records, holds, backs up, expires, destroys, verifies, restores, cannot play.",
    )
    parser.add_argument("--postgres", action="store_true", help="with a PostgreSQL of its own")
    parser.add_argument("--s3", action="store_true", help="with an object store of its own")
    given = parser.parse_args(arguments)
    try:
        with server(wanted=given.postgres) as url, new_world(url) as world:
            if given.s3 and not installed():
                raise BenchError("this environment has no SeaweedFS, which --s3 needs")
            world.s3 = given.s3
            return 0 if tell(world, [*DRILL, ("a backup brings nothing back", not_back)]) else 1
    except BenchError as error:
        print(f"vaiti drill: {error}", file=sys.stderr)
        return 2


def not_back(world: World) -> str:
    """The restore needs the object store, which stopped with what ran it."""
    with object_store(load_settings(world.data)):
        return restored.destroyed_call_stays_gone(world)


@contextmanager
def server(*, wanted: bool) -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the drill; "" where SQLite is meant."""
    if not wanted:
        yield ""
        return
    with (
        tempfile.TemporaryDirectory(prefix="vaiti-drill-") as folder,
        postgresql(Path(folder)) as url,
    ):
        yield url
