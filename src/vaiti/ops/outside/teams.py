"""Checks that hearing follows the team, at once: the old manager loses, the new one gains."""

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.incident import login_of
from vaiti.ops.outside.matrix import hears
from vaiti.ops.outside.table import Part, parts_of
from vaiti.ops.outside.world import Insider, World

ABOVE = "Managers"
"""A team whose members lead teams."""


def agent_moved(world: World) -> str:
    """An agent goes to another team on the administrator's pages, while her manager listens.

    A leader of her leader hears none of it, before and after.
    """
    old, new = (insider(world, login) for login in (world.manager, led_by(world, world.colleague)))
    above = next(one for one in world.people if one.leads not in ("", old.leads, new.leads))
    lead_the_leader(world, old, above)
    mine = tuple(part for part in parts_of(world) if part.agent == world.owner)
    theirs = tuple(part for part in parts_of(world) if part.agent == world.colleague)
    check_reach(world, old, new, above, mine)
    playing = hears(world.inside(old.login), old, mine[0])
    move(world, old.leads, new.leads)
    check_silent(world, old, playing)
    check_reach(world, new, old, above, mine)
    demand(listed(world, new) >= legs(mine + theirs), "the new manager lost others for her")
    playing = hears(world.inside(new.login), new, mine[0])
    move(world, new.leads, old.leads)
    check_silent(world, new, playing)
    check_reach(world, old, new, above, mine)
    return f"{len(mine)} calls from {old.login} to {new.login} and back, at once"


def insider(world: World, login: str) -> Insider:
    return next(one for one in world.people if one.login == login)


def led_by(world: World, agent: str) -> str:
    """Who leads the agent's team."""
    team = insider(world, agent).team
    return next(one.login for one in world.people if one.leads == team)


def lead_the_leader(world: World, member: Insider, leader: Insider) -> None:
    """A team of managers, made once: whoever leads it leads a leader."""
    visitor = world.inside(login_of(world, "administrator"))
    if team_id(world, ABOVE):
        return
    page = visitor.page("/people/lists/")
    form = next(one for one in page.forms if one.fields.get("act") == "team")
    answer = visitor.submit(form, name=ABOVE)
    demand(answer.status == 200, f"making a team answered {answer.status}")
    put(world, member.login, ABOVE)
    put(world, leader.login, ABOVE, role="leads")


def team_id(world: World, name: str) -> str:
    found = world.rows(f"SELECT id FROM people_team WHERE name = '{name}'")
    return str(found[0][0]).replace("-", "") if found else ""


def put(world: World, login: str, team: str, role: str = "member") -> None:
    visitor, person = world.inside(login_of(world, "administrator")), world.person(login)
    form = visitor.page(f"/people/{person}/").form(f"/people/{person}/do/team")
    answer = visitor.submit(form, team=team_id(world, team), **{"as": role})
    demand(answer.status == 200, f"putting {login} into {team} answered {answer.status}")


def move(world: World, here: str, there: str) -> None:
    """Out of one team and into the other, as the administrator's pages have it."""
    visitor, person = world.inside(login_of(world, "administrator")), world.person(world.owner)
    action = f"/people/{person}/do/team-leave"
    form = visitor.page(f"/people/{person}/").form(action)
    asked = visitor.submit(form, team=team_id(world, here))
    demand(asked.status == 200, f"taking out of {here} answered {asked.status}")
    sure = next(one for one in asked.page.forms if one.action == action and "sure" in one.fields)
    answer = visitor.submit(sure)
    demand(answer.status == 200, f"taking out of {here} answered {answer.status}")
    put(world, world.owner, there)


def legs(parts: tuple[Part, ...]) -> set[str]:
    return {part.said.call for part in parts}


def listed(world: World, who: Insider) -> set[str]:
    return {row.call for row in world.inside(who.login).page("/calls/").rows}


def check_reach(
    world: World, has: Insider, lacks: Insider, above: Insider, parts: tuple[Part, ...]
) -> None:
    """`has` sees and hears the parts; `lacks` and whoever leads the leader do not."""
    demand(listed(world, has) >= legs(parts), f"{has.login} does not see the calls of their people")
    for part in parts:
        hears(world.inside(has.login), has, part)
        for one in (lacks, above):
            path, fields = f"/calls/{part.said.call}/", {"leg": str(part.leg)}
            status = world.inside(one.login).post(f"{path}listen", **fields).status
            demand(status == 404, f"{one.login} opens a call of another's people: {status}")
    alone = world.plain.call
    demand(alone not in listed(world, lacks), f"{lacks.login} still sees the agent's calls")
    demand(alone not in listed(world, above), f"{above.login} sees the calls of a leader's people")


def check_silent(world: World, who: Insider, address: str) -> None:
    status = world.inside(who.login).get(address, Range="bytes=100-199").status
    demand(status == 404, f"{who.login} hears on after the agent has left the team: {status}")
