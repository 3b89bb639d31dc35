"""The agent feed by each of its ways into a running Vaiti: API, webhook and table (N-16, N-28).

Two agents of one name share a desk. Every call is placed over SIP; every word comes over HTTP, or
by the command.
"""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import pytest

from scenarios.worlds import World, kill, restarted, wait_for
from vaiti.ops.outside import desk
from vaiti.ops.outside.fault import Fault

pytestmark = pytest.mark.timeout(300)

ANNA, NAMESAKE = "anna.astrom", "anna.astrom2"
CUSTOMERS = ("+358405551111", "+358405552222", "+358405553333")
HOOK = """
[[agent_hook]]
name = "centre"
events = "changes"
person = "agent.id"
device = "phone"
event = "state"
login = ["ON"]
logout = ["OFF"]
at = "at"
"""
CORRECTED = (
    "SELECT subject, body FROM audit_leaf WHERE kind = 'call:facts:corrected' ORDER BY at, id"
)


@pytest.fixture(scope="module")
def centre(world: World) -> World:
    """With two agents of one name, and the settings for a contact centre's own messages."""
    (world.workshop / "password").write_text("grey moon over ice\n")
    person = ("--login", NAMESAKE, "--name", "Anna Åström", "--namesake")
    secret = ("--password-file", str(world.workshop / "password"))
    data = ("--data", str(world.data))
    world.vaiti("person", "add", *data, *person, "--role", "service_agent", *secret)
    with (world.data / "vaiti.toml").open("a") as file:
        file.write(HOOK)
    restarted(world, "web", kill(world, "web"))
    wait_for("the pages do not answer", lambda: answers(world))
    return world


def answers(world: World) -> bool:
    try:
        return world.visitor().get("/healthz").status == 200
    except Fault:
        return False


class Sender:
    """The contact centre's program, with a token of its own."""

    def __init__(self, world: World) -> None:
        until = (datetime.now(UTC) + timedelta(days=9)).date()
        self.world = world
        self.token = world.vaiti(
            *("token", "add", "--data", str(world.data), "--name", "contact-centre"),
            *("--scope", "agents:write", "--until", str(until)),
        ).split()[0]

    def post(self, address: str, body: object) -> dict[str, int]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        with closing(HTTPConnection("127.0.0.1", self.world.web_port, timeout=60)) as web:
            web.request("POST", f"/api/v1/agents/{address}", json.dumps(body), headers)
            answer = web.getresponse()
            told = json.loads(answer.read())
        assert answer.status == 200, told
        return dict(told)

    def api(self, who: str, what: str, at: float, ref: str = "") -> dict[str, int]:
        word = {"person": who, "device": desk.DESK, "event": what, "from": iso(at)}
        return self.post("events", {"events": [{**word, "id": ref} if ref else word]})

    def hook(self, *changes: tuple[str, str, float]) -> dict[str, int]:
        told = [
            {"agent": {"id": who}, "phone": f"sip:{desk.DESK}@pbx", "state": state, "at": at}
            for who, state, at in changes
        ]
        return self.post("hook?shape=centre", {"changes": told})


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def corrections(world: World, call: str) -> list[tuple[str, str]]:
    """Whose the call was and is, by each entry about it."""
    bodies = [json.loads(body) for subject, body in world.rows(CORRECTED) if subject == call]
    facts = [body.get("facts", body) for body in bodies]
    return [(one["before"], one["after"]) for one in facts]


def seen(world: World, call: str) -> int:
    return world.inside(ANNA).get(f"/calls/{call}/").status


def test_n16_n28_each_way_of_the_feed_says_whose_a_call_is_also_late(centre: World) -> None:
    world = centre
    sender, whose, began = Sender(world), desk.agent(world), world.now()
    sender.api(ANNA, "login", world.now(), "a-1")
    first = desk.call(world, CUSTOMERS[0])
    wait_for("the first call has no agent", lambda: whose(first) == ANNA)
    changed = world.now()
    told = sender.hook((ANNA, "OFF", changed), (ANNA, "LUNCH", changed), (NAMESAKE, "ON", changed))
    assert (told["added"], told["passed_over"]) == (2, 1)
    second = desk.call(world, CUSTOMERS[1])
    wait_for("the second call has no agent", lambda: whose(second) == NAMESAKE)
    left = world.now()
    sender.hook((NAMESAKE, "OFF", left))
    third = desk.call(world, CUSTOMERS[2])
    assert whose(third) == "", "nobody has come, so it is nobody's"
    assert [seen(world, one) for one in (first, second, third)] == [200, 404, 404]

    table = world.workshop / "late.csv"
    rows = "person,device,event,from,id\n{},{},login,{},c-1\n"
    for who, expected in ((ANNA, (200, ANNA)), (NAMESAKE, (404, NAMESAKE))):
        table.write_text(rows.format(who, desk.DESK, iso(left + 0.001)))
        world.vaiti("feed", "import", str(table), "--data", str(world.data))
        assert (seen(world, third), whose(third)) == expected
    anna, namesake = world.person(ANNA), world.person(NAMESAKE)
    assert corrections(world, third) == [("", anna), (anna, namesake)]
    again = sender.api(ANNA, "login", began, "a-1")
    assert (again["corrected"], whose(first), whose(second)) == (1, ANNA, NAMESAKE)
