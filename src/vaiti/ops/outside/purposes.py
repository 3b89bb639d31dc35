"""Checks that nobody listens for anything but the four purposes, and that every no is logged."""

from collections import Counter

from vaiti.ops.outside.access import PURPOSE, REFERENCE, actor, entries_of, facts
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import press_listen
from vaiti.ops.outside.world import World, wait_for

REFUSED = "access:listening:refused"
FIFTH = ("marketing", "scoring", "TRAINING", "verify' OR '1", "")
"""What is no purpose of the notice."""


def purpose_refused(world: World) -> str:
    """A fifth purpose, security alone, training of a call taken out of it: refused and logged."""
    manager, agent = world.manager, world.owner
    before = refusals(world)
    tries = [refuse(world, manager, purpose, REFERENCE, "purpose") for purpose in FIFTH]
    tries += [refuse(world, manager, PURPOSE, text, "reference") for text in ("", "0401234567")]
    tries += [refuse(world, who, "security", "INC-1", "second_person") for who in (manager, agent)]
    mark_training(world, "no")
    tries.append(refuse(world, manager, PURPOSE, REFERENCE, "other_purpose"))
    tries.append(refuse(world, agent, PURPOSE, "", "other_purpose"))
    mark_training(world, "yes")
    heard = press_listen(world.inside(manager), world.plain, purpose=PURPOSE, reference=REFERENCE)
    demand(heard.status == 200, f"a listening for a purpose was answered {heard.status}")
    wanted = Counter(tries)
    wait_for(
        "a refusal is not in the log",
        lambda: not wanted - (refusals(world) - before),
        patience=10,
    )
    closed = world.refuses("UPDATE access_listening SET purpose = 'marketing'")
    demand(closed, "the database takes a fifth purpose")
    return f"{len(tries)} refused and logged; the database refuses a fifth"


def refuse(world: World, login: str, purpose: str, reference: str, need: str) -> tuple[str, str]:
    """Who asked, and what the log must say was missing. Raises Fault where it was not refused."""
    fields = {"purpose": purpose, "reference": reference}
    if login == world.owner and need == "purpose":
        fields.pop("reference")
    answer = press_listen(world.inside(login), world.plain, **fields)
    demand(answer.status == 422, f"{login} listens for {purpose or 'nothing'}: {answer.status}")
    demand(not answer.sounds, f"a refused listening for {purpose or 'nothing'} has sound")
    return world.person(login), need


def mark_training(world: World, wanted: str) -> None:
    """The agent takes her call out of training, or back into it, on its page."""
    visitor, path = world.inside(world.owner), f"/calls/{world.plain.call}/"
    answer = visitor.submit(visitor.page(path).form(f"{path}training"), training=wanted)
    demand(answer.status == 200, f"taking a call out of training answered {answer.status}")


def refusals(world: World) -> Counter[tuple[str, str]]:
    """Who was refused for want of what, as the exported log has it."""
    return Counter(
        (actor(found), need)
        for found in entries_of(world)
        if found["kind"] == REFUSED and world.plain.call in found.get("body", "")
        for need in str(facts(found)["needs"]).split()
    )
