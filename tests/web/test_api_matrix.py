"""Every operation of the API against every scope and every kind of owner, made from its table."""

import json
import re

import pytest

from cast import Cast
from vaiti.access.token_rules import PERSONAL, TokenScope
from vaiti.people.models import Person
from vaiti.web import calls as pages
from vaiti.web.answers import ROLES
from vaiti.web.api import document, frame
from vaiti.web.api.operation import Operation
from vaiti.web.api.table import OPERATIONS
from web.api_caller import Program, program
from web.world import World

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def begin_anew() -> None:
    frame.PACE.forget()
    pages.LISTS.forget()


def owners(cast: Cast) -> dict[str, Person]:
    named = {"service_agent": cast.anna, "sales_agent": cast.oskar, "manager": cast.mikko}
    return {role: named.get(role) or getattr(cast, role) for role in ROLES}


def ask(holder: Program, one: Operation, names: dict[str, str]) -> int:
    path = re.sub(r"<hexid:(\w+)>", lambda part: names[part[1]], one.path)
    return holder.ask(one.method, path, {} if one.body is not None else None)[0]


def test_n27_every_operation_lets_in_its_own_scope_alone(cast: Cast, world: World) -> None:
    """Of a call that is nobody's among the owners, so that what lies behind says 404 or less."""
    call = world.call("anna.astrom").hex
    names = {"call_id": call, "case_id": call}
    holders = {
        scope: program(scope, person=cast.anna if scope in PERSONAL else None, name=f"t-{n}")
        for n, scope in enumerate(TokenScope)
    }
    for one in OPERATIONS:
        frame.PACE.forget()
        got = {scope: ask(holder, one, names) for scope, holder in holders.items()}
        let_in = {scope for scope, status in got.items() if status != 403}
        assert let_in == {one.scope}, (one.name, got)
        assert got[one.scope] in {200, 204, *document.refusals(one)}, (one.name, got)
        assert ask(Program(""), one, names) == 401, one.name


def test_n27_n28_no_role_reads_more_by_a_token_than_on_its_pages(cast: Cast, world: World) -> None:
    call = world.call("anna.astrom").hex
    sees = {}
    for role, person in owners(cast).items():
        holder = program(TokenScope.CALLS_READ, person=person, name=role.replace("_", "-"))
        status, _told = holder.ask("GET", f"calls/{call}")
        listed = holder.get("calls/")
        sees[role] = (status, len(listed["legs"]))
    nothing = (404, 0)
    expected = dict.fromkeys(ROLES, nothing) | dict.fromkeys(("service_agent", "manager"), (200, 1))
    assert sees == expected


def test_every_scope_is_some_operations_and_every_operation_is_documented() -> None:
    assert {one.scope for one in OPERATIONS} == set(TokenScope)
    names = [one.name for one in OPERATIONS]
    assert len(names) == len(set(names))
    told = json.loads(document.as_text())
    found = {
        operation["operationId"] for path in told["paths"].values() for operation in path.values()
    }
    assert found == set(names)
