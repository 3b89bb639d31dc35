"""The agent feed by the API: whole or not at all, again without harm, followed at once."""

from datetime import timedelta

import pytest

from cast import Cast
from manifests import START, enter
from vaiti.access.token_rules import TokenScope
from vaiti.audit.models import Leaf
from vaiti.people.feed_models import FeedEvent
from vaiti.register.models import Leg
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
