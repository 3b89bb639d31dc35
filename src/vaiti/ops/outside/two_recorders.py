"""A check of two recorders: one dies in a call, its sender goes on at the other: it is one call."""

import json
import random
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from vaiti.ops.outside import sound
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.live import rows_of
from vaiti.ops.outside.recording import calls_of, instant, listen, plain_id
from vaiti.ops.outside.world import PATIENCE, VAITI, Said, World, phone, place, wait_for

CUSTOMER = "+358405559999"
SAME_CALL = ("--header", "X-UCID: 00001002131795886249")
"""By what a sender says that both of its sessions are one call."""
SECONDS, SPOKEN = 4, 2.5
"""The length of each session, and what is said before the first one's recorder is killed."""
EDGE, PIECE = 0.4, 1.0
"""Seconds at both ends of the call that are not compared, and how long a piece is that is."""
NEAR = 1.5
LIKE = 0.7
"""Of a short piece on a busy machine; another voice reaches some 0.1."""


@dataclass(frozen=True, slots=True)
class Second:
    """A recorder of its own address that follows the same orders and has the same journal."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    def state(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = json.loads((self.folder / "run/recorder.json").read_text())
        except FileNotFoundError:
            return {}
        return told


def one_dies(world: World) -> str:
    """The second recorder is killed while people speak; the sender goes on at the first one."""
    said = taken_over(world)
    lost = check_one(world, said)
    check_sound(world, said)
    return f"one call, {lost:.1f} s marked as lost; both parts are what was said"


def taken_over(world: World) -> Said:
    """The call as the register has it once both parts are one."""
    said = replace(world.plain, customer=CUSTOMER, seconds=SECONDS, outcome={}, call="")
    with second(world) as other:
        first = replace(said, port=other.port, extra=(*SAME_CALL, "--no-bye", "--linger", "0"))
        process = subprocess.Popen(phone(world, first), stdout=subprocess.PIPE)
        wait_for("the second recorder records no call", lambda: other.state()["recording"] == 1)
        time.sleep(SPOKEN)
        other.process.kill()
        rest = replace(said, extra=SAME_CALL, outcome={})
        place(world, [rest])
        told = json.loads(process.communicate(timeout=PATIENCE)[0])
    demand(rest.outcome.get("bye_status") == 200, "the rest of the call was not taken")
    wait_for("the two parts are not one recording", lambda: joined(world))
    both = {**rest.outcome, "answered_at": told["answered_at"]}
    return replace(rest, call=found(world)[0], outcome=both)


@contextmanager
def second(world: World) -> Iterator[Second]:
    """As docs/connect-your-phone-system.md says that one is set up."""
    folder, port = world.workshop / "second", free_port()
    (folder / "run").mkdir(parents=True)
    settings = (world.data / "vaiti.toml").read_text()
    for was, becomes in (
        (rf"^port = {world.sip_port}$", f"port = {port}"),
        (r"^keeper = true", "keeper = false"),
        (r"^transports = .*tls.*\]$", 'transports = ["udp"]'),
    ):
        settings = re.sub(was, becomes, settings, count=1, flags=re.MULTILINE)
    (folder / "vaiti.toml").write_text(settings)
    for shared in ("journal", "secrets", "run/orders.json"):
        (folder / shared).symlink_to(world.data / shared)
    command = [*VAITI, "process", "recorder", "--data", str(folder)]
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        other = Second(folder, port, process)
        wait_for("the second recorder does not start", lambda: bool(other.state()))
        yield other
    finally:
        process.kill()
        process.wait()


def free_port() -> int:
    """Below those that the system gives to speech and to connections outwards, and packet rings."""
    for port in random.sample(range(16_000, 20_000), 100):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody, suppress(OSError):
            nobody.bind(("127.0.0.1", port))
            return port
    raise Fault("no port is free for a second recorder")


def found(world: World) -> list[str]:
    """The ids of the rows of this customer."""
    masked = CUSTOMER[:-3] + "***"
    return [plain_id(row[0]) for row in calls_of(world) if row[3] == masked]


def joined(world: World) -> bool:
    return [state for _, state in parts_of(world)] == ["first", "joined"]


def parts_of(world: World) -> list[tuple[str, str]]:
    """The recorders' own ids for what they had of this call, and how far each part is."""
    its = ", ".join(f"'{row}'" for row in found(world))
    told = f"SELECT id, state FROM register_part WHERE call_id IN ({its or 'NULL'})"
    return sorted(((plain_id(part), state) for part, state in world.rows(told)), key=lambda p: p[1])


def check_one(world: World, said: Said) -> float:
    """One row with one length and one destruction day, whose gap is marked; its seconds."""
    rows = [row for row in calls_of(world) if plain_id(row[0]) in found(world)]
    demand(len(rows) == 1, f"what two recorders had of a call is {len(rows)} calls")
    demand(rows[0][6] == "bye", f"the call ended by {rows[0][6]}, not by its BYE")
    lasted = instant(rows[0][5]) - instant(rows[0][4])
    spoken = said.outcome["ended_at"] - said.outcome["answered_at"]
    demand(abs(lasted - spoken) < NEAR, f"the call of {spoken:.1f} s is {lasted:.1f} s long")
    facts, _ = rows_of(world, said.call)[0]
    lost = facts.get("changeovers", [])
    demand(len(lost) == 1, f"the call has {len(lost)} marks of lost time, not one")
    seconds = float(lost[0]["to_us"] - lost[0]["from_us"]) / 1e6
    demand(0 < seconds < spoken, f"{seconds:.1f} of {spoken:.1f} seconds are marked as lost")
    page = world.inside(world.owner).get(f"/calls/{said.call}/").text
    demand("another one went on" in page, "the call's page does not say that a part is missing")
    check_ends(world, said)
    return seconds


def check_ends(world: World, said: Said) -> None:
    """One key and one day: nothing is left of the part by itself."""
    alive = [
        part
        for part, _ in parts_of(world)
        if world.keys(f"SELECT 1 FROM call WHERE call_id = '{part}'")
    ]
    demand(alive == [said.call], f"{len(alive)} keys are alive for one call")
    days = {row[0] for row in world.rows("SELECT due_at, id FROM register_call") if same(row, said)}
    demand(len(days) == 1, f"the call has {len(days)} destruction days")


def same(row: tuple[Any, ...], said: Said) -> bool:
    return plain_id(row[1]) == said.call


def check_sound(world: World, said: Said) -> None:
    """Near the beginning and near the end is heard what was said: each recorder has one of them."""
    heard = listen(world, world.owner, said)
    waves = [sound.read_file(path) for path in (said.agent_wave, said.customer_wave)]
    edge, long = round(EDGE * heard.rate), round(PIECE * heard.rate)
    for name, both in (
        ("first", heard.lanes[:, edge : edge + long]),
        ("second", heard.lanes[:, -edge - long : -edge]),
    ):
        speaks = int(np.argmax(np.abs(both).sum(axis=1)))
        likeness = sound.found(both[speaks], waves[speaks])
        demand(likeness >= LIKE, f"the {name} part is not what was said: likeness {likeness:.2f}")
