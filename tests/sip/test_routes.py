"""Where answers and our BYE go, and what tells one transaction from another."""

import pytest

from sip.peer import TCP, UDP, Peer, Wire, established, header, headers, status_of
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.message import Request, parse


def test_one_branch_of_two_hops_is_two_transactions(wire: Wire) -> None:
    invite = Peer().invite(branch="z9hG4bKsame")
    wire.give(invite)
    for host in (b"192.0.2.1:5063", b"192.0.2.7:5062"):
        other = invite.replace(b"UDP 192.0.2.1:5062", b"UDP " + host)
        wire.give(other.replace(b"call-1", b"call-of-" + host[-4:]))
    assert wire.kinds() == ["invite"] * 3


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
