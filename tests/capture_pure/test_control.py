"""What is asked about a call while it lasts: pause, resume, drop, state."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture_pure.scripted import (
    NOW,
    Client,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
    statuses,
)
from vaiti.capture.control import handle
from vaiti.capture.events import Allocate, AskLastHeard, Draft, End, Expect, Forget, Report
from vaiti.capture.session import reports
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import Pause

AT = round(NOW * 1e6)
SECOND = 1_000_000
BOTH = metadata([customer(), agent()])
TWO = sdp("1", "2")


@pytest.fixture
def client() -> Client:
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    made.establish(TWO, BOTH)
    return made


def ask(client: Client, op: str, **fields: object) -> dict[str, Any]:
    message = {"op": op, "devices": ["2001"], "call": client.call_id, **fields}
    answer = handle(message, client.session, client.now)
    client.out += client.session.take()
    return answer


def clear(client: Client) -> list[object]:
    """Takes out what came since, but for what names the call."""
    taken = [each for each in client.out if not isinstance(each, Allocate)]
    client.out[:] = [each for each in client.out if isinstance(each, Allocate)]
    return list(taken)


def test_the_state_says_who_speaks_on_what_line_since_when(client: Client) -> None:
    [live] = ask(client, "state")["calls"]
    assert (live["state"], live["since_us"], live["device"]) == ("recording", AT, "2001")
    assert (live["direction"], live["customer"]) == ("in", "+358401234***")
    assert ask(client, "state", devices=["2002"])["calls"] == []


def test_n22_a_pause_keeps_nothing_and_is_marked_with_its_reason(client: Client) -> None:
    clear(client)
    client.now += 10
    [live] = ask(client, "pause", reason="payment")["calls"]
    assert (live["state"], live["reason"]) == ("paused", "payment")
    assert (live["since_us"], live["until_us"]) == (AT + 10 * SECOND, AT + 310 * SECOND)
    assert [each.paused for each in only(Expect, client.out)] == [True, True]
    client.now += 30
    [live] = ask(client, "resume")["calls"]
    assert live["state"] == "recording"
    assert [each.paused for each in only(Expect, client.out)] == [True, True, False, False]
    client.now += 5
    [end] = only(End, client.send("BYE"))
    assert end.facts.pauses == (Pause(AT + 10 * SECOND, AT + 40 * SECOND, "payment"),)
    assert end.facts.holds == ()


def test_a_pause_that_nobody_ends_ends_by_itself_and_is_reported(client: Client) -> None:
    ask(client, "pause", reason="payment")
    clear(client)
    client.wait(299)
    assert only(Report, client.out) == []
    client.wait(1)
    assert [each.kind for each in only(Report, client.out)] == [reports.PAUSE_TOO_LONG]
    [draft] = only(Draft, client.out)
    assert draft.draft.pauses == (Pause(AT, AT + 300 * SECOND, "payment"),)
    assert ask(client, "state")["calls"][0]["state"] == "recording"


def test_a_later_pause_has_a_limit_of_its_own(client: Client) -> None:
    ask(client, "pause", reason="payment")
    client.wait(200)
    ask(client, "resume")
    client.wait(50)
    ask(client, "pause", reason="identity")
    client.wait(60)
    assert ask(client, "state")["calls"][0]["state"] == "paused"
    client.wait(240)
    assert ask(client, "state")["calls"][0]["state"] == "recording"


def test_the_customers_silence_does_not_count_while_paused(client: Client) -> None:
    ask(client, "pause", reason="payment")
    clear(client)
    client.wait(200)
    assert only(AskLastHeard, client.out) == []
    ask(client, "resume")
    client.wait(59)
    assert only(AskLastHeard, client.out) == []
    client.wait(2)
    assert only(AskLastHeard, client.out) != []


def test_a_pause_that_lasts_to_the_end_ends_with_the_call(client: Client) -> None:
    ask(client, "pause", reason="payment")
    client.now += 20
    [end] = only(End, client.send("BYE"))
    assert end.facts.pauses == (Pause(AT, AT + 20 * SECOND, "payment"),)


def test_a_hold_within_a_pause_changes_nothing_of_the_pause(client: Client) -> None:
    ask(client, "pause", reason="payment")
    clear(client)
    client.invite(sdp("1 inactive", "2 inactive"), "")
    client.invite(TWO, "")
    assert all(each.paused for each in only(Expect, client.out))
    ask(client, "resume")
    assert not any(each.paused for each in only(Expect, client.out)[-2:])


def test_what_is_paused_or_resumed_twice_stays_so(client: Client) -> None:
    first = ask(client, "pause", reason="payment")
    client.now += 5
    clear(client)
    assert ask(client, "pause", reason="identity") == first
    assert ask(client, "resume")["calls"][0]["state"] == "recording"
    clear(client)
    assert ask(client, "resume")["ok"]
    assert clear(client) == []


def test_an_objection_leaves_nothing_and_the_session_goes_on(client: Client) -> None:
    clear(client)
    client.now += 7
    [live] = ask(client, "drop")["calls"]
    assert live["state"] == "not_recorded"
    assert only(Forget, client.out) == [Forget(client.call_id, over=False)]
    again = client.invite(TWO, metadata([customer(), agent("2002")]))
    assert statuses(again) == [200]
    assert ask(client, "state", devices=["2001"])["calls"][0]["state"] == "not_recorded"
    over = client.send("BYE")
    assert statuses(over) == [200]
    assert only(Forget, over) == [Forget(client.call_id)]
    assert only(End, client.out) == only(Draft, client.out) == []
    assert client.session.calls == 0


def test_a_dropped_call_whose_bye_is_lost_ends_after_hours(client: Client) -> None:
    ask(client, "drop")
    clear(client)
    client.wait(3 * 3600)
    assert client.session.calls == 1
    client.wait(3601)
    assert client.session.calls == 0
    assert only(Forget, client.out) == [Forget(client.call_id)]


def test_a_paused_call_may_be_dropped_too(client: Client) -> None:
    ask(client, "pause", reason="sensitive")
    assert ask(client, "drop")["calls"][0]["state"] == "not_recorded"
    client.wait(400)
    assert ask(client, "state")["calls"][0]["state"] == "not_recorded"


REFUSED: list[tuple[dict[str, object], str]] = [
    ({"op": "listen"}, "unknown"),
    ({"op": "state", "devices": []}, "malformed"),
    ({"op": "state", "devices": "2001"}, "malformed"),
    ({"op": "state", "devices": ["x" * 65]}, "malformed"),
    ({"op": "state", "devices": ["1"] * 65}, "malformed"),
    ({"op": "pause", "reason": "boredom"}, "malformed"),
    ({"op": "pause", "reason": "payment", "call": 7}, "malformed"),
    ({"op": "pause", "reason": "payment", "call": "0" * 32}, "no_call"),
    ({"op": "pause", "reason": "payment", "devices": ["2002"]}, "no_call"),
    ({"op": "resume", "devices": ["2002"]}, "no_call"),
    ({"op": "drop", "devices": ["2002"]}, "no_call"),
]


@pytest.mark.parametrize(("fields", "code"), REFUSED)
def test_what_cannot_be_done_is_refused_with_a_code_and_changes_nothing(
    client: Client, fields: dict[str, object], code: str
) -> None:
    clear(client)
    op = str(fields.pop("op"))
    answer = ask(client, op, **fields)
    fields["op"] = op
    assert (answer["ok"], answer["error"]) == (False, code)
    assert clear(client) == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["op", "devices", "call", "reason"]), _JSON))
def test_any_message_is_answered(message: dict[str, object]) -> None:
    session = Session("rec-1", orders(), ["192.0.2.1"])
    assert "ok" in handle(message, session, NOW)


@given(st.lists(st.sampled_from(["pause", "resume", "drop", "hold", "back", "wait"]), max_size=12))
def test_pauses_follow_each_other_whatever_happens(steps: list[str]) -> None:
    client = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    client.establish(TWO, BOTH)
    acts: dict[str, Callable[[], object]] = {
        "pause": lambda: ask(client, "pause", reason="payment"),
        "resume": lambda: ask(client, "resume"),
        "drop": lambda: ask(client, "drop"),
        "hold": lambda: client.invite(sdp("1 inactive", "2 inactive"), ""),
        "back": lambda: client.invite(TWO, ""),
        "wait": lambda: client.wait(100),
    }
    for step in steps:
        client.now += 1
        acts[step]()
        client.send("ACK")
    ended = only(End, client.send("BYE"))
    assert len(ended) == ("drop" not in steps)
    for end in ended:
        edges = [edge for each in end.facts.pauses for edge in (each.from_us, each.to_us)]
        assert edges == sorted(edges)
        assert all(end.facts.started_us <= edge <= end.facts.ended_us for edge in edges)
