"""Checks that an agent is told of every listening of others to their calls: by whom, for what."""

import re

from vaiti.ops.outside.access import PURPOSE, REFERENCE
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.recording import press_listen
from vaiti.ops.outside.world import World

TOLD = r"Your manager\W+Internal training of staff"
INCIDENT = r"Somebody who looks into an incident\W+Security and preventing misuse"
OWN = r"The agent\W+Verify what was said"
"""How a page says by which role it was heard and for what, side by side."""


def agent_is_told(world: World) -> str:
    """One more listening of the manager is one more line: with role and purpose, without names."""
    manager = world.named(world.manager)
    before = told(world, TOLD)
    heard = press_listen(
        world.inside(world.manager), world.plain, purpose=PURPOSE, reference=REFERENCE
    )
    demand(heard.status == 200, f"a listening of the manager was answered {heard.status}")
    own = press_listen(world.inside(world.owner), world.plain)
    demand(own.status == 200, f"a listening of one's own was answered {own.status}")
    demand(told(world, TOLD) == before + 1, "the agent is not told that the manager listened")
    ((secret,),) = world.rows("SELECT count(*) FROM access_listening WHERE purpose = 'security'")
    demand(told(world, INCIDENT) == secret, "the agent is not told of what an incident gave")
    demand(told(world, OWN) == 0, "the agent is told of their own listening")
    for path in (f"/calls/{world.plain.call}/", "/desk/"):
        page = world.inside(world.owner).get(path)
        demand(re.search(TOLD, page.words) is not None, f"{path} does not tell of the manager")
        demand(manager not in page.words, f"{path} names the listener")
    others = world.inside(world.manager).get(f"/calls/{world.plain.call}/").words
    demand(not re.search(INCIDENT, others), "the manager is told who else listened")
    return f"{before + 1} listenings of the manager, {secret} in an incident, none of their own"


def told(world: World, line: str) -> int:
    """How often the page of the call says this to its agent."""
    return len(re.findall(line, world.inside(world.owner).get(f"/calls/{world.plain.call}/").words))
