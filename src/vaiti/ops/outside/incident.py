"""Checks that security is heard in an incident alone, once a second person has approved it."""

import re

from vaiti.ops.outside.fault import demand
from vaiti.ops.outside.page import Answer, Form, Page
from vaiti.ops.outside.world import World

LEAD, OFFICER, ADMINISTRATOR = "security_lead", "dpo", "administrator"


def second_person_asked(world: World) -> str:
    """Administrator and officer hear a call of an incident after another's yes, while it lasts."""
    lead, officer, keeper = (login_of(world, role) for role in (LEAD, OFFICER, ADMINISTRATOR))
    path, reference = opened(world, lead)
    for login in (officer, keeper):
        act(world, lead, path, "name", world.person(login))
        demand(sees(world, login) == 404, f"{login} sees a call that the incident has not")
    act(world, lead, path, "add", world.plain.call)
    for login in (officer, keeper):
        demand(sees(world, login) == 200, f"the incident does not give {login} its call")
        alone = listens(world, login, reference)
        demand(alone.status == 422, f"{login} hears for security alone: {alone.status}")
        act(world, login, path, "ask", world.plain.call)
        waiting = listens(world, login, reference)
        demand(waiting.status == 422, f"{login} hears before anybody has said yes")
    own = request_of(world, lead, world.named(officer))
    answered = world.inside(officer).post(f"/approvals/{own}", answer="yes")
    demand(answered.status == 422, f"{officer} approves their own request: {answered.status}")
    for login in (officer, keeper):
        approve(world, lead, request_of(world, lead, world.named(login)))
    sounds = {
        login: sound(world, login, listens(world, login, reference)) for login in (officer, keeper)
    }
    wrong = listens(world, keeper, reference, purpose="training")
    demand(wrong.status == 422, f"{keeper} hears for training in an incident: {wrong.status}")
    act(world, lead, path, "close", "")
    for login, address in sounds.items():
        status = world.inside(login).get(address, Range="bytes=100-199").status
        demand(status == 404, f"{login} hears on after the incident's end: {status}")
        demand(sees(world, login) == 404, f"{login} sees the call after the incident's end")
    return f"{reference}: 422 alone, 206 after a yes, 404 from its end on"


def login_of(world: World, role: str) -> str:
    return next(one.login for one in world.people if one.role == role)


def opened(world: World, lead: str) -> tuple[str, str]:
    """Address and reference of a new incident."""
    ((before,),) = world.rows("SELECT count(*) FROM access_mandate")
    reference, visitor = f"INC-2026-{before + 1}", world.inside(lead)
    form = visitor.page("/incidents/").form("/incidents/")
    answer = visitor.submit(form, reference=reference, days="30")
    demand(answer.status == 200, f"opening an incident answered {answer.status}")
    return visitor.at, reference


def act(world: World, login: str, path: str, name: str, what: str) -> None:
    """Sends the form of the incident's page for this act."""
    visitor = world.inside(login)
    for form in visitor.page(path).forms:
        if form.action == path and form.fields.get("act") == name:
            answer = visitor.submit(form, what=what)
            demand(answer.status == 200, f"{name} in the incident answered {answer.status}")
            return
    demand(False, f"the incident's page offers {login} no form to {name}")


def sees(world: World, login: str) -> int:
    return world.inside(login).get(f"/calls/{world.plain.call}/").status


def listens(world: World, login: str, reference: str, purpose: str = "security") -> Answer:
    path, visitor = f"/calls/{world.plain.call}/", world.inside(login)
    form: Form = visitor.page(path).form(f"{path}listen")
    return visitor.submit(form, purpose=purpose, reference=reference)


def sound(world: World, login: str, answer: Answer) -> str:
    demand(answer.status == 200, f"after a yes {login} is answered {answer.status}")
    address = answer.sounds[0]
    status = world.inside(login).get(address, Range="bytes=0-99").status
    demand(status == 206, f"the sound answers {login} with {status}")
    return address


def request_of(world: World, lead: str, name: str) -> str:
    """The id of the request of whoever has this name, as it waits for an answer."""
    text = world.inside(lead).get("/approvals/").text
    for item in text.split("<li>"):
        found = re.search(r'action="/approvals/([0-9a-f]{32})"', item)
        if found and name in item:
            return found[1]
    demand(False, f"the request of {name} is not in the inbox")
    return ""


def approve(world: World, lead: str, request: str) -> None:
    visitor = world.inside(lead)
    form = visitor.page("/approvals/").form(f"/approvals/{request}")
    answer = visitor.submit(form, answer="yes")
    demand(answer.status == 200, f"the approval answered {answer.status}")
    left = [one.action for one in Page(answer.text).forms]
    demand(f"/approvals/{request}" not in left, "an answered request waits on")
