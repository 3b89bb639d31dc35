"""What counts as answered, the announcement before it, and what the sender says of recording."""

from itertools import product

import pytest

from capture_pure.scripted import (
    LINE,
    NOW,
    Client,
    Party,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
    statuses,
)
from vaiti.capture.events import AskLastHeard, Begin, End, Expect, Forget, Report
from vaiti.capture.orders import STARTS, Line
from vaiti.capture.session import reports
from vaiti.capture.session.lifecycle import ANSWERED_WITHIN_S
from vaiti.capture.session.session import Session
from vaiti.capture.session.signs import Sign
from vaiti.capture.session.starting import RULES, Facts, may_begin
from vaiti.vault.manifest import Pause, Span

BOTH = metadata([customer(), agent()])
TWO = sdp("1", "2")
AT = round(NOW * 1e6)
SECOND = 1_000_000


def client(line: Line | None = None, **settings: object) -> Client:
    lines = (line or Line(LINE, recorded=True),)
    return Client(Session("rec-1", orders(lines, **settings), ["192.0.2.1"]))  # type: ignore[arg-type]


def test_n21_d07_a_recording_begins_when_answered_and_announced_and_never_before() -> None:
    """Every combination of facts: the table of docs/siprec.md."""
    assert RULES.keys() == STARTS
    told = {"associated": "both", "media": "heard", "event": "reported"}
    for both, heard, reported, announced in product((False, True), repeat=4):
        for state, first, rule in product((None, False, True), (False, True), sorted(RULES)):
            facts = Facts(both, state, heard, reported, announced)
            answered = {"answered": True, "state": state is True}.get(
                rule, getattr(facts, told.get(rule, "both"))
            )
            may = may_begin(rule, facts, announced_first=first)
            assert may == (answered and state is not False and (announced or not first))


def test_n21_an_event_of_the_telephone_system_is_the_answer() -> None:
    made = client(start_on="event")
    assert only(Begin, made.establish(TWO, BOTH)) == []
    [waiting] = made.session.live(["2001"])
    assert (waiting.state, waiting.customer) == ("waiting", "+358401234***")
    made.now += 30
    assert not made.session.report(Sign.ANSWERED, "", ["2009"], made.now)
    assert made.session.report(Sign.ANSWERED, "", ["2001"], made.now)
    [begin] = only(Begin, made.take())
    assert begin.at_us == AT + 30 * SECOND


@pytest.mark.parametrize("gate", ["answered", "event"])
def test_n21_d07_the_announcement_comes_before_a_byte_is_kept(gate: str) -> None:
    made = client(Line(LINE, recorded=True, announced=True), start_on=gate)
    made.establish(TWO, BOTH)
    for sign in (Sign.ANSWERED, Sign.ANNOUNCED):
        assert only(Begin, made.out) == []
        made.now += 5
        made.session.report(sign, made.call_id, ["2001"], made.now)
        made.take()
    assert [each.at_us for each in only(Begin, made.out)] == [AT + 10 * SECOND]


def test_d07_an_answered_call_that_nobody_announced_is_reported_and_leaves_nothing() -> None:
    made = client(Line(LINE, recorded=True, announced=True))
    made.establish(TWO, BOTH)
    out = made.send("BYE")
    assert [each.kind for each in only(Report, out)] == [reports.NOT_ANNOUNCED]
    assert len(only(Forget, out)) == 1
    assert only(Begin, made.out) == only(End, made.out) == []


def test_n21_a_caller_who_leaves_the_queue_leaves_nothing_and_no_report() -> None:
    made = client(Line(LINE, recorded=True, announced=True), start_on="event")
    made.establish(TWO, BOTH)
    out = made.send("BYE")
    assert only(Report, out) == []
    assert len(only(Forget, out)) == 1


def test_n21_two_way_media_is_the_answer_and_one_way_media_is_not() -> None:
    made = client(start_on="media")
    made.establish(TWO, BOTH)
    assert only(AskLastHeard, made.out)
    for heard in ({}, {1: 1}, {0: 1, 1: -30}):
        made.wait(1)
        now_us = round(made.now * 1e6)
        times = {track: now_us - 100_000 * at if at > 0 else now_us + at * SECOND
                 for track, at in heard.items()}  # fmt: skip
        made.session.last_heard(made.call_id, times, made.now)
        assert only(Begin, made.take()) == []
    made.wait(1)
    now_us = round(made.now * 1e6)
    made.session.last_heard(made.call_id, {0: now_us - 1, 1: now_us - 400_000}, made.now)
    assert len(only(Begin, made.take())) == 1


def test_n21_the_senders_own_word_is_the_answer_in_any_of_three_places() -> None:
    described = TWO.replace("t=0 0\r\n", "t=0 0\r\na=record:on\r\n")
    told = metadata(
        [customer(), agent()], extra="<x:RecordingState xmlns:x='urn:x'>on</x:RecordingState>"
    )
    header = "X-Recording-State: on;since=0"
    for offer, meta, more in ((described, BOTH, ()), (TWO, told, ()), (TWO, BOTH, (header,))):
        made = client(start_on="state", state_header="X-Recording-State")
        made.establish(TWO, BOTH)
        assert only(Begin, made.out) == []
        made.invite(offer, meta, *more)
        assert len(only(Begin, made.out)) == 1


@pytest.mark.parametrize("rule", sorted(STARTS))
def test_n21_a_sender_that_says_off_is_never_recorded(rule: str) -> None:
    made = client(start_on=rule)
    made.establish(TWO.replace("t=0 0\r\n", "t=0 0\r\na=record:off\r\n"), BOTH)
    made.session.report(Sign.ANSWERED, "", ["2001"], made.now)
    made.session.last_heard(made.call_id, {0: AT, 1: AT}, made.now)
    assert only(Begin, made.take()) == []


@pytest.mark.parametrize("rule", ["answered", "event"])
def test_a_session_in_which_nothing_may_begin_ends_after_hours(rule: str) -> None:
    made = client(Line(LINE, recorded=True, announced=rule == "answered"), start_on=rule)
    made.establish(TWO, BOTH)
    out = made.wait(ANSWERED_WITHIN_S + 1)
    assert [each.kind for each in only(Report, out)] == [reports.NEVER_ANSWERED]
    assert len(only(Forget, out)) == 1
    assert made.session.calls == 0


def test_l40_the_sender_pauses_by_its_recording_state_and_resumes() -> None:
    made = client(state_header="X-Recording-State")
    made.establish(TWO, BOTH)
    made.now += 10
    out = made.invite(TWO.replace("a=sendonly", "a=sendonly\r\na=record:paused"), "")
    made.send("ACK")
    assert [each.paused for each in only(Expect, out)] == [True, True]
    made.now += 5
    out = made.send("INFO", b"Signal=5", "application/dtmf-relay", "X-Recording-State: resumed")
    assert [each.paused for each in only(Expect, out)] == [False, False]
    made.now += 5
    [end] = only(End, made.send("BYE"))
    assert end.facts.pauses == (Pause(AT + 10 * SECOND, AT + 15 * SECOND, "sender"),)


def test_l40_what_agent_and_sender_pause_goes_on_only_when_both_resume() -> None:
    made = client(state_header="X-Recording-State")
    made.establish(TWO, BOTH)
    call = made.call_id
    assert made.session.pause(call, ["2001"], "payment", made.now)
    made.send("INFO", b"", "", "X-Recording-State: off")
    made.now += 10
    assert made.session.resume(call, ["2001"], made.now)
    assert [each.paused for each in only(Expect, made.take())] == []
    [live] = made.session.live(["2001"])
    assert live.state == "paused"
    made.now += 10
    made.send("INFO", b"", "", "X-Recording-State: on")
    [end] = only(End, made.send("BYE"))
    assert end.facts.pauses == (Pause(AT, AT + 20 * SECOND, "payment"),)


def test_l40_a_limit_ends_the_senders_pause_and_it_is_reported() -> None:
    made = client(state_header="X-Recording-State")
    made.establish(TWO, BOTH)
    made.send("INFO", b"", "", "X-Recording-State: off")
    [live] = made.session.live(["2001"])
    assert (live.state, live.reason, live.until_us) == ("paused", "sender", AT + 300 * SECOND)
    made.wait(200)
    assert made.session.pause(made.call_id, ["2001"], "payment", made.now)
    [live] = made.session.live(["2001"])
    assert (live.reason, live.until_us) == ("payment", AT + 500 * SECOND)
    out = made.wait(100)
    assert [each.kind for each in only(Report, out)] == [reports.PAUSE_TOO_LONG]
    assert made.session.live(["2001"])[0].state == "paused"  # the agent's pause goes on
    out = made.wait(200)
    assert [each.paused for each in only(Expect, out)] == [False, False]
    assert [each.kind for each in only(Report, out)] == [reports.PAUSE_TOO_LONG]
    made.send("INFO", b"", "", "X-Recording-State: off")
    assert made.session.live(["2001"])[0].state == "paused"  # and the sender may pause again
    made.send("INFO", b"", "", "X-Recording-State: on")
    [end] = only(End, made.send("BYE"))
    assert [(each.from_us - AT, each.to_us - AT) for each in end.facts.pauses[:1]] == [
        (0, 500 * SECOND)
    ]


def test_n21_nothing_of_a_hold_is_kept_where_the_line_says_so() -> None:
    made = client(Line(LINE, recorded=True, keeps_hold=False))
    made.establish(TWO, BOTH)
    made.now += 10
    held = made.invite(sdp("1 inactive", "2"), "")
    made.send("ACK")
    assert [(each.track, each.active) for each in only(Expect, held)] == [(0, False), (1, False)]
    made.now += 600
    assert only(End, made.wait(1)) == []
    back = made.invite(TWO, "")
    made.send("ACK")
    assert [(each.track, each.active) for each in only(Expect, back)] == [(0, True), (1, True)]
    [end] = only(End, made.send("BYE"))
    assert end.facts.holds == (Span(AT + 10 * SECOND, AT + 611 * SECOND),)


def test_n21_a_customer_held_by_metadata_alone_is_not_kept_where_the_line_says_so() -> None:
    made = client(Line(LINE, recorded=True, keeps_hold=False))
    made.establish(TWO, BOTH)
    silent = metadata([Party("p-customer", [], [])], mode="partial")
    out = made.send("UPDATE", silent.encode(), "application/rs-metadata+xml")
    assert statuses(out) == [200]
    assert [each.active for each in only(Expect, out)] == [False, False]


def test_an_objection_before_the_answer_holds_for_the_whole_call() -> None:
    made = client(start_on="event")
    made.establish(TWO, BOTH)
    assert made.session.drop(made.call_id, ["2001"], made.now)
    made.session.report(Sign.ANSWERED, "", ["2001"], made.now)
    made.take()
    out = made.send("BYE")
    assert only(Begin, made.out) == []
    assert len(only(Forget, out)) == 1


def test_n21_who_left_before_the_answer_was_reported_has_a_leg_of_no_length() -> None:
    """The event comes by another socket, and was heard first: intake takes no leg below zero."""
    made = client(start_on="event")
    made.establish(TWO, BOTH)
    assert made.session.report(Sign.ANSWERED, "", ["2001"], NOW + 1)
    made.now = NOW + 0.8
    made.invite(TWO, metadata([customer(), agent("2002")]))
    made.now = NOW + 60
    [end] = only(End, made.send("BYE"))
    told = [(leg.device, leg.to_us - leg.from_us >= 0) for leg in end.facts.legs]
    assert told == [("2001", True), ("2002", True)]
