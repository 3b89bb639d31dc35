"""Session timers (RFC 4028): the peer refreshes, we watch and tell the session when it does not."""

import pytest

from sip.peer import SDP, Peer, Wire, established, header, headers, status_of


def test_an_offered_timer_is_echoed_with_the_peer_as_refresher() -> None:
    wire = Wire()
    wire.give(Peer().invite("Supported: timer", "Session-Expires: 1800"))
    (answer,) = wire.answer(200)
    assert header(answer, "Session-Expires") == "1800;refresher=uac"
    assert header(answer, "Require") == "timer"


def test_a_peer_that_does_not_name_the_option_is_not_made_to_know_it() -> None:
    wire = Wire()
    wire.give(Peer().invite("x: 1800;refresher=uac"))
    (answer,) = wire.answer(200)
    assert header(answer, "Session-Expires") == "1800;refresher=uac"
    assert headers(answer, "Require") == []


def test_nothing_is_imposed_on_a_peer_that_offers_no_timer() -> None:
    wire = Wire()
    wire.give(Peer().invite("Supported: timer"))
    (answer,) = wire.answer(200)
    assert headers(answer, "Session-Expires") == []


def test_too_short_an_interval_is_422_with_min_se() -> None:
    wire = Wire()
    (answer,) = wire.give(Peer().invite("Supported: timer", "Session-Expires: 89"))
    assert status_of(answer) == 422
    assert header(answer, "Min-SE") == "90"
    assert wire.events == []


def test_a_call_without_refresh_expires_and_is_reported_once() -> None:
    wire = Wire()
    established(wire, None, "Session-Expires: 90")
    wire.pass_time(89)
    assert "expired" not in wire.kinds()
    wire.pass_time(2)
    assert wire.kinds() == ["invite", "ack", "expired"]
    wire.pass_time(500)
    assert wire.kinds() == ["invite", "ack", "expired"]
    wire.endpoint.bye(wire.events[-1].dialog, wire.now)
    (bye,) = wire.take()
    assert bye.startswith(b"BYE ")


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_each_refresh_begins_the_interval_anew(method: str) -> None:
    wire = Wire()
    peer = established(wire, None, "Session-Expires: 90")
    for _ in range(5):
        wire.pass_time(45)
        wire.give(peer.next(method, "Session-Expires: 90", body=SDP))
        (answer,) = wire.answer(200)
        assert header(answer, "Session-Expires") == "90;refresher=uac"
        if method == "INVITE":
            wire.give(peer.request("ACK"))
    assert "expired" not in wire.kinds()
    wire.pass_time(91)
    assert wire.kinds()[-1] == "expired"


def test_a_refresh_without_timer_ends_the_watch() -> None:
    wire = Wire()
    peer = established(wire, None, "Session-Expires: 90")
    wire.give(peer.next("UPDATE", body=SDP))
    wire.answer(200)
    wire.pass_time(1000)
    assert "expired" not in wire.kinds()


def test_a_shorter_interval_counts_from_the_refresh() -> None:
    wire = Wire()
    peer = established(wire, None, "Session-Expires: 1800")
    wire.give(peer.next("UPDATE", "Session-Expires: 100", body=SDP))
    wire.answer(200)
    wire.pass_time(101)
    assert wire.kinds()[-1] == "expired"


def test_a_refused_refresh_changes_nothing() -> None:
    wire = Wire()
    peer = established(wire, None, "Session-Expires: 90")
    wire.pass_time(45)
    wire.give(peer.next("UPDATE", "Session-Expires: 900", body=SDP))
    wire.answer(488, b"")
    wire.pass_time(46)
    assert wire.kinds()[-1] == "expired"


@pytest.mark.parametrize(
    ("offer", "warning"),
    [
        ("1800;refresher=uas", "session_timer_is_ours_to_refresh"),
        ("soon", "bad_session_expires"),
    ],
)
def test_a_timer_we_cannot_keep_is_left_out_with_a_named_warning(offer: str, warning: str) -> None:
    wire = Wire()
    wire.give(Peer().invite(f"Session-Expires: {offer}"))
    assert wire.events[0].warnings == (warning,)
    (answer,) = wire.answer(200)
    assert headers(answer, "Session-Expires") == []
    assert wire.pass_time(5000)[-1].startswith(b"BYE ")
    assert "expired" not in wire.kinds()


def test_a_call_that_ended_does_not_expire() -> None:
    wire = Wire()
    peer = established(wire, None, "Session-Expires: 90")
    wire.give(peer.next("BYE"))
    wire.pass_time(200)
    assert wire.kinds() == ["invite", "ack", "bye"]


def test_an_interval_of_years_is_cut_to_a_day() -> None:
    wire = Wire()
    established(wire, None, "Session-Expires: 4294967295")
    wire.pass_time(86_401)
    assert wire.kinds()[-1] == "expired"
