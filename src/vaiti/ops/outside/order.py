"""Checks that a call is destroyed before its day on order: one plans, another approves."""

import json

from vaiti.ops.outside import incident, proving
from vaiti.ops.outside.ending import SWEEPS
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import plain_id
from vaiti.ops.outside.world import World, wait_for

NEW, REFERENCE = "/destruction/new", "R-2026/17"
HANDLER = "rights_handler"


def order_given(world: World) -> str:
    """The officer plans and may not approve it too; a rights handler does: nobody sees the call."""
    planner, other = (incident.login_of(world, role) for role in (incident.OFFICER, HANDLER))
    path = planned(world, planner)
    own = world.inside(planner).post(path, act="approve")
    demand(own.status == 422, f"who planned it approves it too: {own.status}")
    demand(world.moved.call in calls_of(world), "the plan alone destroyed the call")
    visitor = world.inside(other)
    forms = [one for one in visitor.page(path).forms if one.fields.get("act") == "approve"]
    demand(len(forms) == 1, "another's page offers no approval")
    answer = visitor.submit(forms[0])
    demand(answer.status == 200, f"the approval answered {answer.status}")
    check_hidden(world)
    return f"{REFERENCE}: planned by {planner}, approved by {other}"


def check_hidden(world: World) -> None:
    seen = world.visitor(world.owner).get(f"/calls/{world.moved.call}/").status
    demand(seen == 404, f"after the approval the call answers its agent with {seen}")


def planned(world: World, planner: str) -> str:
    """The address of an order for a call that an incident shows to the planner."""
    lead = incident.login_of(world, incident.LEAD)
    path, _ = incident.opened(world, lead)
    incident.act(world, lead, path, "name", world.person(planner))
    incident.act(world, lead, path, "add", world.moved.call)
    visitor = world.inside(planner)
    form = visitor.page(NEW).form(NEW)
    given = {"reason": "erasure", "reference": REFERENCE, "calls": world.moved.call}
    answer = visitor.submit(form, **given)
    demand(answer.status == 200, f"planning a destruction answered {answer.status}")
    incident.act(world, lead, path, "close", "")
    return visitor.at


def order_done(world: World) -> str:
    """Long before its day the call is gone, and a certificate that names the order verifies."""
    took = wait_for("the order is not done", lambda: bool(done(world)), SWEEPS)
    check_destroyed(world)
    apart, (order,) = world.workshop / "auditor", done(world)
    options = ("--data", str(world.data), "--order", order, "--out", str(apart / "order.json"))
    world.vaiti("prove", "certificate", *options)
    proving.verifies(apart, "certificate", "order.json")
    body = json.loads(json.loads((apart / "order.json").read_text())["body"])
    call = world.moved.call
    named = (
        body["order"]["id"],
        body["order"]["reference"],
        [one["call"] for one in body["calls"]],
    )
    demand(named == (order, REFERENCE, [call]), f"the certificate names {named}")
    return f"done, its certificate verifies; asked for {took:.1f} s"


def check_destroyed(world: World) -> None:
    call = world.moved.call
    demand(call not in calls_of(world), "the call's row is still there")
    left = world.keys(f"SELECT count(*) FROM call WHERE call_id = '{call}'")
    demand(left == [(0,)], "the key store still has the call's key")


def done(world: World) -> list[str]:
    rows = world.rows(
        f"SELECT id FROM retention_order WHERE state = 'done' AND asked_ref = '{REFERENCE}'"
    )
    return [plain_id(row[0]) for row in rows]


def calls_of(world: World) -> set[str]:
    return {plain_id(row[0]) for row in world.rows("SELECT id FROM register_call")}
