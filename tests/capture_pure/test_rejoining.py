"""A call that ends in one session and goes on in another: after BYE, and after a cut (E27, E28)."""

import pytest

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
from vaiti.capture.events import Allocate, AskLastHeard, Begin, End, Expect, Forget, Output, Send
from vaiti.capture.recorder.plain import dump, load
from vaiti.capture.session import lasting
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import AgentLeg, Manifest

SECOND = 1_000_000
AT = round(NOW * SECOND)
TWO = sdp("1", "2")
GROUP = '<group group_id="7+OTCyoxTmqmqyA/1weDAg=="/>'
FIRST, NEXT = "11111111111111111111", "22222222222222222222"


def told(device: str, session: str, group: str = GROUP, number: str = "+358401234567") -> str:
    text = metadata([customer(number), agent(device)])
    return text.replace("session_id='cs'", f"session_id='{session}'", 1).replace(
        "<session ", f"{group}<session ", 1
    )


def client(**peer: object) -> Client:
    return Client(Session("rec-1", orders(**peer), ["192.0.2.1"]))


def another(first: Client, seconds: float, name: str = "rs2") -> Client:
    return Client(first.session, name=name, now=NOW + seconds)


def facts(out: list[Output]) -> Manifest:
    [end] = only(End, out)
    return end.facts


def parted(**peer: object) -> Client:
    """A call of a group whose only session ended after ten seconds."""
    first = client(**peer)
    first.establish(TWO, told("2001", FIRST))
    first.now = NOW + 10
    out = first.send("BYE")
    assert statuses(out) == [200]
    assert only(End, out) == []
    expected = [(each.active, each.until_us) for each in only(Expect, out)]
    assert expected == [(False, AT + 10 * SECOND)] * 2, "nothing is kept that comes after the BYE"
    return first


def test_e28_a_transfer_whose_bye_comes_first_is_one_call_with_two_legs() -> None:
    first = parted()
    second = another(first, 12)
    out = second.establish(TWO, told("2002", NEXT))
    assert statuses(out) == [200]
    assert only(Begin, out) == []
    second.now = NOW + 30
    assert only(End, second.send("BYE")) == []
    found = facts(second.wait(5))
    assert first.session.calls == 0
    assert found.legs == (
        AgentLeg("2001", AT, AT + 10 * SECOND),
        AgentLeg("2002", AT + 12 * SECOND, AT + 30 * SECOND),
    )
    assert [track.role for track in found.tracks] == ["customer", "agent"] * 2
    assert (found.started_us, found.ended_us, found.ended_by) == (AT, AT + 30 * SECOND, "bye")
    assert "rejoined" in found.warnings


def test_e28_a_transfer_with_nothing_but_a_session_id_is_one_call_too() -> None:
    """The same identifier soon after the BYE; later, or with another customer, it is a new call."""
    first = client()
    first.establish(TWO, told("2001", FIRST, ""))
    first.now = NOW + 10
    assert only(End, first.send("BYE")) == []
    stranger = another(first, 10.2, "rs3")
    out = stranger.establish(TWO, told("2002", FIRST, "", "+358501112223"))
    assert len(only(Begin, out)) == 1, "another customer is another call"
    second = another(first, 10.9)
    assert only(Begin, second.establish(TWO, told("2002", FIRST, ""))) == []
    second.now = NOW + 30
    second.send("BYE")
    out = second.wait(0.9)
    assert only(End, out) == []
    found = facts(second.wait(0.2))
    assert [(leg.device, leg.to_us) for leg in found.legs] == [
        ("2001", AT + 10 * SECOND),
        ("2002", AT + 30 * SECOND),
    ]
    assert (found.ended_us, found.ended_by) == (AT + 30 * SECOND, "bye")
    late = another(first, 32, "rs4")
    assert len(only(Begin, late.establish(TWO, told("2002", FIRST, "")))) == 1


def test_e28_where_no_session_follows_the_call_ended_with_its_bye() -> None:
    first = parted()
    assert only(End, first.wait(4.9)) == []
    found = facts(first.wait(0.2))
    assert (found.ended_us, found.ended_by) == (AT + 10 * SECOND, "bye")
    late = another(first, 16)
    assert len(only(Begin, late.establish(TWO, told("2002", NEXT)))) == 1


def test_e28_another_customer_of_the_group_does_not_go_on_with_the_call() -> None:
    first = parted()
    other = another(first, 12)
    out = other.establish(TWO, told("2002", NEXT, number="+358501112223"))
    assert len(only(Begin, out)) == 1
    assert facts(first.wait(5)).ended_us == AT + 10 * SECOND


def test_e28_a_session_that_is_taken_back_leaves_the_call_ended() -> None:
    first = parted()
    second = another(first, 12)
    second.invite(TWO, told("2002", NEXT))
    second.send("CANCEL")
    assert facts(second.wait(5)).ended_us == AT + 10 * SECOND
    assert first.session.calls == 0


def test_e28_no_socket_for_the_next_session_refuses_it_and_the_call_ends() -> None:
    first = parted()
    second = another(first, 12)
    second.invite(TWO, told("2002", NEXT))
    second.session.not_allocated(first.call_id, "no port", second.now)
    assert statuses(second.take()) == [503]
    assert facts(second.wait(5)).ended_us == AT + 10 * SECOND


def test_e28_an_objection_in_between_leaves_nothing() -> None:
    first = parted()
    assert first.session.drop(first.call_id, ["2001"], first.now)
    out = first.take()
    assert [each.over for each in only(Forget, out)] == [True]
    assert first.session.calls == 0


def test_e28_a_peer_may_do_without_waiting_and_a_stop_waits_for_nothing() -> None:
    first = client(rejoin_s=0)
    first.establish(TWO, told("2001", FIRST))
    assert len(only(End, first.send("BYE"))) == 1
    second = parted()
    second.session.stop(second.now)
    assert facts(second.take()).ended_by == "bye"


def silent(session: Session, call: Client, heard_s: float, now: float) -> None:
    """The recorder's answer: each track was last heard so many seconds after the begin."""
    at_us = AT + round(heard_s * SECOND)
    session.last_heard(call.call_id, {0: at_us, 1: at_us}, now)


def test_e27_a_sender_that_was_cut_off_goes_on_with_its_call_in_a_new_session() -> None:
    first = client()
    first.establish(TWO, told("2001", FIRST, ""))
    second = another(first, 20)
    out = second.invite(TWO, told("2001", FIRST, ""))
    assert [each.call_id for each in only(AskLastHeard, out)] == [first.call_id]
    silent(first.session, first, 14, second.now)
    out = second.take()
    assert [each.call_id for each in only(Allocate, out)] == [first.call_id]
    assert [each.data[:4] for each in only(Send, out)] == [b"BYE "], "the old session is ended"
    assert statuses(second.allocate() + second.send("ACK")) == [200]
    second.now = NOW + 30
    second.send("BYE")
    found = facts(second.wait(5))
    assert found.legs == (AgentLeg("2001", AT, AT + 30 * SECOND),), "the same agent all along"
    assert len(found.tracks) == 4
    assert "rejoined" in found.warnings
    assert first.session.calls == 0


def test_e27_a_second_session_while_the_first_still_sounds_is_a_spare() -> None:
    first = client()
    first.establish(TWO, told("2001", FIRST, ""))
    second = another(first, 20)
    second.invite(TWO, told("2001", FIRST, ""))
    silent(first.session, first, 19.9, second.now)
    assert only(Allocate, second.take()) == [], "it may have been cut off just now"
    assert [each.call_id for each in only(AskLastHeard, second.wait(1.5))] == [first.call_id]
    silent(first.session, first, 21.4, second.now)
    out = second.take()
    assert [each.call_id for each in only(Allocate, out)] != [first.call_id]
    assert statuses(second.allocate()) == [200]
    assert first.session.calls == 2


def test_n17_who_knocks_is_let_in_by_the_recorder_that_goes_on() -> None:
    first = client()
    lasting.watch(first.session, everything=True)
    first.establish(TWO, told("2001", FIRST, ""))
    second = another(first, 20)
    second.invite(TWO, told("2001", FIRST, ""))
    left = {key: load(dump(each)) for key, each in lasting.changes(first.session) if each}
    second.session = client().session
    lasting.go_on(second.session, left)
    assert [each.call_id for each in only(AskLastHeard, second.wait(1.5))] == [first.call_id]
    silent(second.session, first, 14, second.now)
    assert [each.call_id for each in only(Allocate, second.take())] == [first.call_id]
    assert 200 in statuses(second.allocate())


@pytest.mark.parametrize("how", ["cancel", "over", "stop"])
def test_e27_who_knocks_may_go_away_and_so_may_the_call(how: str) -> None:
    first = client()
    first.establish(TWO, told("2001", FIRST, ""))
    second = another(first, 20)
    second.invite(TWO, told("2001", FIRST, ""))
    if how == "cancel":
        assert 487 in statuses(second.send("CANCEL"))
        assert only(Allocate, second.wait(1.5)) == []
    elif how == "stop":
        second.session.stop(second.now)
        assert 503 in statuses(second.take())
    else:
        first.now = second.now
        first.send("BYE")
        assert len(only(Allocate, second.wait(1.5))) == 1
        assert len(only(Begin, second.allocate())) == 1
