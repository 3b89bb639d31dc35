"""The endpoint against a scripted peer: what is answered, what is reported, what is remembered."""

import pytest

from sip.peer import SDP, TCP, UDP, Peer, Wire, established, header, headers, status_of, tag_of
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.message import Request, parse


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_invite_is_answered_100_at_once_and_reported(wire: Wire) -> None:
    (trying,) = wire.give(Peer().invite())
    assert status_of(trying) == 100
    (event,) = wire.events
    assert event.kind == "invite"
    assert event.request is not None
    assert event.request.body == SDP


def test_the_2xx_carries_our_contact_a_tag_and_what_we_speak(wire: Wire) -> None:
    route = "Record-Route: <sip:edge.example.com;lr>, <sip:core.example.com;lr>"
    wire.give(Peer().invite(route))
    (answer,) = wire.answer(200)
    assert status_of(answer) == 200
    assert header(answer, "Contact") == "<sip:srs@192.0.2.9:5060>;+sip.srs"
    assert tag_of(header(answer, "To"))
    assert header(answer, "Record-Route") == route.partition(": ")[2]
    assert header(answer, "Allow") == "INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, INFO"
    assert header(answer, "Supported") == "siprec, timer"
    assert header(answer, "Content-Type") == "application/sdp"
    assert answer.endswith(SDP)


def test_over_tcp_and_ipv6_the_contact_says_so() -> None:
    flow = Flow("tcp", Address("2001:db8::9", 5060), Address("2001:db8::1", 4000), connection=3)
    wire = Wire(flow)
    wire.give(Peer(transport="TCP").invite())
    (answer,) = wire.answer(200)
    assert header(answer, "Contact") == "<sip:srs@[2001:db8::9]:5060;transport=tcp>;+sip.srs"


def test_a_retransmitted_invite_gets_the_100_again_and_no_second_event(wire: Wire) -> None:
    invite = Peer().invite()
    assert wire.give(invite) == wire.give(invite)
    assert wire.kinds() == ["invite"]


def test_a_retransmitted_invite_after_a_refusal_gets_the_refusal_again(wire: Wire) -> None:
    invite = Peer().invite()
    wire.give(invite)
    refused = wire.answer(603, b"")
    assert [status_of(data) for data in refused] == [603]
    assert wire.give(invite) == refused


def test_the_2xx_is_repeated_until_ack_and_ack_is_reported_once(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    (answer,) = wire.answer(200)
    assert wire.pass_time(3.6) == [answer, answer, answer]
    peer.learn(answer)
    ack = peer.request("ACK")
    wire.give(ack)
    wire.give(ack)
    wire.give(peer.request("ACK"))
    assert wire.kinds() == ["invite", "ack"]
    assert wire.endpoint.dropped == {"unmatched_ack": 2}
    assert wire.pass_time(60) == []


def test_a_retransmitted_invite_after_its_2xx_is_absorbed(wire: Wire) -> None:
    invite = Peer().invite()
    wire.give(invite)
    wire.answer(200)
    assert wire.give(invite) == []
    assert wire.kinds() == ["invite"]


def test_an_offerless_invite_has_its_answer_in_the_ack(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(body=b""))
    peer.learn(wire.answer(200)[0])
    wire.give(peer.request("ACK", body=SDP))
    event = wire.events[-1]
    assert event.kind == "ack"
    assert event.request is not None
    assert event.request.body == SDP


def test_a_2xx_that_nobody_acknowledges_ends_in_bye(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    wire.answer(200)
    sent = wire.pass_time(31.9)
    assert {status_of(data) for data in sent} == {200}
    bye = wire.pass_time(0.2)[-1]
    assert bye.startswith(b"BYE sip:src@192.0.2.1:5062 SIP/2.0\r\n")
    assert wire.kinds() == ["invite", "unacknowledged"]
    wire.give(peer.reply(bye))
    assert wire.pass_time(60) == []


def test_bye_is_answered_and_reported_and_its_copy_only_answered(wire: Wire) -> None:
    peer = established(wire)
    bye = peer.next("BYE")
    answer = wire.give(bye)
    assert [status_of(data) for data in answer] == [200]
    assert wire.give(bye) == answer
    assert wire.kinds() == ["invite", "ack", "bye"]
    (late,) = wire.give(peer.next("BYE"))
    assert status_of(late) == 481


def test_bye_before_the_answer_ends_the_invite_with_487(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    (ringing,) = wire.answer(180, b"")
    peer.learn(ringing)
    answers = wire.give(peer.next("BYE"))
    assert sorted(status_of(data) for data in answers) == [200, 487]
    assert wire.kinds() == ["invite", "bye"]
    assert not wire.endpoint.answer(wire.events[0].handle, 200, now=wire.now)


def test_bye_that_overtakes_the_ack_stops_the_2xx(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    peer.learn(wire.answer(200)[0])
    wire.give(peer.next("BYE"))
    assert wire.pass_time(60) == []
    assert wire.kinds() == ["invite", "bye"]


def test_cancel_before_the_answer_ends_the_invite(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(branch="z9hG4bKcancel"))
    cancel = peer.request("CANCEL", branch="z9hG4bKcancel")
    accepted, terminated = wire.give(cancel)
    assert tag_of(header(accepted, "To")) == tag_of(header(terminated, "To"))
    assert (status_of(accepted), header(accepted, "CSeq")) == (200, "1 CANCEL")
    assert (status_of(terminated), header(terminated, "CSeq")) == (487, "1 INVITE")
    assert wire.kinds() == ["invite", "cancel"]
    assert wire.events[0].handle == wire.events[1].handle
    assert not wire.endpoint.answer(wire.events[0].handle, 200, now=wire.now)
    assert wire.give(cancel) == [accepted]
    peer.learn(terminated)
    wire.give(peer.request("ACK", branch="z9hG4bKcancel"))
    assert wire.pass_time(60) == []


def test_cancel_after_the_answer_changes_nothing(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(branch="z9hG4bKlate"))
    wire.answer(200)
    (answer,) = wire.give(peer.request("CANCEL", branch="z9hG4bKlate"))
    assert status_of(answer) == 200
    assert wire.kinds() == ["invite"]


def test_cancel_of_nothing_is_481(wire: Wire) -> None:
    (answer,) = wire.give(Peer().request("CANCEL"))
    assert status_of(answer) == 481


def test_cancel_of_a_reinvite_leaves_the_dialog(wire: Wire) -> None:
    peer = established(wire)
    peer.cseq += 1
    wire.give(peer.invite(branch="z9hG4bKre"))
    wire.give(peer.request("CANCEL", branch="z9hG4bKre"))
    assert wire.kinds()[-2:] == ["reinvite", "cancel"]
    wire.give(peer.next("BYE"))
    assert wire.kinds()[-1] == "bye"


def test_a_refusal_is_repeated_until_ack(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(branch="z9hG4bKno"))
    (refusal,) = wire.answer(488, b"")
    assert wire.pass_time(1.6) == [refusal, refusal]
    peer.learn(refusal)
    wire.give(peer.request("ACK", branch="z9hG4bKno"))
    assert wire.pass_time(60) == []
    assert wire.kinds() == ["invite"]
    assert not wire.endpoint.dropped


def test_reinvite_and_update_are_reported_in_their_dialog(wire: Wire) -> None:
    peer = established(wire)
    peer.cseq += 1
    wire.give(peer.invite())
    (answer,) = wire.answer(200)
    assert header(answer, "To").endswith(f";tag={peer.to_tag}")
    wire.give(peer.request("ACK"))
    wire.give(peer.next("UPDATE", body=SDP))
    (answer,) = wire.answer(200)
    assert header(answer, "Contact") == "<sip:srs@192.0.2.9:5060>;+sip.srs"
    assert wire.kinds() == ["invite", "ack", "reinvite", "ack", "update"]
    assert len({event.dialog for event in wire.events}) == 1


def test_an_update_is_not_answered_provisionally_and_its_copy_waits(wire: Wire) -> None:
    peer = established(wire)
    update = peer.next("UPDATE", body=SDP)
    assert wire.give(update) == []
    assert wire.give(update) == []
    answer = wire.answer(200)
    assert wire.give(update) == answer


def test_options_is_answered_200_while_accepting_and_503_while_not(wire: Wire) -> None:
    (answer,) = wire.give(Peer().request("OPTIONS"))
    assert status_of(answer) == 200
    assert header(answer, "Allow")
    assert "application/sdp" in header(answer, "Accept")
    assert header(answer, "Supported") == "siprec, timer"
    wire.endpoint.accepting = False
    (answer,) = wire.give(Peer().request("OPTIONS"))
    assert status_of(answer) == 503
    assert header(answer, "Retry-After") == "10"


@pytest.mark.parametrize("method", ["REGISTER", "MESSAGE", "SUBSCRIBE", "NOTIFY", "REFER", "PRACK"])
def test_methods_we_do_not_serve_are_405_with_allow(wire: Wire, method: str) -> None:
    (answer,) = wire.give(Peer().request(method))
    assert status_of(answer) == 405
    assert "INVITE" in header(answer, "Allow")
    assert wire.endpoint.refused == {"method": 1}


def test_info_in_a_dialog_is_answered_200_and_reported(wire: Wire) -> None:
    peer = established(wire)
    (answer,) = wire.give(peer.next("INFO", body=b"x"))
    assert status_of(answer) == 200
    assert wire.kinds()[-1] == "info"


@pytest.mark.parametrize("method", ["BYE", "UPDATE", "INFO", "INVITE"])
def test_what_belongs_to_no_dialog_is_481(wire: Wire, method: str) -> None:
    (answer,) = wire.give(Peer(to_tag="nobody").request(method))
    assert status_of(answer) == 481


def test_an_ack_to_no_dialog_is_dropped_by_name(wire: Wire) -> None:
    assert wire.give(Peer(to_tag="nobody").request("ACK")) == []
    assert wire.endpoint.dropped == {"unmatched_ack": 1}


def test_require_names_the_options_nobody_knows(wire: Wire) -> None:
    (answer,) = wire.give(Peer().invite("Require: siprec, 100rel, x-more"))
    assert status_of(answer) == 420
    assert header(answer, "Unsupported") == "100rel, x-more"
    assert wire.events == []


def test_siprec_and_timer_are_understood_and_supported_is_no_demand(wire: Wire) -> None:
    wire.give(Peer().invite("Require: siprec, timer", "Supported: 100rel, replaces"))
    assert wire.kinds() == ["invite"]
    assert wire.events[0].warnings == ()


def test_options_glued_together_are_tolerated_with_a_named_warning(wire: Wire) -> None:
    wire.give(Peer().invite("Require: 100relsiprec"))
    assert wire.kinds() == ["invite"]
    assert wire.events[0].warnings == ("garbled_require",)


def test_an_older_cseq_is_refused_500(wire: Wire) -> None:
    peer = established(wire, Peer(cseq=5))
    (answer,) = wire.give(peer.request("INFO", cseq=4))
    assert status_of(answer) == 500


def test_an_offer_with_the_cseq_of_the_last_one_is_refused_500(wire: Wire) -> None:
    peer = established(wire)
    (answer,) = wire.give(peer.invite())
    assert status_of(answer) == 500
    assert wire.kinds() == ["invite", "ack"]


def test_a_second_offer_before_the_first_is_answered_is_put_off(wire: Wire) -> None:
    peer = established(wire)
    peer.cseq += 1
    wire.give(peer.invite())
    (answer,) = wire.give(peer.next("UPDATE", body=SDP))
    assert status_of(answer) == 500
    assert header(answer, "Retry-After") == "1"


def test_an_offer_that_crosses_ours_is_491(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(body=b""))
    peer.learn(wire.answer(200)[0])
    peer.cseq += 1
    (answer,) = wire.give(peer.invite())
    assert status_of(answer) == 491


def test_after_the_ack_with_the_answer_the_peer_may_offer_again(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(body=b""))
    peer.learn(wire.answer(200)[0])
    wire.give(peer.request("ACK", body=SDP))
    peer.cseq += 1
    wire.give(peer.invite())
    assert wire.kinds() == ["invite", "ack", "reinvite"]


def test_one_invite_by_two_ways_is_482_the_second_time(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    (answer,) = wire.give(peer.invite())
    assert status_of(answer) == 482


def test_an_invite_may_come_again_when_its_call_is_over(wire: Wire) -> None:
    peer = established(wire)
    wire.give(peer.next("BYE"))
    wire.give(Peer().invite(branch="z9hG4bKagain"))
    assert wire.kinds() == ["invite", "ack", "bye", "invite"]


def test_one_branch_of_two_hops_is_two_transactions(wire: Wire) -> None:
    invite = Peer().invite(branch="z9hG4bKsame")
    wire.give(invite)
    for host in (b"192.0.2.1:5063", b"192.0.2.7:5062"):
        other = invite.replace(b"UDP 192.0.2.1:5062", b"UDP " + host)
        wire.give(other.replace(b"call-1", b"call-of-" + host[-4:]))
    assert wire.kinds() == ["invite"] * 3


def test_one_call_id_from_two_senders_is_two_dialogs(wire: Wire) -> None:
    wire.give(Peer(tag="near").invite(branch="z9hG4bKn"))
    wire.give(Peer(tag="far").invite(branch="z9hG4bKf"))
    assert wire.kinds() == ["invite", "invite"]
    assert len({event.dialog for event in wire.events}) == 2


def test_our_bye_goes_to_the_contact_with_our_tag_and_cseq(wire: Wire) -> None:
    peer = established(wire)
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    (bye,) = wire.take()
    message = parse(bye)
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("BYE", "sip:src@192.0.2.1:5062")
    assert header(bye, "From") == f"<sip:srs@192.0.2.9>;tag={peer.to_tag}"
    assert header(bye, "To") == "<sip:src@192.0.2.1>;tag=peer"
    assert (message.call_id, message.cseq) == (peer.call_id, 1)
    assert message.via.branch.startswith("z9hG4bK")
    assert len(wire.pass_time(2)) == 2
    wire.give(peer.reply(bye))
    assert wire.pass_time(60) == []
    (answer,) = wire.give(peer.next("INFO"))
    assert status_of(answer) == 481


def test_our_bye_follows_a_refreshed_contact_and_the_route(wire: Wire) -> None:
    peer = established(wire, None, "Record-Route: <sip:192.0.2.1:5070;lr>, <sip:core.example;lr>")
    peer.cseq += 1
    moved = peer.invite().replace(
        b"Contact: <sip:src@192.0.2.1:5062>", b"Contact: <sip:b@10.1.1.1>"
    )
    wire.give(moved)
    wire.answer(200)
    wire.give(peer.request("ACK"))
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    (bye,) = wire.take()
    assert bye.startswith(b"BYE sip:b@10.1.1.1 SIP/2.0\r\n")
    assert headers(bye, "Route") == ["<sip:192.0.2.1:5070;lr>", "<sip:core.example;lr>"]
    assert wire.sent[-1].flow.remote == Address("192.0.2.1", 5070)


def test_our_bye_through_a_strict_router_carries_the_target_last(wire: Wire) -> None:
    established(wire, None, "Record-Route: <sip:old.example>, <sip:core.example;lr>")
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    (bye,) = wire.take()
    assert bye.startswith(b"BYE sip:old.example SIP/2.0\r\n")
    assert headers(bye, "Route") == ["<sip:core.example;lr>", "<sip:src@192.0.2.1:5062>"]


def test_our_bye_waits_for_the_ack_of_a_2xx_on_its_way(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    peer.learn(wire.answer(200)[0])
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    assert wire.take() == []
    (bye,) = wire.give(peer.request("ACK"))
    assert bye.startswith(b"BYE ")


def test_our_bye_waits_for_the_acks_of_all_2xx_on_their_way(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    peer.learn(wire.answer(200)[0])
    peer.cseq += 1
    wire.give(peer.invite())
    wire.answer(200)
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    assert wire.give(peer.request("ACK", cseq=1)) == []
    (bye,) = wire.give(peer.request("ACK", cseq=2))
    assert bye.startswith(b"BYE ")


def test_our_bye_before_the_answer_refuses_the_invite(wire: Wire) -> None:
    wire.give(Peer().invite())
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    (answer,) = wire.take()
    assert status_of(answer) == 487


def test_our_bye_never_goes_to_another_host_than_the_peer(wire: Wire) -> None:
    invite = Peer().invite().replace(b"<sip:src@192.0.2.1:5062>", b"<sip:src@203.0.113.7:9>")
    peer = Peer()
    wire.give(invite)
    peer.learn(wire.answer(200)[0])
    wire.give(peer.request("ACK"))
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    wire.take()
    assert wire.sent[-1].flow.remote == UDP.remote


@pytest.mark.parametrize(
    ("via_extra", "port", "written"),
    [
        (";rport", 30000, ";rport=30000;received=192.0.2.1"),
        ("", 5062, ""),
        (";received=9.9.9.9", 5062, ";received=9.9.9.9"),
    ],
)
def test_answers_go_to_the_source_with_rport_and_to_the_via_port_without(
    wire: Wire, via_extra: str, port: int, written: str
) -> None:
    flow = Flow("udp", UDP.local, Address("192.0.2.1", 30000))
    (trying,) = wire.give(Peer(via_extra=via_extra).invite(branch="z9hG4bKv"), flow)
    assert wire.sent[-1].flow.remote == Address("192.0.2.1", port)
    assert header(trying, "Via") == f"SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKv{written}"


def test_over_tcp_answers_stay_on_the_connection() -> None:
    wire = Wire(TCP)
    wire.give(Peer(transport="TCP", via_extra="").invite())
    assert wire.sent[-1].flow == TCP


def test_all_via_lines_come_back_in_order(wire: Wire) -> None:
    request = Peer().request("OPTIONS", branch="z9hG4bKtop")
    hops = b"Via: SIP/2.0/TCP b.example, SIP/2.0/UDP c.example\r\nVia: SIP/2.0/UDP d.example\r\nTo:"
    (answer,) = wire.give(request.replace(b"To:", hops, 1))
    assert [value.split(";")[0] for value in headers(answer, "Via")] == [
        "SIP/2.0/UDP 192.0.2.1:5062",
        "SIP/2.0/TCP b.example",
        "SIP/2.0/UDP c.example",
        "SIP/2.0/UDP d.example",
    ]


def test_branches_before_rfc_3261_are_matched_by_the_whole_request(wire: Wire) -> None:
    peer = Peer(via_extra="")
    invite = peer.invite(branch="1")
    wire.give(invite)
    wire.give(invite)
    assert wire.kinds() == ["invite"]
    (refusal,) = wire.answer(486, b"")
    peer.learn(refusal)
    wire.give(peer.request("ACK", branch="1"))
    assert wire.pass_time(60) == []


def test_branches_before_rfc_3261_need_not_be_unique(wire: Wire) -> None:
    wire.give(Peer(via_extra="").invite(branch="legacy-branch"))
    wire.give(Peer(via_extra="", call_id="other").invite(branch="legacy-branch"))
    assert wire.kinds() == ["invite", "invite"]


def test_a_hop_of_another_version_is_refused_505(wire: Wire) -> None:
    hop = b"Via: SIP/3.0/UDP b.example\r\nTo:"
    (answer,) = wire.give(Peer().request("OPTIONS").replace(b"To:", hop, 1))
    assert status_of(answer) == 505


def test_a_refusal_carries_no_record_route_and_no_contact(wire: Wire) -> None:
    wire.give(Peer().invite("Record-Route: <sip:edge.example.com;lr>"))
    (answer,) = wire.answer(488, b"")
    assert headers(answer, "Record-Route") == headers(answer, "Contact") == []


def test_a_lost_connection_cancels_who_waited_on_it() -> None:
    wire = Wire(TCP)
    established(wire, Peer(transport="TCP"))
    wire.give(Peer(transport="TCP", call_id="second@x").invite())
    wire.endpoint.connection_lost(TCP.connection, wire.now)
    wire.take()
    assert wire.kinds() == ["invite", "ack", "invite", "cancel"]
    assert wire.events[-1].request is None
    assert not wire.endpoint.answer(wire.events[-1].handle, 200, now=wire.now)
    transactions, dialogs, unanswered = wire.endpoint.sizes()
    assert (transactions, dialogs, unanswered) == (1, 1, 0)


def test_a_dialog_outlives_its_connection_and_follows_to_the_next() -> None:
    wire = Wire(TCP)
    peer = established(wire, Peer(transport="TCP"))
    wire.endpoint.connection_lost(TCP.connection, wire.now)
    again = Flow("tcp", TCP.local, Address("192.0.2.1", 40002), connection=8)
    wire.give(peer.next("INFO"), again)
    wire.endpoint.bye(wire.events[0].dialog, wire.now)
    wire.take()
    assert wire.sent[-1].flow == again


def test_too_many_transactions_are_refused_503_but_a_bye_is_not(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = established(wire)
    monkeypatch.setattr("vaiti.capture.sip.transaction.MAX_TRANSACTIONS", 1)
    (answer,) = wire.give(Peer(call_id="other").invite())
    assert status_of(answer) == 503
    assert header(answer, "Retry-After") == "10"
    (answer,) = wire.give(peer.next("INFO"))
    assert status_of(answer) == 503
    assert wire.endpoint.refused == {"full": 2}
    (answer,) = wire.give(peer.next("BYE"))
    assert status_of(answer) == 200


def test_too_many_dialogs_are_refused_503(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    established(wire)
    monkeypatch.setattr("vaiti.capture.sip.dialog.MAX_DIALOGS", 1)
    (answer,) = wire.give(Peer(call_id="other").invite())
    assert status_of(answer) == 503


def test_nothing_is_left_of_a_finished_call(wire: Wire) -> None:
    peer = established(wire)
    wire.give(peer.next("BYE"))
    wire.pass_time(64)
    assert wire.endpoint.next_deadline() is None
    assert wire.endpoint.sizes() == (0, 0, 0)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\r\n\r\n", "keep_alive"),
        (b"\x00\x01\x02", "no_sip"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "no_sip"),
        (b"SIP/2.0 200 OK\r\n\r\n", "broken_response"),
        (b"INVITE sip:a@b SIP/2.0\r\nFrom: <sip:", "no_sip"),
        (b"ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\r\n", "broken_ack"),
    ],
)
def test_what_nobody_can_answer_is_dropped_by_name(wire: Wire, data: bytes, reason: str) -> None:
    assert wire.give(data) == []
    assert wire.endpoint.dropped == {reason: 1}


def test_headers_with_broken_quotes_do_not_break_the_answer(wire: Wire) -> None:
    broken = ('Supported: "timer, x', "Session-Expires: 90", 'Record-Route: "<sip:a;lr>, b')
    wire.give(Peer().invite(*broken, 'Accept: "application/sdp", application/sdp'))
    (answer,) = wire.answer(200)
    assert status_of(answer) == 200
    (answer,) = wire.give(Peer(call_id="other").invite('Require: "siprec, x'))
    assert header(answer, "Unsupported") == '"siprec, x'


def test_half_an_invite_is_answered_400(wire: Wire) -> None:
    data = Peer().invite()
    (answer,) = wire.give(data[: data.index(b"Call-ID")])
    assert status_of(answer) == 400
    assert wire.endpoint.refused == {"malformed": 1}


def test_the_captured_double_content_type_is_a_warning(wire: Wire) -> None:
    peer = established(wire)
    bye = peer.next(
        "BYE", "Content-Type: application/rs-metadata+xml", "Content-Type:", body=b"<x/>"
    )
    wire.give(bye)
    event = wire.events[-1]
    assert event.kind == "bye"
    assert event.warnings == ("repeated_header",)
    assert event.request is not None
    assert event.request.content_type == "application/rs-metadata+xml"


def test_nothing_personal_shows_in_what_can_be_printed(wire: Wire) -> None:
    number = "+358401234567"
    wire.give(Peer(call_id=f"{number}@x").invite(uri=f"sip:{number}@192.0.2.9"))
    (event,) = wire.events
    assert number not in repr(event)
    assert number not in repr(wire.sent)
    assert number not in repr(wire.endpoint.__dict__)
