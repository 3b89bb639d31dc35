"""A contact centre's own words for who came and left, read by a shape of the settings."""

from dataclasses import replace
from typing import Any

import pytest

from vaiti.people.feed_document import FeedFault
from vaiti.people.feed_hook import HookShape, hooks_fault, read

SHAPE = HookShape(
    name="centre",
    events="data.changes",
    person="agent.email",
    device="station.line",
    event="state",
    at="when",
    login=("ON_QUEUE", "LOGGED_IN"),
    logout=("LOGGED_OUT",),
    id="change_id",
)


def change(state: str, when: object = "2026-11-27T08:00:00Z", **more: object) -> dict[str, Any]:
    agent = {"email": "anna.astrom", "name": "Anna"}
    return {"agent": agent, "station": {"line": "2001"}, "state": state, "when": when, **more}


def test_what_the_sender_says_in_its_own_words_is_read() -> None:
    changes = [change("ON_QUEUE", change_id=7), change("BREAK"), change("LOGGED_OUT")]
    found, passed_over = read(SHAPE, {"data": {"changes": changes}, "version": 3})
    came = {"person": "anna.astrom", "device": "2001", "from": "2026-11-27T08:00:00Z"}
    assert found == [
        {**came, "event": "login", "id": 7},
        {**came, "event": "logout", "id": None},
    ]
    assert passed_over == 1


@pytest.mark.parametrize("when", [1_795_766_400, 1_795_766_400_000, 1_795_766_400.0])
def test_an_instant_may_be_a_number_of_seconds_or_milliseconds(when: float) -> None:
    alone = replace(SHAPE, events="")
    ([found], _) = read(alone, change("LOGGED_IN", when))
    assert found["from"] == "2026-11-27T08:00:00+00:00"


@pytest.mark.parametrize(
    "message", [{}, {"data": 1}, {"data": {"changes": {}}}, {"data": {"changes": [1] * 1001}}]
)
def test_a_message_without_its_list_is_refused(message: dict[str, Any]) -> None:
    with pytest.raises(FeedFault):
        read(SHAPE, message)


def test_what_is_not_there_is_nothing_and_is_told_by_its_name_later() -> None:
    broken = {"state": "LOGGED_IN", "agent": "x", "when": 10**30}
    with pytest.raises(FeedFault, match="of this age"):
        read(replace(SHAPE, events=""), broken)
    ([found], _) = read(replace(SHAPE, events=""), {**broken, "when": None})
    assert found == {"person": None, "device": None, "event": "login", "from": None, "id": None}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "A b"}, "small letters"),
        ({"person": "agent..email"}, "paths"),
        ({"login": ()}, "login and logout"),
        ({"logout": ("ON_QUEUE",)}, "login and logout"),
    ],
)
def test_a_shape_that_cannot_be_used_is_refused_with_what_to_change(
    changed: dict[str, Any], sentence: str
) -> None:
    assert sentence in hooks_fault([replace(SHAPE, **changed)])
    assert hooks_fault([SHAPE]) == ""
    assert "two" in hooks_fault([SHAPE, SHAPE])
