"""`vaiti demo --check`: a demo in a temporary folder, looked at from the outside."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from vaiti.ops.demo.people import (
    ADMINISTRATOR,
    EVERYBODY,
    PASSWORD,
    SALES_LINE,
    SERVICE_LINE,
    SWITCHBOARD,
    TEST_LINE,
)
from vaiti.ops.outside.story import STEPS, tell
from vaiti.ops.outside.world import Insider, Said, World
from vaiti.ops.phone.sound import write_wave
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.voices.dialogue import dialogue


def check(database_url: str) -> int:
    """Tells the whole story; 0 when every step held."""
    with new_world(database_url) as world:
        return 0 if tell(world, STEPS) else 1


@contextmanager
def new_world(database_url: str = "") -> Iterator[World]:
    """A world whose demo is not started yet; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="vaiti-check-"))
    both = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
    world = World(
        data=folder / "data",
        workshop=folder / "workshop",
        web_port=free_port(0, (socket.SOCK_STREAM,)),
        sip_port=free_port(0, both),
        password=PASSWORD,
        database_url=database_url,
        plain=Said("+358401234567", SERVICE_LINE, "anna.astrom", seconds=8),
        sold=Said("+358505550142", SALES_LINE, "oskar.lind", "out", "tcp", seconds=7),
        moved=Said(
            *("+46701740605", SERVICE_LINE, "sofia.holm"),
            seconds=9,
            extra=("--hold", "2:3", "--transfer", "5:anna.astrom"),
        ),
        handed_over=5,
        tested=Said("+358401230001", TEST_LINE, "bench.1", seconds=4),
        lost=Said("+358401230002", SALES_LINE, "nobody.1", seconds=4),
        unlisted=Said("+358401112233", SWITCHBOARD, "sofia.holm", seconds=2),
        people=tuple(
            Insider(one.login, one.name, one.role, one.team, one.leads, one.trained)
            for one in (ADMINISTRATOR, *EVERYBODY)
        ),
    )
    world.workshop.mkdir()
    make_voices(world)
    try:
        yield world
    finally:
        if world.demo is not None and world.demo.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(world.demo.pid, signal.SIGTERM)
            world.demo.wait(30)
        shutil.rmtree(folder)


def make_voices(world: World) -> None:
    languages = ("sv", "en", "fi", "fi", "en", "sv")
    for number, said in enumerate((*world.recorded, world.unlisted)):
        spoken = dialogue(40 + number, said.seconds, languages[number])
        said.agent_wave = world.workshop / f"{number}-agent.wav"
        said.customer_wave = world.workshop / f"{number}-customer.wav"
        write_wave(said.agent_wave, spoken.agent)
        write_wave(said.customer_wave, spoken.customer)
