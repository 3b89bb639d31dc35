"""Checks that a hold keeps a listed call beyond its day, for few, and no longer than it stands."""

import re
import time
from datetime import date, datetime, timedelta
from datetime import time as wall

from vaiti.ops.outside import incident
from vaiti.ops.outside.ending import SWEEPS
from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.recording import ZONE, plain_id
from vaiti.ops.outside.world import World, wait_for

OWNER, REASON = "oskar.lind", "Ordered by the police."
DAYS, REVIEWED = 190, 80
"""The hold stands through so many days from today, which is a week beyond any six months."""
NEW = "/holds/new"
STANDS = "kind = 'order' AND ended_at IS NULL"


def call_held(world: World) -> str:
    """The officer holds one call of an incident for an authority, on the page."""
    officer = incident.login_of(world, incident.OFFICER)
    lead = incident.login_of(world, incident.LEAD)
    path, _reference = incident.opened(world, lead)
    incident.act(world, lead, path, "name", world.person(officer))
    incident.act(world, lead, path, "add", world.sold.call)
    visitor = world.inside(officer)
    given = {"kind": "order", "reference": "POL-2026-9", "reason": REASON}
    days = {"until": typed(world, DAYS), "review": typed(world, REVIEWED)}
    form = visitor.page(NEW).form(NEW)
    answer = visitor.submit(
        form, owner=world.person(officer), calls=world.sold.call, **given, **days
    )
    demand(answer.status == 200, f"placing the hold answered {answer.status}")
    check_held(world)
    incident.act(world, lead, path, "close", "")
    return f"held through {days['until']}"


def typed(world: World, days: int) -> str:
    day = (datetime.fromtimestamp(world.now(), ZONE) + timedelta(days=days)).date()
    return f"{day.day}.{day.month}.{day.year}"


def check_held(world: World) -> None:
    call = world.sold.call
    held = {
        plain_id(row[0])
        for row in world.rows(
            "SELECT c.call_id FROM register_heldcall c "
            "JOIN register_hold h ON h.id = c.hold_id WHERE h.kind = 'order'"
        )
    }
    demand(held == {call}, "the hold does not keep the listed call and no other")
    ends = world.rows(f"SELECT ends_at FROM register_hold WHERE {STANDS}")
    demand(len(ends) == 1, f"{len(ends)} holds stand, not one")


def held_call_outlives_its_day(world: World) -> str:
    """Past its day it is there for the officer, not for the agent; after the hold it is gone."""
    check_kept(world)
    began = world.now()
    end = hold_ends(world).timestamp()
    world.move_clock(end + 1 - time.time())
    took = wait_for("the held call is not destroyed", lambda: gone(world), SWEEPS)
    check_let_go(world)
    days = (end - began) / 86_400
    return f"kept {days:.0f} days longer, gone {took:.1f} s after the hold's end"


def hold_ends(world: World) -> datetime:
    """The midnight at which the hold ends, as its page says it."""
    visitor = world.inside(incident.login_of(world, incident.OFFICER))
    ((hold,),) = world.rows(f"SELECT id FROM register_hold WHERE {STANDS}")
    words = visitor.get(f"/holds/{plain_id(hold)}/").words
    found = re.search(r"Held through (\d+)\.(\d+)\.(\d+)", words)
    if found is None:
        raise Fault("the hold's page does not say through which day it stands")
    last = date(*(int(one) for one in reversed(found.groups())))
    return datetime.combine(last + timedelta(days=1), wall.min, ZONE)


def check_kept(world: World) -> None:
    call = world.sold.call
    path, officer = f"/calls/{call}/", incident.login_of(world, incident.OFFICER)
    demand(call in calls_of(world), "the held call's row is gone")
    demand(key_of(world), "the held call's key is dead")
    seen = world.inside(officer).get(path).status
    demand(seen == 200, f"the held call answers its owner with {seen}")
    agent = world.visitor(OWNER).get(path).status
    demand(agent == 404, f"past its day the held call answers its agent with {agent}")


def check_let_go(world: World) -> None:
    demand(world.sold.call not in calls_of(world), "after its hold the call's row is there")
    demand(not key_of(world), "after its hold the call's key is alive")
    demand(gone(world), "no tombstone says that the held call was destroyed")


def calls_of(world: World) -> set[str]:
    return {plain_id(row[0]) for row in world.rows("SELECT id FROM register_call")}


def key_of(world: World) -> bool:
    return bool(world.keys(f"SELECT 1 FROM call WHERE call_id = '{world.sold.call}'"))


def gone(world: World) -> bool:
    rows = world.rows("SELECT call FROM retention_tombstone")
    return world.sold.call in {plain_id(row[0]) for row in rows}
