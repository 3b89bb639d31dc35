"""Checks that a trainer hears what chance gathered under the cap, and nothing else."""

import re

from vaiti.ops.outside.access import PURPOSE
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.incident import login_of
from vaiti.ops.outside.page import Answer
from vaiti.ops.outside.table import Part, parts_of
from vaiti.ops.outside.world import World

TOLD = r"A trainer\W+Internal training of staff"
"""What the agent's page says of it."""


def gathered_heard(world: World) -> str:
    """One call of each agent is drawn and no more; it is heard for training, while that lasts."""
    trainer = login_of(world, "trainer")
    path, reference = opened(world, trainer)
    demand(listed(world, trainer) == [], f"{trainer} sees calls before any is gathered")
    call = gather(world, trainer, path)
    parts = tuple(part for part in parts_of(world) if part.said.call == call)
    demand(
        listed(world, trainer) == [call] * len(parts), f"{trainer} does not see what is gathered"
    )
    for said in world.recorded:
        status = world.inside(trainer).get(f"/calls/{said.call}/").status
        wanted = 200 if said.call == call else 404
        demand(status == wanted, f"a call on {said.line} answers {trainer} with {status}")
    mine = next(part for part in parts if part.agent == world.owner)
    for purpose, given in (("verify", reference), (PURPOSE, "KURS-2026-7"), (PURPOSE, "")):
        status = listens(world, trainer, mine, purpose, given).status
        demand(status == 422, f"{trainer} hears for {purpose}, {given}: {status}")
    sound = heard(world, trainer, listens(world, trainer, mine, PURPOSE, reference))
    told = world.inside(world.owner).get(f"/calls/{call}/").words
    demand(re.search(TOLD, told) is not None, "the agent is not told that a trainer listened")
    act(world, trainer, path, "close")
    status = world.inside(trainer).get(sound, Range="bytes=100-199").status
    demand(status == 404, f"{trainer} hears on after the activity's end: {status}")
    demand(listed(world, trainer) == [], f"{trainer} sees the calls after the activity's end")
    return f"{reference}: one call of an agent, 422 for another reason, 206, 404 from its end on"


def opened(world: World, trainer: str) -> tuple[str, str]:
    """Address and reference of a new activity on one line, with a cap of one call an agent."""
    ((before,),) = world.rows("SELECT count(*) FROM access_mandate")
    reference, visitor = f"TR-2026-{before + 1}", world.inside(trainer)
    form = visitor.page("/activities/").form("/activities/")
    line = world.plain.line
    answer = visitor.submit(form, name="Greeting", reference=reference, line=line, cap="1")
    demand(answer.status == 200, f"opening an activity answered {answer.status}")
    return visitor.at, reference


def gather(world: World, trainer: str, path: str) -> str:
    """The one call that five draws give: of each agent one, and the owner is in both."""
    answer = act(world, trainer, path, "gather", calls="5")
    demand(answer.status == 200, f"gathering answered {answer.status}")
    drawn: set[str] = set(re.findall(r"/calls/([0-9a-f]{32})/", answer.text))
    told = f"{len(drawn)} calls were drawn where the cap allows one of an agent"
    demand(len(drawn) == 1 and drawn <= {world.plain.call, world.moved.call}, told)
    again = act(world, trainer, path, "gather", calls="1")
    demand(again.status == 422, f"a draw beyond the cap answered {again.status}")
    return drawn.pop()


def act(world: World, trainer: str, path: str, name: str, **fields: str) -> Answer:
    visitor = world.inside(trainer)
    forms = visitor.page(path).forms
    form = next(one for one in forms if one.action == path and one.fields.get("act") == name)
    return visitor.submit(form, **fields)


def listed(world: World, trainer: str) -> list[str]:
    return [row.call for row in world.inside(trainer).page("/calls/").rows]


def listens(world: World, trainer: str, part: Part, purpose: str, reference: str) -> Answer:
    visitor, path = world.inside(trainer), f"/calls/{part.said.call}/"
    leg = str(part.leg)
    form = next(one for one in visitor.page(path).forms if one.fields.get("leg") == leg)
    return visitor.submit(form, purpose=purpose, reference=reference)


def heard(world: World, trainer: str, answer: Answer) -> str:
    demand(answer.status == 200, f"{trainer} does not hear what is gathered: {answer.status}")
    status = world.inside(trainer).get(answer.sounds[0], Range="bytes=0-99").status
    demand(status == 206, f"the sound answers {trainer} with {status}")
    return answer.sounds[0]
