"""Checks of a shared desk: whose a call there is, by the agent feed, and when a word comes late."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import World, place, wait_for

DESK, SECONDS = "desk.7", 3
FIRST, SECOND, LATE = "leila.virtanen", "anna.astrom", "sofia.holm"
"""Who sits down one after the other; the last one's word comes after the call."""
CUSTOMERS = "+358405554444", "+358405556666"
HEAD = "person,device,event,from\n"
MOMENT = 0.001
"""Seconds between two words of one instant."""


def shared_desk(world: World) -> str:
    """Two people log in at one telephone: each has their own call; a late login moves one."""
    first, second, changed = two_calls(world)
    check_each(world, first, second)
    before = corrected(world)
    say(world, (LATE, "login", changed + 2 * MOMENT))
    check_moved(world, second)
    demand(corrected(world) == before + 1, "the log does not say once that an agent was corrected")
    return "each has their own call, and a late login moved one"


def two_calls(world: World) -> tuple[str, str, float]:
    """The ids of the calls, and when the second sat down."""
    say(world, (FIRST, "login", world.now()))
    first = call(world, CUSTOMERS[0])
    changed = world.now()
    say(world, (FIRST, "logout", changed), (SECOND, "login", changed + MOMENT))
    second = call(world, CUSTOMERS[1])
    wait_for("the calls have no agents", lambda: all(map(agent(world), (first, second))))
    return first, second, changed


def say(world: World, *words: tuple[str, str, float]) -> None:
    """The feed's words: who, what, and when in seconds since 1970."""
    table = world.workshop / "feed.csv"
    rows = (
        f"{who},sip:{DESK}@pbx.example,{what},{datetime.fromtimestamp(at, UTC).isoformat()}"
        for who, what, at in words
    )
    table.write_text(HEAD + "\n".join(rows) + "\n")
    world.vaiti("feed", "import", str(table), "--data", str(world.data))


def call(world: World, customer: str) -> str:
    """A call at the desk from this number; its id."""
    before = taken(world, customer)
    said = replace(world.plain, customer=customer, agent=DESK, seconds=SECONDS, outcome={}, call="")
    place(world, [said])
    status = said.outcome.get("bye_status")
    demand(status == 200, f"the BYE of a call at the desk was answered {status}")
    wait_for("the call is not in the register", lambda: bool(taken(world, customer) - before))
    return (taken(world, customer) - before).pop()


def taken(world: World, customer: str) -> set[str]:
    masked = f"{customer[:-3]}***"
    rows = world.rows(f"SELECT id FROM register_call WHERE customer = '{masked}'")
    return {plain_id(row[0]) for row in rows}


def agent(world: World) -> Callable[[str], str]:
    """Whose a call is, by its id; empty while nobody knows."""

    def of(call: str) -> str:
        found = world.rows(
            "SELECT l.call_id, p.login FROM register_leg l "
            "LEFT JOIN people_person p ON p.id = l.person_id"
        )
        logins = {login or "" for one, login in found if plain_id(one) == call}
        demand(len(logins) == 1, f"the call has {len(logins)} agents, not one")
        return str(logins.pop())

    return of


def check_each(world: World, first: str, second: str) -> None:
    """Each sees their own call and not the other's."""
    for one, whose, other in ((first, FIRST, SECOND), (second, SECOND, FIRST)):
        found = agent(world)(one)
        demand(found == whose, f"the call of {whose} is that of {found or 'nobody'}")
        check_seen(world, one, whose, other)


def check_moved(world: World, call: str) -> None:
    """The call is whose word came late; whose it was thought to be sees it no more."""
    found = agent(world)(call)
    demand(found == LATE, f"after a late login the call is that of {found or 'nobody'}")
    check_seen(world, call, LATE, SECOND)
    told = world.inside(LATE).get(f"/calls/{call}/").words
    said = f"from {world.named(SECOND)} to {world.named(LATE)}"
    demand(said in told, "the page does not say whose the call was before")


def check_seen(world: World, call: str, by: str, not_by: str) -> None:
    for login, expected in ((by, 200), (not_by, 404)):
        status = world.inside(login).get(f"/calls/{call}/").status
        demand(status == expected, f"the call at the desk answered {status} to {login}")


def corrected(world: World) -> int:
    ((count,),) = world.rows("SELECT count(*) FROM audit_leaf WHERE kind = 'call:facts:corrected'")
    return int(count)
