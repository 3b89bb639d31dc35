"""Checks of what an agent asks while the call lasts: a pause keeps nothing, an objection leaves
nothing."""

import json
import re
import subprocess
import time
from dataclasses import replace
from typing import Any

import numpy as np

from vaiti.ops.outside import sound
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.recording import instant, listen, plain_id
from vaiti.ops.outside.world import PATIENCE, Said, World, phone, wait_for

CUSTOMER, OBJECTOR = "+358405551111", "+358405552222"
SECONDS, BEFORE, PAUSED = 9, 1.5, 2.5
"""The length of the call, what is said before the pause at least, and the pause."""
EDGE = 0.3
"""Seconds at both ends of a pause that are not listened to: a packet's way, and the page's."""
QUIET = 300.0
"""The loudest sample of 16 bits that is still nothing: A-law has no zero."""


def pause_keeps_nothing(world: World) -> str:
    """The agent pauses for a card payment: that stretch is silent, marked and logged."""
    before = logged(world, "paused"), logged(world, "resumed")
    check_pause(world, paused_call(world))
    for act, count in zip(("paused", "resumed"), before, strict=True):
        demand(logged(world, act) == count + 1, f"the log does not say that recording was {act}")
    return f"{PAUSED} of {SECONDS} seconds are silent, and say why"


def paused_call(world: World) -> Said:
    said = replace(world.plain, customer=CUSTOMER, seconds=SECONDS, extra=(), outcome={}, call="")
    process = begin(world, said)
    said.call = call_of(world)
    time.sleep(BEFORE)
    press(world, said, "pause", reason="payment")
    demand("Paused: payment by card" in now(world), "the agent's page does not say that it pauses")
    time.sleep(PAUSED)
    press(world, said, "resume")
    finish(said, process)
    wait_for("the paused call is not in the register", lambda: rows_of(world, said.call) != [])
    return said


def objection_leaves_nothing(world: World) -> str:
    """The customer objects: there is no row, no key, and the log says who decided so."""
    said = replace(world.plain, customer=OBJECTOR, seconds=4, extra=(), outcome={}, call="")
    before = logged(world, "dropping"), logged(world, "dropped")
    process = begin(world, said)
    said.call = call_of(world)
    press(world, said, "forget", wish="objection")
    demand("Nothing of this call is kept" in now(world), "the agent is not told that nothing is")
    finish(said, process)
    check_nothing_kept(world, said.call)
    for act, count in zip(("dropping", "dropped"), before, strict=True):
        demand(logged(world, act) == count + 1, f"the log has no entry call:recording:{act}")
    return "no row, no key"


def begin(world: World, said: Said) -> "subprocess.Popen[bytes]":
    """The phone on its way, when the agent's page shows the call."""
    process = subprocess.Popen(phone(world, said), stdout=subprocess.PIPE)
    try:
        wait_for("the agent's page does not show the call", lambda: bool(shown(world)))
    except Fault:
        process.kill()
        process.communicate()
        raise
    return process


def finish(said: Said, process: "subprocess.Popen[bytes]") -> None:
    printed, _ = process.communicate(timeout=PATIENCE)
    said.outcome = json.loads(printed) if printed.strip() else {}
    status = said.outcome.get("bye_status")
    demand(status == 200, f"the BYE of a call in progress was answered {status}")


def shown(world: World) -> list[str]:
    """The calls that the agent's page says are being recorded."""
    return re.findall(r"/live/([0-9a-f]{32})/pause", world.inside(world.owner).get("/live/").text)


def call_of(world: World) -> str:
    found = set(shown(world))
    demand(len(found) == 1, f"the agent's page shows {len(found)} calls, not one")
    return found.pop()


def now(world: World) -> str:
    return world.inside(world.owner).get("/live/").words


def press(world: World, said: Said, act: str, **fields: str) -> None:
    visitor = world.inside(world.owner)
    form = visitor.page("/live/").form(f"/live/{said.call}/{act}")
    answer = visitor.submit(form, **fields)
    demand(answer.status == 200, f"the agent's page answered {answer.status} to {act}")


def check_pause(world: World, said: Said) -> None:
    ((facts, began),) = rows_of(world, said.call)
    pauses = facts.get("pauses", [])
    demand(len(pauses) == 1, f"the row tells of {len(pauses)} pauses, not of one")
    demand(pauses[0]["reason"] == "payment", "the row does not say why recording paused")
    begins, ends = (pauses[0][edge] / 1e6 - began for edge in ("from_us", "to_us"))
    demand(PAUSED <= ends - begins < PAUSED + 3, f"the pause is {ends - begins:.1f} seconds long")
    heard = listen(world, world.owner, said)
    first, last = (round(at * heard.rate) for at in (begins + EDGE, ends - EDGE))
    loudest = float(np.abs(heard.lanes[:, first:last]).max())
    demand(loudest <= QUIET, f"something is heard in the pause: {loudest:.0f}")
    check_before(said, heard, begins)


def check_before(said: Said, heard: sound.Heard, begins: float) -> None:
    """What is heard before the pause was said: somewhere, because page and phone start apart."""
    piece = heard.lanes[1][round(EDGE * heard.rate) : round((begins - EDGE) * heard.rate)]
    demand(len(piece) > heard.rate // 2, f"the pause began too early: after {begins:.2f} s")
    likeness = sound.found(piece, sound.read_file(said.customer_wave))
    demand(likeness > 0.8, f"before the pause is not what was said: likeness {likeness:.2f}")


def check_nothing_kept(world: World, call: str) -> None:
    state = world.data / "run" / "recorder.json"
    wait_for("the recorder goes on", lambda: json.loads(state.read_text())["calls"] == 0)
    time.sleep(2)  # in which intake would take it in
    demand(not rows_of(world, call), "a call that the customer objected to is in the register")
    keys = world.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(keys == [(0,)], "the key store has a key of a call that is not kept")


def rows_of(world: World, call: str) -> list[tuple[dict[str, Any], float]]:
    """The technical part of the call's row, and when its sound begins (seconds since 1970)."""
    return [
        (told if isinstance(told, dict) else json.loads(told), instant(began))
        for found, told, began in world.rows(
            "SELECT c.id, c.recording, l.started_at FROM register_call c "
            "JOIN register_leg l ON l.call_id = c.id"
        )
        if plain_id(found) == call
    ]


def logged(world: World, act: str) -> int:
    ((count,),) = world.rows(f"SELECT count(*) FROM audit_leaf WHERE kind = 'call:recording:{act}'")
    return int(count)
