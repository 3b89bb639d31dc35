"""Checks of every cell of the table of roles, over HTTP, as each person of the demo."""

import re

from vaiti.ops.outside.access import PURPOSE, REFERENCE
from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.page import Visitor
from vaiti.ops.outside.table import (
    CALL_ACTS,
    ONE_CLICK,
    PLACES,
    CallAct,
    Part,
    Place,
    cells,
    parts_of,
    reaches,
    sees,
)
from vaiti.ops.outside.world import Insider, World

BYTES_A_SECOND = 8000 * 2 * 2
"""Of sound in two channels of 16 bits."""
NEAR = 1.5
"""Seconds by which a part's sound may differ from what was spoken."""


def rows_by_role(world: World) -> str:
    """Each person's list has their own rows and no others, and each call page its own parts."""
    for who in world.people:
        check_rows(world, who)
    return f"{len(world.people)} people, {len(parts_of(world))} parts of calls"


def check_rows(world: World, who: Insider) -> None:
    own = [part for part in parts_of(world) if sees(world, who, part)]
    visitor = world.inside(who.login)
    listed = visitor.get("/calls/")
    ready = 200 if who.trained else 403
    demand(listed.status == ready, f"the list answers {who.login} with {listed.status}")
    shown = sorted(row.call for row in listed.page.rows)
    told = f"{who.login} ({who.role}) is shown {len(shown)} rows, not {len(own)} of their own"
    demand(shown == sorted(part.said.call for part in own), told)
    for said in world.recorded:
        shown_of = [part for part in own if part.said is said]
        heard = [part for part in shown_of if reaches(world, who, part)]
        check_call(visitor, who, said.call, bool(shown_of), heard)


def check_call(visitor: Visitor, who: Insider, call: str, shown: bool, heard: list[Part]) -> None:
    answer = visitor.get(f"/calls/{call}/")
    wanted = 200 if shown else 404 if who.trained else 403
    demand(answer.status == wanted, f"a call's page answers {who.login} with {answer.status}")
    offered = set(re.findall(r'name="leg" value="(\d+)"', answer.text))
    demand(offered == {str(part.leg) for part in heard}, f"{who.login} is offered others' parts")


def sound_by_role(world: World) -> str:
    """Each person hears their own parts, as the table asks for, and nothing else at all."""
    opened: dict[str, str] = {}
    refused = 0
    for who, part, theirs in cells(world):
        if theirs:
            opened[hears(world.inside(who.login), who, part)] = who.login
        else:
            check_closed(world, who, part)
            refused += 1
    for address, listener in opened.items():
        for who in world.people:
            if who.login != listener:
                status = world.inside(who.login).get(address).status
                demand(status == 404, f"sound of {listener} answers {who.login} with {status}")
    return f"{len(opened)} cells heard, {refused} refused; nobody hears by another's address"


def check_closed(world: World, who: Insider, part: Part) -> None:
    fields = {"leg": str(part.leg), "purpose": PURPOSE, "reference": REFERENCE}
    answer = world.inside(who.login).post(f"/calls/{part.said.call}/listen", **fields)
    wanted = 404 if who.trained else 403
    told = f"{who.login} ({who.role}) opens {part.name}: {answer.status}"
    demand(answer.status == wanted, told)


def hears(visitor: Visitor, who: Insider, part: Part) -> str:
    """Opens the part as the table says, and looks at how long its sound is; its address."""
    path = f"/calls/{part.said.call}/"
    form = next(
        one
        for one in visitor.page(path).forms
        if one.action == f"{path}listen" and one.fields["leg"] == str(part.leg)
    )
    answer = visitor.submit(form)
    if who.role not in ONE_CLICK:
        demand(answer.status == 422, f"{who.login} hears without a reason: {answer.status}")
        answer = visitor.submit(form, purpose=PURPOSE, reference=REFERENCE)
    demand(answer.status == 200, f"{who.login} does not hear {part.name}: {answer.status}")
    demand(bool(answer.sounds), f"{who.login} is given no sound of {part.name}")
    sound = visitor.get(answer.sounds[0], Range="bytes=0-99")
    demand(sound.status == 206, f"the sound answers {who.login} with {sound.status}")
    lasts = int(sound.headers["content-range"].rpartition("/")[2]) / BYTES_A_SECOND
    demand(abs(lasts - part.seconds) < NEAR, f"{who.login} hears {lasts:.1f} s of {part.name}")
    return answer.sounds[0]


def acts_by_role(world: World) -> str:
    """What may be done at the address of each call answers whom it is for, and nobody else."""
    parts, asked = parts_of(world), 0
    for who in world.people:
        for part in parts:
            for act in CALL_ACTS:
                asked += check_act(world, who, part, act)
    return f"{len(CALL_ACTS)} acts on {len(parts)} parts of calls: {asked} cells"


def check_act(world: World, who: Insider, part: Part, act: CallAct) -> bool:
    """False where it is not asked."""
    allowed = who.trained and act.may(world, who, part)
    if allowed and not act.answers:
        return False
    path, visitor = f"/calls/{part.said.call}/{act.path}", world.inside(who.login)
    get = act.method == "GET"
    answer = visitor.get(path) if get else visitor.post(path, leg=str(part.leg))
    wanted = {act.answers} if allowed else {404} if who.trained else {403, 404}
    told = f"{act.name} answers {who.login} ({who.role}) with {answer.status}: {part.name}"
    demand(answer.status in wanted, told)
    return True


def places_by_role(world: World) -> str:
    """What each role may do besides is on its pages, and on nobody else's."""
    for who in world.people:
        check_places(world, who)
    roles = {one.role for one in world.people}
    return f"{len(PLACES)} things that {len(roles)} roles may or may not do"


def check_places(world: World, who: Insider) -> None:
    for place in PLACES:
        check_place(world, who, place)


def check_place(world: World, who: Insider, place: Place) -> None:
    answer = world.inside(who.login).get(place.path)
    there = answer.status == 200 and place.mark in answer.words
    if place.is_for(who):
        demand(there, f"{who.login} ({who.role}) does not reach {place.name}: {answer.status}")
    else:
        demand(not there, f"{who.login} ({who.role}) reaches {place.name}")
        demand(answer.status < 500, f"{place.path} answers {who.login} with {answer.status}")
