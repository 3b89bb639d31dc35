"""Another organisation from beginning to end: a bank's help desk, one month, consent for training.

One demo with the other notice that comes along; nothing of the first organisation is wired in.
"""

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scenarios.worlds import Said, World, place, wait_for
from vaiti.notice.due import due_instant
from vaiti.ops.demo.bank import BANK, HELP_LINE
from vaiti.ops.demo.people import PASSWORD
from vaiti.ops.outside.access import entries_of
from vaiti.ops.outside.page import Answer
from vaiti.ops.outside.recording import instant, plain_id, press_listen
from vaiti.ops.outside.world import PATIENCE, VAITI, start
from vaiti.ops.phone.sound import write_wave
from vaiti.ops.quiet_ports import free_port
from vaiti.ops.voices.dialogue import dialogue

ZONE = ZoneInfo("Europe/Mariehamn")
SWEEPS = 150.0
FRIDA, JONAS = "frida.sjo", "jonas.ahl"

pytestmark = pytest.mark.timeout(420)


@pytest.fixture(scope="module")
def bank() -> Iterator[World]:
    """Its demo with one call, to Frida."""
    folder = Path(tempfile.mkdtemp(prefix="vaiti-bank-"))
    world = World(
        folder / "data",
        folder,
        free_port(0, (socket.SOCK_STREAM,)),
        free_port(0, (socket.SOCK_STREAM, socket.SOCK_DGRAM)),
        PASSWORD,
        plain=Said("+358405550177", HELP_LINE, FRIDA, seconds=5),
        options=("--organisation", "bank"),
    )
    said, spoken = world.plain, dialogue(7, 5, "sv")
    said.agent_wave, said.customer_wave = folder / "a.wav", folder / "c.wav"
    write_wave(said.agent_wave, spoken.agent)
    write_wave(said.customer_wave, spoken.customer)
    try:
        start(world, folder / "demo.out")
        place(world, [said])
        wait_for("the call is not in the register", lambda: bool(rows(world)))
        ((call, *_),) = rows(world)
        said.call = plain_id(call)
        yield world
        assert world.stop() == 0
    finally:
        if world.demo is not None and world.demo.poll() is None:
            world.demo.terminate()
            world.demo.wait(PATIENCE)
        shutil.rmtree(folder)


def rows(world: World) -> list[tuple[object, ...]]:
    return world.rows("SELECT id, customer, ended_at, due_at, notice_id FROM register_call")


def train(world: World) -> Answer:
    why = {"purpose": "training", "reference": "2026-118"}
    return press_listen(world.inside(JONAS), world.plain, **why)


def say(world: World, wanted: str) -> Answer:
    """What the customer said of consent, as the agent notes it on the page of the call."""
    visitor, path = world.inside(FRIDA), f"/calls/{world.plain.call}/"
    return visitor.submit(visitor.page(path).form(f"{path}consent"), consent=wanted)


def consents_in_log(world: World) -> list[str]:
    kinds = [str(one["kind"]) for one in entries_of(world)]
    return sorted(one for one in kinds if one.startswith("call:consent:"))


def test_n18_the_call_is_kept_for_the_month_of_its_own_notice(bank: World) -> None:
    ((_, customer, ended, due, version),) = rows(bank)
    assert (customer, version) == ("+358405550***", "1")
    ends = datetime.fromtimestamp(instant(ended), UTC)
    assert datetime.fromtimestamp(instant(due), UTC) == due_instant(ends, 1, ZONE)


def test_n41_tdc_2019_nothing_is_heard_for_training_but_while_the_customer_consents(
    bank: World,
) -> None:
    assert train(bank).status == 422
    assert "no consent" in bank.inside(FRIDA).get(f"/calls/{bank.plain.call}/").text
    assert "consent given" in say(bank, "given").text
    heard = train(bank)
    assert (heard.status, bool(heard.sounds)) == (200, True)
    assert "no consent" in say(bank, "withdrawn").text
    assert train(bank).status == 422
    wanted = ["call:consent:given", "call:consent:withdrawn"]
    wait_for("what was noted is not in the log", lambda: consents_in_log(bank) == wanted)


def test_every_promise_of_the_other_notice_is_kept_while_it_runs(bank: World) -> None:
    command = [*VAITI, "promises", "check", "--data", str(bank.data), "--json"]
    done = subprocess.run(command, capture_output=True, check=False)
    told = json.loads(done.stdout)
    assert [one for one in told["sentences"] if not one["kept"]] == []
    assert (told["ok"], done.returncode) == (True, 0)
    assert [one["id"] for one in told["sentences"]] == [f"H-{at:02}" for at in range(1, 14)]
    shown = bank.visitor().get("/notice/?language=en").text
    assert BANK.name in shown
    assert "one month" in shown


def test_n19_after_a_month_nobody_hears_it_and_then_it_is_gone(bank: World) -> None:
    ((_, _, _, due, _),) = rows(bank)
    bank.move_clock(instant(due) + 1 - time.time())
    assert bank.visitor(FRIDA).get(f"/calls/{bank.plain.call}/").status == 404
    gone = "SELECT count(*) FROM retention_tombstone"
    wait_for("the call was not destroyed", lambda: bank.rows(gone) == [(1,)], SWEEPS)
    assert rows(bank) == []
    assert bank.rows("SELECT count(*) FROM register_consent") == [(0,)]
