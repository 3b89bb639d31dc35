"""Whatever happens in whatever order: calls begin once, end once, and add up."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from capture_pure.scripted import (
    Client,
    Party,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
)
from drawn import without_drawn
from vaiti.capture.events import Allocate, AskLastHeard, Begin, Draft, End, Forget
from vaiti.capture.orders import STARTS
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import Manifest, decode, encode

TOLD = [
    metadata([customer(), agent()]),
    metadata([customer(), agent("2002")]),
    metadata([customer()]),
    metadata([Party("p-customer", [], [])], mode="partial"),
    metadata([Party("p-x", ["sip:+358509998887@t"], ["2"]), customer()]),
    metadata([agent("2009"), agent()]),
    "<recording",
    "",
]
OFFERS = [sdp("1", "2"), sdp("1 inactive", "2"), sdp("1"), sdp("1", "2", "3"), "v=0", ""]

ACTIONS = st.one_of(
    st.tuples(
        st.sampled_from(["INVITE", "UPDATE"]), st.sampled_from(OFFERS), st.sampled_from(TOLD)
    ),
    st.sampled_from(["ACK", "BYE", "CANCEL", "INFO", "OPTIONS"]).map(lambda each: (each, "", "")),
    st.sampled_from(["allocate", "deny", "heard", "silent", "lost", "stop"]).map(
        lambda each: (each, "", "")
    ),
    st.sampled_from(["1", "30", "100"]).map(lambda seconds: ("wait", seconds, "")),
)


def act(made: Client, action: tuple[str, str, str]) -> None:
    kind, first, second = action
    session, now = made.session, made.now
    asked = only(Allocate, made.out)
    if kind in ("INVITE", "UPDATE") and (first or second):
        made.invite(first, second) if kind == "INVITE" else made.send(
            "UPDATE", first.encode(), "application/sdp"
        )
    elif kind == "wait":
        made.wait(float(first))
    elif kind == "stop":
        session.stop(now)
    elif kind == "lost":
        session.connection_lost(1, now)
    elif kind in ("allocate", "deny", "heard", "silent"):
        for each in asked[-1:]:
            ports = {track: 30_000 + 2 * track for track in each.tracks}
            if kind == "allocate":
                session.allocated(each.call_id, ports, now)
            elif kind == "deny":
                session.not_allocated(each.call_id, "no_port", now)
            else:
                heard = {0: int(now * 1e6)} if kind == "heard" else {}
                session.last_heard(each.call_id, heard, now)
    else:
        made.send(kind)
    made.take()


def check(facts: Manifest) -> None:
    assert decode(encode(facts)) == facts
    assert facts.started_us <= facts.ended_us
    for leg in facts.legs:
        assert facts.started_us <= leg.from_us <= leg.to_us <= facts.ended_us
    for hold in facts.holds:
        assert facts.started_us <= hold.from_us <= hold.to_us <= facts.ended_us
    assert [track.index for track in facts.tracks] == list(range(len(facts.tracks)))
    assert facts.customer in ("+358401234***", "+358509998***", "not available")
    assert (facts.direction, facts.line) in (("in", "+35860094320"), ("out", "+35860094320"))


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(STARTS)), st.lists(ACTIONS, max_size=14))
def test_n13_every_call_begins_once_and_ends_once_within_its_own_bounds(
    start_on: str, actions: list[tuple[str, str, str]]
) -> None:
    made = Client(Session("rec-1", orders(start_on=start_on), ["192.0.2.1"]))
    for action in [("INVITE", OFFERS[0], TOLD[0]), ("allocate", "", ""), *actions]:
        act(made, action)
    made.session.stop(made.now)
    made.take()
    began = Counter(each.call_id for each in only(Begin, made.out))
    ended = Counter(each.call_id for each in only(End, made.out))
    ended.update(each.call_id for each in only(Forget, made.out))
    opened = {each.call_id for each in only(Allocate, made.out)}
    heirs = [each.heir for each in only(End, made.out)]
    heirs += [each.heir for each in only(Forget, made.out)]
    opened |= {each for each in heirs if each is not None}
    assert made.session.calls == 0
    assert set(ended) == opened
    assert set(ended.values()) <= {1}
    assert set(began.values()) <= {1}
    assert {each.call_id for each in only(End, made.out)} <= set(began)
    if start_on != "media":
        assert {each.call_id for each in only(AskLastHeard, made.out)} <= set(began)
    for begin in only(Begin, made.out):
        check(begin.draft)
    for draft in only(Draft, made.out):
        check(draft.draft)
    for end in only(End, made.out):
        check(end.facts)
    assert "34567" not in without_drawn(repr(made.out))
