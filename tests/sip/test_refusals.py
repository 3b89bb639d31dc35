"""What the endpoint refuses by itself, what it drops, and what it bears with a warning."""

import pytest

from sip.peer import SDP, Peer, Wire, established, header, status_of


def test_cancel_of_nothing_is_481(wire: Wire) -> None:
    (answer,) = wire.give(Peer().request("CANCEL"))
    assert status_of(answer) == 481


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


@pytest.mark.parametrize("method", ["BYE", "UPDATE", "INFO", "INVITE"])
def test_what_belongs_to_no_dialog_is_481(wire: Wire, method: str) -> None:
    (answer,) = wire.give(Peer(to_tag="nobody").request(method))
    assert status_of(answer) == 481


def test_an_ack_to_no_dialog_is_dropped_by_name(wire: Wire) -> None:
    assert wire.give(Peer(to_tag="nobody").request("ACK")) == []
    assert wire.endpoint.dropped == {"unmatched_ack": 1}


def test_require_names_the_options_nobody_knows(wire: Wire) -> None:
    (answer,) = wire.give(Peer().invite("Require: siprec, 100rel, precondition, x-more"))
    assert status_of(answer) == 420
    assert header(answer, "Unsupported") == "precondition, x-more"
    assert wire.events == []


def test_siprec_and_timer_are_understood_and_supported_is_no_demand(wire: Wire) -> None:
    wire.give(Peer().invite("Require: siprec, timer, 100rel", "Supported: 100rel, replaces"))
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


def test_one_invite_by_two_ways_is_482_the_second_time(wire: Wire) -> None:
    peer = Peer()
    wire.give(peer.invite())
    (answer,) = wire.give(peer.invite())
    assert status_of(answer) == 482


def test_a_hop_of_another_version_is_refused_505(wire: Wire) -> None:
    hop = b"Via: SIP/3.0/UDP b.example\r\nTo:"
    (answer,) = wire.give(Peer().request("OPTIONS").replace(b"To:", hop, 1))
    assert status_of(answer) == 505


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
