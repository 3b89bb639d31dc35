"""The endpoint against a scripted peer: what is answered, reported, remembered and forgotten."""

from sip.peer import SDP, Peer, Wire, established, header, headers, status_of, tag_of
from vaiti.capture.sip.flow import Address, Flow


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


def test_info_in_a_dialog_is_answered_200_and_reported(wire: Wire) -> None:
    peer = established(wire)
    (answer,) = wire.give(peer.next("INFO", body=b"x"))
    assert status_of(answer) == 200
    assert wire.kinds()[-1] == "info"


def test_after_the_ack_with_the_answer_the_peer_may_offer_again(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite(body=b""))
    peer.learn(wire.answer(200)[0])
    wire.give(peer.request("ACK", body=SDP))
    peer.cseq += 1
    wire.give(peer.invite())
    assert wire.kinds() == ["invite", "ack", "reinvite"]


def test_an_invite_may_come_again_when_its_call_is_over(wire: Wire) -> None:
    peer = established(wire)
    wire.give(peer.next("BYE"))
    wire.give(Peer().invite(branch="z9hG4bKagain"))
    assert wire.kinds() == ["invite", "ack", "bye", "invite"]


def test_one_call_id_from_two_senders_is_two_dialogs(wire: Wire) -> None:
    wire.give(Peer(tag="near").invite(branch="z9hG4bKn"))
    wire.give(Peer(tag="far").invite(branch="z9hG4bKf"))
    assert wire.kinds() == ["invite", "invite"]
    assert len({event.dialog for event in wire.events}) == 2


def test_a_refusal_carries_no_record_route_and_no_contact(wire: Wire) -> None:
    wire.give(Peer().invite("Record-Route: <sip:edge.example.com;lr>"))
    (answer,) = wire.answer(488, b"")
    assert headers(answer, "Record-Route") == headers(answer, "Contact") == []


def test_nothing_is_left_of_a_finished_call(wire: Wire) -> None:
    peer = established(wire)
    wire.give(peer.next("BYE"))
    wire.pass_time(64)
    assert wire.endpoint.next_deadline() is None
    assert wire.endpoint.sizes() == (0, 0, 0)


def test_nothing_personal_shows_in_what_can_be_printed(wire: Wire) -> None:
    number = "+358401234567"
    wire.give(Peer(call_id=f"{number}@x").invite(uri=f"sip:{number}@192.0.2.9"))
    (event,) = wire.events
    assert number not in repr(event)
    assert number not in repr(wire.sent)
    assert number not in repr(wire.endpoint.__dict__)
