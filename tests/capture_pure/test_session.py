"""Whole recording sessions, message by message, through the real endpoint."""

from dataclasses import replace

import pytest

from capture_pure.scripted import (
    CUSTOMER,
    FLOW,
    LINE,
    NOW,
    Client,
    Party,
    agent,
    answer_body,
    customer,
    metadata,
    multipart,
    only,
    orders,
    sdp,
    statuses,
)
from drawn import without_drawn
from vaiti.capture.events import (
    Allocate,
    AskLastHeard,
    Begin,
    Draft,
    End,
    Expect,
    Forget,
    Report,
    Send,
)
from vaiti.capture.orders import Line, Orders
from vaiti.capture.policy import TRANSFERRED_OUTSIDE, UNLISTED_LINE
from vaiti.capture.session import reports
from vaiti.capture.session.lifecycle import ASK_S, HELD_AT_MOST_S
from vaiti.capture.session.session import Session
from vaiti.capture.sip.flow import Address
from vaiti.vault.manifest import AgentLeg, Span, Track

BOTH = metadata([customer(), agent()])
TWO = sdp("1", "2")
AT = round(NOW * 1e6)
SECOND = 1_000_000


def client(under: Orders | None = None, **settings: object) -> Client:
    return Client(Session("rec-1", under or orders(**settings), ["192.0.2.1"]))  # type: ignore[arg-type]


def begun(**settings: object) -> Client:
    made = client(None, **settings)
    made.establish(TWO, BOTH)
    made.out.clear()
    return made


def test_n21_recording_begins_when_the_invite_is_answered_and_not_before() -> None:
    made = client()
    assert [type(each) for each in made.invite(TWO, BOTH)] == [Send, Allocate]
    made.now += 0.25
    out = made.allocate()
    assert [type(each) for each in out] == [Expect, Expect, Begin, Send]
    [begin] = only(Begin, out)
    assert begin.at_us == begin.draft.started_us == AT + 250_000
    assert statuses(out) == [200]


def test_n12_a_call_from_invite_to_bye_is_one_manifest() -> None:
    made = client()
    made.establish(TWO, BOTH)
    made.now += 42.5
    out = made.send("BYE")
    [end] = only(End, out)
    facts = end.facts
    assert (facts.state, facts.ended_by) == ("complete", "bye")
    assert (facts.started_us, facts.ended_us) == (AT, AT + 42_500_000)
    assert (facts.line, facts.customer, facts.direction) == (LINE, "+358401234***", "in")
    assert facts.tracks == (Track(0, "1", "customer"), Track(1, "2", "agent"))
    assert facts.legs == (AgentLeg("2001", facts.started_us, facts.ended_us),)
    assert (facts.recorder, facts.peer, facts.holds) == ("rec-1", "sbc", ())
    assert statuses(out) == [200]
    assert made.session.calls == 0


def test_the_answer_is_plain_sdp_with_the_offers_labels() -> None:
    made = client()
    out = made.establish(sdp("inbound sendonly", "outbound inactive"), BOTH)
    [ok] = [each.data for each in only(Send, out) if each.data.startswith(b"SIP/2.0 200")]
    assert b"\r\nContent-Type: application/sdp\r\n" in ok
    body = answer_body(out)
    assert body.count("m=audio") == 2
    assert body.index("a=recvonly\r\na=label:inbound") < body.index(
        "a=inactive\r\na=label:outbound"
    )


def test_n11_prebus_a_call_on_an_unlisted_line_is_refused_with_one_report_and_nothing_else() -> (
    None
):
    made = client()
    out = made.establish(TWO, metadata([customer(), agent(line="+358991112223")]))
    assert statuses(out) == [403]
    assert [each.kind for each in only(Report, out)] == [UNLISTED_LINE]
    assert {type(each) for each in out} == {Send, Report}
    assert made.session.calls == 0
    assert made.wait(60) == [] or {type(each) for each in made.out} == {Send, Report}


def test_a_stranger_gets_no_answer_and_strangers_are_reported_once_a_minute() -> None:
    made = client()
    made.flow = replace(FLOW, remote=Address("203.0.113.9", 5060))
    out = made.invite(TWO, BOTH)
    assert [each.kind for each in only(Report, out)] == [reports.STRANGER]
    assert only(Send, out) == []
    for _ in range(50):
        assert made.invite(TWO, BOTH) == []
    assert made.session.strangers == 51
    made.now += 61
    assert [each.kind for each in only(Report, made.invite(TWO, BOTH))] == [reports.STRANGER]


def test_a_peer_on_a_transport_that_it_may_not_use_is_a_stranger() -> None:
    made = client(transports=("tcp",))
    assert only(Send, made.invite(TWO, BOTH)) == []


def test_a_peer_behind_a_dual_stack_socket_is_known_by_its_ipv4_address() -> None:
    made = client()
    made.flow = replace(FLOW, remote=Address("::ffff:198.51.100.7", 5062))
    assert only(Allocate, made.invite(TWO, BOTH))


@pytest.mark.parametrize(
    ("offer", "status"),
    [
        (TWO.replace("RTP/AVP 8 0 101", "RTP/AVP 18"), 488),
        (TWO.replace("RTP/AVP", "RTP/SAVP"), 488),
        ("v=0\r\ns=-\r\n", 488),
    ],
)
def test_an_offer_without_a_stream_to_record_is_answered_488(offer: str, status: int) -> None:
    out = client().invite(offer, BOTH)
    assert statuses(out) == [status]
    assert only(Allocate, out) == []
    assert len(only(Report, out)) == 1


def test_without_orders_with_expired_ones_and_when_told_so_calls_are_answered_503() -> None:
    bare = Session("rec-1", None, ["192.0.2.1"])
    assert Client(bare).invite(TWO, BOTH) != []
    assert bare.calls == 0
    late = client()
    late.now += 200_000
    assert statuses(late.invite(TWO, BOTH)) == [503]
    full = client()
    full.session.refuse_new("disk_full")
    out = full.invite(TWO, BOTH)
    assert statuses(out) == [503]
    assert [each.kind for each in only(Report, out)] == ["disk_full"]
    assert statuses(full.send("OPTIONS")) == [503]
    full.session.refuse_new(None)
    full.name = "again"
    assert only(Allocate, full.invite(TWO, BOTH))


def test_more_calls_than_allowed_are_answered_503() -> None:
    made = client(calls=1)
    made.establish(TWO, BOTH)
    second = Client(made.session, name="rs2")
    out = second.invite(TWO, BOTH)
    assert statuses(out) == [503]
    assert [each.kind for each in only(Report, out)] == [reports.CALLS_LIMIT]


def test_calls_without_sockets_are_answered_503_and_leave_nothing() -> None:
    made = client()
    made.invite(TWO, BOTH)
    made.session.not_allocated(made.call_id, "no free port", made.now)
    out = made.take()
    assert statuses(out) == [503]
    assert [each.reason for each in only(Report, out)] == ["no free port"]
    assert len(only(Forget, out)) == 1
    assert made.session.calls == 0


def test_an_invite_whose_sockets_never_come_is_answered_503() -> None:
    made = client()
    made.invite(TWO, BOTH)
    out = made.wait(11)
    assert statuses(out) == [503]
    assert made.session.calls == 0


def test_a_cancelled_invite_is_forgotten() -> None:
    made = client()
    made.invite(TWO, BOTH)
    out = made.send("CANCEL")
    assert sorted(statuses(out)) == [200, 487]
    assert len(only(Forget, out)) == 1
    made.session.allocated(made.call_id, {0: 1, 1: 2}, made.now)
    assert made.take() == []


def test_n22_a_hold_is_a_span_and_ports_stay_the_same() -> None:
    made = client()
    first = made.establish(TWO, BOTH)
    made.now += 10
    held = made.invite(sdp("1 inactive", "2 inactive"), "")
    made.send("ACK")
    made.now += 5
    back = made.invite(TWO, "")
    made.send("ACK")
    made.now += 5
    [end] = only(End, made.send("BYE"))
    assert end.facts.holds == (Span(AT + 10 * SECOND, AT + 15 * SECOND),)
    ports = [line for line in answer_body(first).splitlines() if line.startswith("m=")]
    for out in (held, back):
        assert [line for line in answer_body(out).splitlines() if line.startswith("m=")] == ports
    assert answer_body(held).count("a=inactive") == 2
    assert [each.active for each in only(Expect, held)] == [False, False]
    assert [each.active for each in only(Expect, back)] == [True, True]
    [draft] = only(Draft, held)
    assert draft.draft.holds == (Span(AT + 10 * SECOND, draft.draft.ended_us),)


def test_a_hold_told_by_partial_metadata_only_is_a_span() -> None:
    made = begun()
    silent = metadata([Party("p-customer", [], [])], mode="partial")
    made.now += 10
    out = made.send("UPDATE", silent.encode(), "application/rs-metadata+xml")
    assert statuses(out) == [200]
    assert answer_body(out) == ""
    made.now += 5
    again = metadata([Party("p-customer", [], ["1"])], mode="partial")
    made.send("UPDATE", again.encode(), "application/rs-metadata+xml")
    made.now += 5
    [end] = only(End, made.send("BYE"))
    assert end.facts.holds == (Span(AT + 10 * SECOND, AT + 15 * SECOND),)


def test_a_hold_that_lasts_to_the_end_ends_with_the_call() -> None:
    made = begun()
    made.now += 10
    made.invite(sdp("1 inactive", "2 inactive"), "")
    made.now += 5
    [end] = only(End, made.send("BYE"))
    assert end.facts.holds == (Span(AT + 10 * SECOND, AT + 15 * SECOND),)


def test_n16_a_transfer_on_the_same_dialog_is_a_second_leg() -> None:
    made = begun()
    made.now += 20
    told = metadata([customer(), replace(agent("2002", line=""), id="p-new")])
    out = made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    [draft] = only(Draft, out)
    assert [leg.device for leg in draft.draft.legs] == ["2001", "2002"]
    still_open = [leg.device for leg in draft.draft.legs if leg.to_us == draft.draft.ended_us]
    assert still_open == ["2002"]
    made.now += 10
    [end] = only(End, made.send("BYE"))
    assert end.facts.legs == (
        AgentLeg("2001", AT, AT + 20 * SECOND),
        AgentLeg("2002", AT + 20 * SECOND, AT + 30 * SECOND),
    )


def test_n22_a_transfer_outside_the_company_ends_the_recording_with_bye() -> None:
    made = begun()
    made.now += 20
    told = metadata([customer(), Party("new", ["sip:+358509998887@trunk"], ["2"])])
    out = made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    [end] = only(End, out)
    assert (end.facts.ended_by, end.facts.ended_us) == ("transferred", AT + 20 * SECOND)
    assert [each.kind for each in only(Report, out)] == [TRANSFERRED_OUTSIDE]
    assert any(each.data.startswith(b"BYE ") for each in only(Send, made.out))


def test_a_stream_added_later_gets_a_track_of_its_own() -> None:
    made = client()
    made.establish(sdp("1"), metadata([customer(), Party("p-2001", [f"tel:{LINE}"], [])]))
    asked = made.invite(TWO, BOTH)
    assert only(Allocate, asked)[-1].tracks == (1,)
    assert statuses(asked) == []
    out = made.allocate(31_000)
    assert statuses(out) == [200]
    assert [(each.track, each.label) for each in only(Expect, out)] == [(1, "2")]
    made.send("ACK")
    [end] = only(End, made.send("BYE"))
    assert [track.role for track in end.facts.tracks] == ["customer", "agent"]


def test_a_re_offer_that_cannot_be_read_leaves_the_call_as_it_was() -> None:
    made = begun()
    assert statuses(made.send("INVITE", b"v=0", "application/sdp")) == [488]
    made.send("ACK")
    [end] = only(End, made.send("BYE"))
    assert end.facts.ended_by == "bye"


def test_a_re_invite_without_an_offer_is_answered_with_our_description() -> None:
    made = begun()
    out = made.send("INVITE")
    assert statuses(out) == [200]
    assert answer_body(out).count("m=audio 3000") == 2


def test_a_codec_change_in_place_takes_both_codecs_for_a_while() -> None:
    made = client()
    made.establish(sdp("1").replace("RTP/AVP 8 0 101", "RTP/AVP 8"), BOTH)
    out = made.invite(sdp("1").replace("RTP/AVP 8 0 101", "RTP/AVP 0 13"), "")
    [expect] = only(Expect, out)
    assert expect.codecs == {8: ("PCMA", 8000), 0: ("PCMU", 8000), 13: ("CN", 8000)}


def test_an_invite_without_an_offer_gets_one_and_is_recorded_from_the_answer_in_the_ack() -> None:
    made = client()
    made.send("INVITE", BOTH.encode(), "application/rs-metadata+xml")
    out = made.allocate()
    assert answer_body(out).count("a=recvonly") == 2
    ack = made.send("ACK", sdp("1", "2").encode(), "application/sdp")
    assert [(each.track, each.remote.port) for each in only(Expect, ack)] == [
        (0, 40_000),
        (1, 40_002),
    ]
    [end] = only(End, made.send("BYE"))
    assert [track.role for track in end.facts.tracks] == ["customer", "agent"]


def test_an_offer_of_ours_that_is_never_answered_leaves_nothing() -> None:
    made = client()
    made.send("INVITE", BOTH.encode(), "application/rs-metadata+xml")
    made.allocate()
    out = made.send("ACK")
    assert len(only(Forget, out)) == 1
    assert any(each.data.startswith(b"BYE ") for each in only(Send, out))


def test_n22_the_customers_silence_ends_the_call_at_the_last_packet() -> None:
    made = begun(silence_s=30)
    out = made.wait(30)
    [asked] = only(AskLastHeard, out)
    heard = AT + 12 * SECOND
    made.session.last_heard(asked.call_id, {0: heard, 1: AT + 29 * SECOND}, made.now)
    assert made.take() == []
    made.wait(11)
    assert only(AskLastHeard, made.out[1:]) == []
    out = made.wait(1)
    [asked] = only(AskLastHeard, out)
    made.session.last_heard(asked.call_id, {0: heard, 1: AT + 41 * SECOND}, made.now)
    out = made.take()
    [end] = only(End, out)
    assert (end.facts.ended_by, end.facts.ended_us) == ("silence", heard)
    assert end.facts.legs[-1].to_us == heard
    assert [each.kind for each in only(Report, out)] == [reports.SILENCE]
    assert any(each.data.startswith(b"BYE ") for each in only(Send, out))


def test_silence_does_not_count_while_the_call_is_held() -> None:
    made = begun(silence_s=30)
    made.now += 20
    made.invite(sdp("1 inactive", "2 inactive"), "")
    made.send("ACK")
    out = [*made.wait(600), *made.wait(600)]
    assert only(AskLastHeard, out) == []
    made.invite(TWO, "")
    made.send("ACK")
    assert only(AskLastHeard, made.wait(29)) == []
    assert len(only(AskLastHeard, made.wait(1))) == 1


def test_silence_counts_on_while_only_the_agents_stream_is_inactive() -> None:
    made = begun(silence_s=30)
    made.now += 20
    out = made.invite(sdp("1", "2 inactive"), "")
    made.send("ACK")
    assert len(only(Draft, out)[0].draft.holds) == 1
    assert len(only(AskLastHeard, made.wait(10))) == 1


def test_a_customer_who_becomes_known_during_the_call_is_drafted() -> None:
    made = client()
    made.establish(TWO, metadata([Party("p-customer", ["sip:unknown@h"], ["1"]), agent()]))
    out = made.send("UPDATE", BOTH.encode(), "application/rs-metadata+xml")
    assert [each.draft.customer for each in only(Draft, out)] == ["+358401234***"]
    assert only(Draft, made.send("UPDATE", BOTH.encode(), "application/rs-metadata+xml")) == []


def test_a_hold_that_never_ends_ends_like_silence() -> None:
    made = begun(silence_s=30)
    made.now += 20
    made.invite(sdp("1 inactive", "2 inactive"), "")
    made.send("ACK")
    made.wait(30)
    [asked] = only(AskLastHeard, made.wait(HELD_AT_MOST_S))
    made.session.last_heard(asked.call_id, {0: AT + 19 * SECOND}, made.now)
    [end] = only(End, made.take())
    assert (end.facts.ended_us, end.facts.holds) == (AT + 19 * SECOND, ())


def test_a_recorder_that_does_not_say_is_asked_again() -> None:
    made = begun(silence_s=30)
    assert len(only(AskLastHeard, made.wait(30))) == 1
    assert len(only(AskLastHeard, made.wait(ASK_S))) == 1


def test_a_call_without_a_packet_ends_where_it_began_and_is_reported() -> None:
    made = begun(silence_s=30)
    [asked] = only(AskLastHeard, made.wait(30))
    made.session.last_heard(asked.call_id, {}, made.now)
    out = made.take()
    [end] = only(End, out)
    assert end.facts.ended_us == end.facts.started_us
    assert [each.kind for each in only(Report, out)] == [reports.SILENCE, reports.NO_MEDIA]


def test_a_2xx_that_is_never_acknowledged_ends_at_the_last_packet() -> None:
    made = client()
    made.invite(TWO, BOTH)
    made.allocate()
    while not only(AskLastHeard, made.out):
        made.wait(0.5)
    out = made.out
    [asked] = only(AskLastHeard, out)
    made.session.last_heard(asked.call_id, {0: AT + 3 * SECOND}, made.now)
    [end] = only(End, made.take())
    assert (end.facts.ended_by, end.facts.ended_us) == ("silence", AT + 3 * SECOND)
    assert reports.NOT_ACKNOWLEDGED in [each.kind for each in only(Report, out)]


def test_a_session_timer_that_runs_out_ends_the_call_at_the_last_packet() -> None:
    made = client(silence_s=1000)
    made.establish(TWO, BOTH, "Session-Expires: 90;refresher=uac", "Supported: timer")
    while not only(AskLastHeard, made.out):
        made.wait(10)
    out = made.out
    [asked] = only(AskLastHeard, out)
    made.session.last_heard(asked.call_id, {0: AT + 80 * SECOND}, made.now)
    [end] = only(End, made.take())
    assert end.facts.ended_us == AT + 80 * SECOND
    assert any(each.data.startswith(b"BYE ") for each in only(Send, out))


def test_stopping_ends_every_call_with_bye_and_takes_no_new_one() -> None:
    made = begun()
    waiting = Client(made.session, name="rs2")
    waiting.invite(TWO, BOTH)
    made.now += 7
    made.session.stop(made.now)
    out = made.take()
    [end] = only(End, out)
    assert (end.facts.ended_by, end.facts.ended_us) == ("stopped", AT + 7 * SECOND)
    assert len(only(Forget, out)) == 1
    assert any(each.data.startswith(b"BYE ") for each in only(Send, out))
    assert made.session.calls == 0
    assert statuses(Client(made.session, name="rs3").invite(TWO, BOTH)) == [503]


def test_n21_a_session_set_up_while_the_customer_waits_is_recorded_from_the_association() -> None:
    made = client(start_on="associated")
    out = made.establish(TWO, metadata([customer()]))
    assert statuses(out) == [200]
    assert only(Begin, out) == []
    made.now += 40
    out = made.send("UPDATE", BOTH.encode(), "application/rs-metadata+xml")
    [begin] = only(Begin, out)
    assert begin.at_us == AT + 40 * SECOND


def test_a_waiting_session_that_turns_out_unlisted_leaves_nothing() -> None:
    made = client(start_on="associated")
    made.establish(TWO, metadata([customer()]))
    told = metadata([customer(), agent(line="")])
    out = made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    assert len(only(Forget, out)) == 1
    assert [each.kind for each in only(Report, out)] == [UNLISTED_LINE]
    assert made.session.calls == 0


def test_a_waiting_session_that_ends_leaves_nothing() -> None:
    made = client(start_on="associated")
    made.establish(TWO, metadata([customer()]))
    assert len(only(Forget, made.send("BYE"))) == 1


def test_a_call_without_metadata_is_told_apart_by_its_addresses() -> None:
    made = client(orders([Line("recorder", recorded=True)]))
    kind, body = multipart(TWO, "")
    made.send("INVITE", body, kind)
    made.allocate()
    [end] = only(End, [*made.send("ACK"), *made.send("BYE")])
    assert (end.facts.line, end.facts.customer) == ("recorder", "not available")
    assert "metadata_missing" in end.facts.warnings


def test_metadata_that_cannot_be_read_is_a_warning_and_not_the_end() -> None:
    made = begun()
    out = made.send("UPDATE", b"<recording", "application/rs-metadata+xml")
    assert statuses(out) == [200]
    [end] = only(End, made.send("BYE"))
    assert "metadata_unreadable" in end.facts.warnings


def test_n17_n30_digits_in_an_info_change_nothing_and_reach_no_event() -> None:
    made = begun()
    out = made.send("INFO", b"Signal=5\r\nDuration=160\r\n", "application/dtmf-relay")
    assert {type(each) for each in out} == {Send}


def test_two_sessions_run_side_by_side() -> None:
    made = begun()
    other = Client(made.session, name="rs2")
    other.establish(TWO, metadata([agent("2007"), customer("0451112223")]))
    [first] = only(End, made.send("BYE"))
    [second] = only(End, other.send("BYE"))
    assert first.call_id != second.call_id
    assert (second.facts.customer, second.facts.direction) == ("+358451112***", "out")


def test_media_is_asked_for_on_an_address_of_the_peers_own_kind() -> None:
    session = Session("rec-1", orders(addresses=("2001:db8::/32",)), ["192.0.2.1", "2001:db8::1"])
    made = Client(session)
    made.flow = replace(FLOW, local=Address("::", 5060), remote=Address("2001:db8::7", 5062))
    made.invite(sdp("1", "2", host="192.0.2.7"), BOTH)
    assert only(Allocate, made.out)[0].host == "2001:db8::1"
    assert "c=IN IP6 2001:db8::1\r\n" in answer_body(made.allocate())


def test_holds_legs_and_warnings_stay_bounded() -> None:
    made = begun()
    for index in range(120):
        made.now += 1
        told = metadata([customer(), replace(agent(f"{3000 + index}", line=""), id=f"p{index}")])
        made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    made.now += 1
    [end] = only(End, made.send("BYE"))
    assert [leg.device for leg in end.facts.legs[98:]] == ["3097", "3098", "", "3119"]
    assert end.facts.legs[100].to_us == end.facts.legs[101].from_us
    assert "legs_joined" in end.facts.warnings


def test_n15_no_digit_of_the_customer_leaves_but_in_bytes_to_be_sent() -> None:
    made = client()
    made.establish(TWO, BOTH, f"P-Asserted-Identity: <tel:{CUSTOMER}>")
    made.now += 5
    told = metadata([customer(), agent("2002")])
    made.send("UPDATE", told.encode(), "application/rs-metadata+xml")
    made.invite(sdp("1 inactive", "2 inactive"), BOTH)
    made.send("ACK")
    made.now += 5
    made.send("BYE")
    assert only(End, made.out)
    for event in made.out:
        shown = without_drawn(f"{event!r} {event}")
        assert "1234567" not in shown
        assert "34567" not in shown
        assert "Maija" not in shown
    private = repr(vars(made.session)) + repr(vars(made.session.lives))
    assert "1234567" not in private
