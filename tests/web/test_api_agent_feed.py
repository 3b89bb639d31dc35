"""The agent feed by the API: whole or not at all, again without harm, followed at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cast import Cast
from manifests import START, enter
from vaiti.access.token_rules import TokenScope
from vaiti.audit.models import Leaf
from vaiti.people.feed_hook import HookShape
from vaiti.people.feed_models import FeedEvent
from vaiti.register.models import Leg
from vaiti.web.http.wiring import install, wired
from web.api_caller import program
from web.world import World

pytestmark = pytest.mark.django_db


def event(login: str, seconds: float, **more: object) -> dict[str, object]:
    came = (START + timedelta(seconds=seconds)).isoformat()
    return {"person": login, "device": "sip:2001@pbx", "event": "login", "from": came, **more}


def test_n16_events_are_taken_again_without_harm_and_a_late_one_moves_a_call(
    cast: Cast, world: World
) -> None:
    sender = program(TokenScope.AGENTS, name="contact-centre")
    first = {"events": [event("anna.astrom", -600, id="e-1"), event("leila.virtanen", 900)]}
    added = {"added": 2, "known": 0, "corrected": 0, "parts": 0}
    assert sender.ask("POST", "agents/events", first) == (200, added)
    enter("2001")
    assert Leg.objects.get().person == cast.anna
    assert sender.ask("POST", "agents/events", first)[1]["known"] == 2
    late = {"events": [event("sofia.holm", -600, id="e-1")]}
    corrected = {"added": 0, "known": 0, "corrected": 1, "parts": 1}
    assert sender.ask("POST", "agents/events", late) == (200, corrected)
    assert Leg.objects.get().person == cast.sofia
    taken = Leaf.objects.filter(kind="people:feed:taken")
    assert {one.actor for one in taken} == {"system:contact-centre"}


def test_n16_a_contact_centres_own_message_is_read_by_its_shape(cast: Cast, world: World) -> None:
    shape = HookShape("centre", "who", "desk", "state", "at", ("ON",), ("OFF",), events="all")
    install(replace(wired(), agent_hooks=(shape,)))
    sender, when = program(TokenScope.AGENTS), (START - timedelta(minutes=10)).timestamp()
    came = {"who": "anna.astrom", "desk": 2001, "state": "ON", "at": when, "mood": "fine"}
    message = {"all": [came, {"state": "LUNCH"}], "tenant": {"id": 1}}
    status, told = sender.ask("POST", "agents/hook?shape=centre", message)
    counts = {"added": 1, "known": 0, "corrected": 0, "parts": 0, "passed_over": 1}
    assert (status, told) == (200, counts)
    enter("2001")
    assert Leg.objects.get().person == cast.anna
    for address, body in (("other", message), ("centre", {"all": [{**came, "who": "x.y"}]})):
        assert sender.ask("POST", f"agents/hook?shape={address}", body)[0] == 422
    assert FeedEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "status", "sentence"),
    [
        (event("nobody.here", -60), 422, "nobody who was here then"),
        (event("anna.astrom", 9e6), 422, "lies ahead"),
        (event("anna.astrom", -60, to="x"), 422, "to is a time"),
        (event("anna.astrom", -60, name="Anna"), 400, "nothing here but"),
    ],
)
def test_one_wrong_event_and_nothing_is_entered(
    cast: Cast, world: World, wrong: dict[str, object], status: int, sentence: str
) -> None:
    sender = program(TokenScope.AGENTS)
    events = [event("anna.astrom", -600), wrong]
    got, told = sender.ask("POST", "agents/events", {"events": events})
    assert (got, told["at"]) == (status, "/events/1")
    assert sentence in told["detail"]
    assert FeedEvent.objects.count() == 0
