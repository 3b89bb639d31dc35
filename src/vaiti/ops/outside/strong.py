"""Checks that whoever runs or guards the register reaches nothing without a second factor."""

import re

from vaiti.ops.outside.fault import Fault, demand
from vaiti.ops.outside.otp import Authenticator
from vaiti.ops.outside.page import Page
from vaiti.ops.outside.world import World

STRONG = ("administrator", "dpo")
"""The roles that must show a second factor."""
ENROL, APP, SECOND = "/account/security/", "/account/security/app", "/sign-in/second"
CLOSED = ("/people/", "/state/", "/log/", "/calls/", "/incidents/")


def second_factor_asked(world: World) -> str:
    """Each of them enrols an app as its page says, and is asked for its code from then on."""
    logins = [one.login for one in world.people if one.role in STRONG]
    demand(len(logins) > 1, "the demo has nobody who must show a second factor")
    for login in logins:
        if login not in world.apps:
            enrol(world, login)
        code_counts_once(world, login)
    return f"{', '.join(logins)}: nothing without one, each code once"


def enrol(world: World, login: str) -> None:
    visitor = world.visitor(login)
    for path in CLOSED:
        sent = visitor.get(path).headers.get("location")
        demand(sent == ENROL, f"{login} reaches {path} without a second factor")
    shown = visitor.get(APP)
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', shown.text)
    if secret is None:
        raise Fault("the page for an app shows no secret")
    app = Authenticator.typed(secret[1], world.now)
    answer = visitor.submit(shown.page.form(APP), code=app.code(), name="Check")
    demand(answer.status == 200, f"enrolling an app as {login} answered {answer.status}")
    world.apps[login] = app


def code_counts_once(world: World, login: str) -> None:
    """In a new browser the password alone opens nothing, nor does a code that was used."""
    visitor = world.visitor()
    answer = visitor.give_password(login, world.own_passwords[login])
    demand(visitor.at == SECOND, f"{login} is let in with the password alone")
    form = Page(answer.text).form(SECOND)
    again = visitor.submit(form, code=world.apps[login].same())
    demand(again.status == 403, f"a code that {login} has used was answered {again.status}")
    world.inside(login)
