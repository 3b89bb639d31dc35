"""Running deployments for the scenarios: real processes, on SQLite or on a real PostgreSQL."""

import base64
import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from database_plugin import start_postgresql
from vaiti.ops.demo.check import new_world
from vaiti.ops.outside.starting import started
from vaiti.ops.outside.world import Said, World, phone, place, wait_for

SECTIONS = ("use_of_system", "secrets_and_customer_data")

__all__ = ["Said", "World", "phone", "place", "wait_for"]


@contextmanager
def running(database: str) -> Iterator[World]:
    """A demo without calls, started and stopped."""
    if database == "sqlite":
        with new_world() as world:
            started(world)
            yield world
        return
    with postgresql() as server, new_world(server.get_uri()) as world:
        started(world)
        yield world


@contextmanager
def postgresql() -> Iterator[Any]:
    """In a folder of its own: pytest's belongs to root alone, and the server is another user."""
    with tempfile.TemporaryDirectory(prefix="vaiti-postgresql-") as folder:
        server = start_postgresql(Path(folder))
        try:
            yield server
        finally:
            server.cleanup()


def make_ready(world: World, login: str) -> None:
    """Enters evidence that the person is trained and has promised secrecy, by the commands."""
    day = (datetime.now(UTC) - timedelta(days=1)).date()
    tables = {
        "course": "login,course,section,passed on,source\n"
        + "".join(f"{login},vaiti-basics,{section},{day},a test\n" for section in SECTIONS),
        "undertaking": f"login,version,signed on,source\n{login},1,{day},a test\n",
    }
    for name, table in tables.items():
        file = world.workshop / f"{login}-{name}.csv"
        file.write_text(table)
        world.vaiti(name, "import", str(file), "--data", str(world.data))


def orders(world: World) -> bytes:
    """What the worker has signed for the recorder."""
    signed = json.loads((world.data / "run" / "orders.json").read_text())
    return base64.b64decode(signed["body"])


def follow_orders(world: World) -> None:
    """Waits until the recorder follows what stands in its orders."""
    issued = json.loads(orders(world))["issued_us"]
    state = world.data / "run" / "recorder.json"
    wait_for(
        "the recorder does not follow its orders",
        lambda: json.loads(state.read_text())["orders_us"] >= issued,
    )


def kill(world: World, name: str) -> int:
    """Kills a process of the deployment as the kernel would; its pid."""
    pid = world.pids()[name]
    os.kill(pid, signal.SIGKILL)
    return pid


def restarted(world: World, name: str, before: int) -> float:
    def anew() -> bool:
        return world.pids().get(name, before) != before

    return wait_for(f"{name} was not started again", anew)


def calls(world: World) -> list[tuple[Any, ...]]:
    """Customer, how it ended, recovered, start and end of every call, in the order of starts."""
    return world.rows(
        "SELECT customer, ended_by, recovered, started_at, ended_at FROM register_call "
        "ORDER BY started_at, customer"
    )
