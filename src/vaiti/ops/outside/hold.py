"""Checks of what a line's rules and a sender leave out, and of what is silenced afterwards."""

import re
from dataclasses import replace

import numpy as np

from vaiti.ops.outside import live, sound
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import listen, plain_id
from vaiti.ops.outside.world import Said, World, place, wait_for

LINE, CUSTOMER, ADMINISTRATOR = "+358207454545", "+358405557777", "aino.laine"
SECONDS, HOLD, PAUSE = 7, (1.8, 3.2), (4.6, 5.8)
"""Of the call, and what of it is spent on hold and paused; the voices go on in both."""
BEGINS, ENDS = 0.4, 1.4
"""What is silenced afterwards, in seconds of the recording."""
REASON = "payment"


def left_out(world: World) -> str:
    """On a line that keeps no hold, hold and the sender's pause are silent, and marked."""
    said = call_with_both(world)
    check_gaps(said, live.rows_of(world, said.call), listen(world, world.owner, said))
    check_silenced(world, said)
    return "a hold, a pause and a silenced second are silent, and the rest is there"


def call_with_both(world: World) -> Said:
    list_line(world)
    extra = ("--hold", "{}:{}".format(*HOLD), "--hold-sound", "--pause", "{}:{}".format(*PAUSE))
    said = replace(world.plain, line=LINE, customer=CUSTOMER, seconds=SECONDS, extra=extra)
    said.outcome, said.call = {}, ""
    wait_for("a line listed on the page is not recorded", lambda: answered(world, said))
    wait_for("the call with a hold is not in the register", lambda: bool(calls(world)))
    (said.call,) = calls(world)
    return said


def list_line(world: World) -> None:
    """The administrator lists it on the page; no process is started anew."""
    rules = {"inbound": "yes", "outbound": "yes", "recorded": "yes"}
    given = {"number": LINE, "label": "Without holds", "function": "service", **rules}
    answer = world.inside(ADMINISTRATOR).post("/lines/", **given)
    demand(answer.status == 302, f"the page of lines answered {answer.status}")


def answered(world: World, said: Said) -> bool:
    place(world, [said])
    return said.outcome.get("status") == 200


def calls(world: World) -> list[str]:
    masked = f"{CUSTOMER[:-3]}***"
    rows = world.rows(f"SELECT id FROM register_call WHERE customer = '{masked}'")
    return [plain_id(row[0]) for row in rows]


def check_gaps(
    said: Said, rows: "list[tuple[dict[str, object], float]]", heard: sound.Heard
) -> None:
    ((facts, began),) = rows
    hold = span(facts, "holds", began, HOLD)
    pause = span(facts, "pauses", began, PAUSE)
    demand("sender" in str(facts["pauses"]), "the row does not say that the sender paused")
    for name, gap in (("on hold", hold), ("in the sender's pause", pause)):
        most = loudest(heard, gap[0] + live.EDGE, gap[1] - live.EDGE)
        demand(most <= live.QUIET, f"something is heard {name}: {most:.0f}")
    between = heard.lanes[1][at(heard, hold[1] + live.EDGE) : at(heard, pause[0] - live.EDGE)]
    likeness = sound.found(between, sound.read_file(said.customer_wave))
    demand(likeness > 0.8, f"between hold and pause is not what was said: {likeness:.2f}")


def span(
    facts: "dict[str, object]", name: str, began: float, said: tuple[float, float]
) -> tuple[float, float]:
    """Where in the recording the one gap of this name is; as long as it was, or a little more."""
    found = facts.get(name)
    demand(isinstance(found, list) and len(found) == 1, f"the row does not tell of one of {name}")
    assert isinstance(found, list)
    begins, ends = (found[0][edge] / 1e6 - began for edge in ("from_us", "to_us"))
    wanted = said[1] - said[0]
    told = f"of {name}, {wanted:.1f} s long, {ends - begins:.1f} s are told"
    demand(wanted - 0.5 < ends - begins < wanted + 3, told)
    return begins, ends


def check_silenced(world: World, said: Said) -> None:
    """A second is silenced by the manager: there before, gone after, all else the same (L-44)."""
    before = listen(world, world.owner, said)
    demand(loudest(before, BEGINS, ENDS) > live.QUIET, "there was nothing to silence")
    silence(world, said)
    same(before, listen(world, world.owner, said))


def silence(world: World, said: Said) -> None:
    visitor, path = world.inside(world.manager), f"/calls/{said.call}/silence"
    form = visitor.page(f"/calls/{said.call}/").form(path)
    (leg,) = re.findall(
        r'id="si-leg" name="leg"><option value="(\d+)"', visitor.get(f"/calls/{said.call}/").text
    )
    given = {"leg": leg, "begins": f"0:00.{BEGINS * 10:.0f}", "ends": f"0:01.{ENDS * 10 - 10:.0f}"}
    answer = visitor.submit(form, **given, side="both", reason=REASON, sure="yes")
    demand(answer.status == 200, f"silencing answered {answer.status}")
    wait_for("the passage is not silenced", lambda: resealed(world, said.call))


def resealed(world: World, call: str) -> bool:
    """Whether the recording is sealed anew; the journal's old bytes go within the hour."""
    rows = world.rows("SELECT call_id, state FROM register_silencing")
    return any(plain_id(of) == call and state in ("sealed", "done") for of, state in rows)


def same(before: sound.Heard, after: sound.Heard) -> None:
    most = loudest(after, BEGINS + 0.05, ENDS - 0.05)
    demand(most <= live.QUIET, f"something is heard in the silenced passage: {most:.0f}")
    demand(before.lanes.shape == after.lanes.shape, "the recording has another length than before")
    for first, last in ((0.0, BEGINS - 0.05), (ENDS + 0.05, before.lanes.shape[1] / before.rate)):
        was, now = (one.lanes[:, at(one, first) : at(one, last)] for one in (before, after))
        demand(np.array_equal(was, now), "beside the silenced passage the sound is another")


def loudest(heard: sound.Heard, begins: float, ends: float) -> float:
    piece = heard.lanes[:, at(heard, begins) : at(heard, ends)]
    demand(piece.size > 0, "there is no sound where some should be looked at")
    return float(np.abs(piece).max())


def at(heard: sound.Heard, seconds: float) -> int:
    return round(seconds * heard.rate)
