"""What recorders before ours stumbled over: each case of docs/siprec.md, by its number."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from capture_pure.scripted import (
    CUSTOMER,
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
from vaiti.capture.events import Allocate, Begin, Draft, End, Expect, Forget, Report, Send
from vaiti.capture.orders import Orders
from vaiti.capture.session import reports
from vaiti.capture.session.rejoining import LONE_S
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import AgentLeg, Manifest, Span, Track

BOTH = metadata([customer(), agent()])
TWO = sdp("1", "2")
AT = round(NOW * 1e6)
SECOND = 1_000_000
METADATA = "application/rs-metadata+xml"


def client(under: Orders | None = None, name: str = "rs1", **settings: object) -> Client:
    session = Session("rec-1", under or orders(**settings), ["192.0.2.1"])  # type: ignore[arg-type]
    return Client(session, name=name)


def begun(**settings: object) -> Client:
    made = client(None, **settings)
    made.establish(TWO, BOTH)
    made.out.clear()
    return made


def ended(made: Client) -> Manifest:
    """After BYE, and the time in which a session of the same group might follow."""
    waits = (lambda: made.send("BYE"), lambda: made.wait(LONE_S), lambda: made.wait(5))
    *_, end = next(ends for ends in (only(End, wait()) for wait in waits) if ends)
    return end.facts


def ok(out: Sequence[object]) -> bytes:
    """The newest 200 to an offer."""
    sent = [each.data for each in only(Send, out) if each.data.startswith(b"SIP/2.0 200")]
    return sent[-1]


def m_lines(out: Sequence[object]) -> list[str]:
    return re.findall("m=.*", answer_body(out))


def directions(out: Sequence[object]) -> list[str]:
    return re.findall("a=(recvonly|inactive|sendonly|sendrecv)", answer_body(out))


@pytest.mark.parametrize("labels", [("1", "2"), ("inbound", "outbound"), ("16777227", "a_leg")])
def test_e01_the_labels_of_the_offer_stand_in_the_answer(labels: tuple[str, str]) -> None:
    out = client().establish(sdp(*labels), BOTH)
    assert re.findall("a=label:(.*?)\r", answer_body(out)) == list(labels)


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
def test_e02_every_offer_is_answered_whole_with_unchanged_ports(method: str) -> None:
    made = client()
    first = made.establish(TWO, BOTH)
    again = made.send(method, TWO.encode(), "application/sdp")
    assert (
        m_lines(again)
        == m_lines(first)
        == ["m=audio 30000 RTP/AVP 8 0 101\r", "m=audio 30002 RTP/AVP 8 0 101\r"]
    )
    assert b"\r\nContact: <sip:" in ok(again)


def test_e03_each_direction_is_worked_out_anew_for_every_offer() -> None:
    made = client()
    for offered, answered in [
        (("inactive", "sendonly"), ["inactive", "recvonly"]),
        (("sendonly", "inactive"), ["recvonly", "inactive"]),
        (("sendrecv", "recvonly"), ["recvonly", "inactive"]),
        (("sendonly", "sendonly"), ["recvonly", "recvonly"]),
    ]:
        offer = sdp(f"1 {offered[0]}", f"2 {offered[1]}")
        out = made.invite(offer, "") if made.our_tag else made.establish(offer, BOTH)
        made.send("ACK")
        assert directions(out) == answered


def test_e05_the_recorder_never_sends_an_offer_of_its_own_accord() -> None:
    made = client()
    refresh = ("Supported: timer", "Session-Expires: 90;refresher=uas")
    made.establish(TWO, BOTH, *refresh)
    for _ in range(200):
        made.wait(30)
    requests = {each.data.split()[0] for each in only(Send, made.out)} - {b"SIP/2.0"}
    assert requests <= {b"BYE"}


def test_e06_a_lost_bye_is_found_by_the_session_timer() -> None:
    made = client()
    made.establish(TWO, BOTH, "Supported: timer,100rel", "Session-Expires: 1800", "Min-SE: 90")
    made.session.last_heard(made.call_id, {0: AT + 700 * SECOND}, made.now)
    made.wait(1_801)
    made.session.last_heard(made.call_id, {0: AT + 700 * SECOND}, made.now)
    made.take()
    [end] = only(End, made.out)
    assert (end.facts.ended_us, end.facts.ended_by) == (AT + 700 * SECOND, "silence")


def test_e07_the_answer_is_a_plain_description_even_to_a_multipart_offer() -> None:
    data = ok(client().establish(TWO, BOTH))
    assert b"\r\nContent-Type: application/sdp\r\n" in data
    assert b"multipart" not in data


def test_e08_neither_metadata_nor_labels_are_needed() -> None:
    made = client()
    offer = re.sub("a=label:.*\r\n", "", TWO)
    made.send("INVITE", offer.encode(), "application/sdp", "P-Called-Party-ID: <tel:" + LINE + ">")
    assert statuses(made.allocate()) == [200]
    made.send("ACK")
    facts = ended(made)
    assert (facts.line, facts.direction) == (LINE, "in")
    assert {"metadata_missing", "sdp_label_missing"} <= set(facts.warnings)


@pytest.mark.parametrize("require", ["", "Require: siprec", "Require: 100relsiprec"])
def test_e09_no_single_header_makes_a_recording_session(require: str) -> None:
    made = client()
    kind, body = multipart(TWO, BOTH)
    made.send("INVITE", body, kind, *filter(None, [require, "Contact: <sip:src@198.51.100.7>"]))
    out = made.allocate()
    assert statuses(out) == [200]
    assert b"\r\nContact: <sip:srs@192.0.2.1:5060>;+sip.srs\r\n" in ok(out)


def test_e10_line_feeds_and_lengths_of_parts_may_be_wrong() -> None:
    made = client()
    body = multipart(TWO, BOTH)[1].replace(b"\r\n", b"\n")
    body = body.replace(b"application/sdp\n", b"application/sdp\nContent-Length: 17\n")
    made.send("INVITE", body, "multipart/mixed;boundary=b")
    assert statuses(made.allocate()) == [200]
    assert "body_part_length_wrong" in ended(made).warnings


@pytest.mark.parametrize(
    "kind",
    ["Content-Type:application/rs-metadata+xml", "Content-Type: application/rs-metadata",
     "content-type :application/rs-metadata+xml;charset=utf-8"],
)  # fmt: skip
def test_e11_the_metadata_part_is_found_under_each_of_its_names(kind: str) -> None:
    made = client()
    body = multipart(TWO, BOTH)[1].replace(
        b"Content-Type: application/rs-metadata+xml", kind.encode()
    )
    made.send("INVITE", body, "multipart/mixed;boundary=b")
    made.allocate()
    assert ended(made).customer == "+358401234***"


def test_e12_short_ids_and_missing_streams_are_taken() -> None:
    told = BOTH.replace("participant_id=", "id=", 2).replace("stream_id=", "id=")
    told = re.sub("<stream .*?</stream>", "", told)
    made = client()
    made.establish(TWO, told)
    facts = ended(made)
    assert [leg.device for leg in facts.legs] == ["2001"]
    assert [track.role for track in facts.tracks] == ["customer", "agent"]
    assert "roles_by_order" in facts.warnings


@pytest.mark.parametrize("mode", ["complete", "partial"])
def test_e13_metadata_in_a_bye_ends_the_call_and_no_more(mode: str) -> None:
    made = begun()
    made.now += 10
    told = metadata([Party("p-customer", [], None, left=True)], mode=mode)
    [end] = only(End, made.send("BYE", told.encode(), METADATA))
    assert end.facts.legs == (AgentLeg("2001", AT, AT + 10 * SECOND),)
    assert [track.role for track in end.facts.tracks] == ["customer", "agent"]


def test_e14_metadata_may_come_alone_and_so_may_a_description() -> None:
    made = begun()
    made.now += 5
    moved = metadata([customer(), agent("2002")])
    for method in ("UPDATE", "INVITE"):
        out = made.send(method, moved.encode(), METADATA)
        assert statuses(out) == [200]
        made.send("ACK")
    made.now += 5
    out = made.send("INVITE", sdp("1 inactive", "2 inactive").encode(), "application/sdp")
    assert directions(out) == ["inactive", "inactive"]
    made.now += 5
    facts = ended(made)
    assert [leg.device for leg in facts.legs] == ["2001", "2002"]
    assert facts.holds == (Span(AT + 10 * SECOND, AT + 15 * SECOND),)


def test_e14_metadata_may_come_before_the_description_in_the_body() -> None:
    made = client()
    kind, body = multipart(TWO, BOTH)
    first, second = body.split(b"--b\r\n")[1:]
    turned = b"--b\r\n" + second.replace(b"--b--\r\n", b"") + b"--b\r\n" + first + b"--b--\r\n"
    made.send("INVITE", turned, kind)
    made.allocate()
    assert ended(made).customer == "+358401234***"


def telephone(end: str, more: str = "") -> str:
    """From of a telephone that records: CUCM's built-in bridge, one session for each voice."""
    return (
        f"<sip:2001@ucm.example;x-{end};x-refci=21942312;x-nearenddevice=SEP0; x-farendrefci=219423"
        f"13;x-farenddevice=TRUNK;x-farendaddr={CUSTOMER}{more}>"
    )


def bridge(session: Session, name: str, end: str) -> Client:
    """An offerless INVITE; the answer comes in the ACK."""
    made = Client(session, name=name)
    made.sender = telephone(end)
    made.send("INVITE", b"", "", f"P-Called-Party-ID: <tel:{LINE}>")
    assert directions(made.allocate(31_000 if end == "farend" else 30_000)) == ["recvonly"]
    made.send("ACK", sdp("x").replace("a=label:x\r\n", "").encode(), "application/sdp")
    return made


@pytest.mark.parametrize("order", [("nearend", "farend"), ("farend", "nearend")])
def test_e15_two_sessions_of_one_telephone_are_one_call(order: tuple[str, str]) -> None:
    session = client().session
    first = bridge(session, "rs1", order[0])
    second = bridge(session, "rs2", order[1])
    assert session.calls == 1
    roles = {"nearend": "agent", "farend": "customer"}
    assert len(only(Begin, first.out + second.out)) == 1
    first.now = second.now = NOW + 10
    out = first.send("BYE")
    assert statuses(out) == [200]
    out += second.send("BYE")
    [end] = only(End, out)
    assert [track.role for track in end.facts.tracks] == [roles[each] for each in order]
    assert (end.facts.customer, end.facts.line) == ("+358401234***", LINE)
    assert end.facts.legs == (AgentLeg("2001", AT, AT + 10 * SECOND),)
    assert "another_session" in end.facts.warnings


def test_e15_the_call_ends_with_the_customers_session_and_not_with_the_agents() -> None:
    session = client().session
    near, far = bridge(session, "rs1", "nearend"), bridge(session, "rs2", "farend")
    near.now = NOW + 10
    out = near.send("BYE")
    assert only(End, out) == []
    assert not any(each.active for each in only(Expect, out))
    far.now = NOW + 12
    [end] = only(End, far.send("BYE"))
    assert end.facts.ended_us == AT + 12 * SECOND
    near, far = bridge(session, "rs3", "nearend"), bridge(session, "rs4", "farend")
    far.now = NOW + 20
    out = far.send("BYE")
    assert len(only(End, out)) == 1
    assert any(each.data.startswith(b"BYE ") for each in only(Send, out))


def test_e15_one_of_two_sessions_that_is_cancelled_or_lost_leaves_the_other() -> None:
    session = client().session
    far = bridge(session, "rs1", "farend")
    near = Client(session, name="rs2", sender=telephone("nearend"))
    near.send("INVITE", b"", "", f"P-Called-Party-ID: <tel:{LINE}>")
    session.not_allocated(far.call_id, "no_port", near.now)
    assert statuses(near.take()) == [500]
    assert only(End, near.out) == []
    assert ended(far).customer == "+358401234***"


def test_e16_participants_and_their_m_lines_are_named_in_headers_without_metadata() -> None:
    made = client()
    made.send(
        "INVITE",
        sdp("a", "b").replace("a=label:a\r\n", "").replace("a=label:b\r\n", "").encode(),
        "application/sdp",
        'X-Cisco-Recording-Participant: <sip:2001@cube.example>;media-index="1"',
        f'X-Cisco-Recording-Participant: sip:{CUSTOMER}@cube.example;media-index="0"',
        f"Diversion: <tel:{LINE}>",
    )
    made.allocate()
    facts = ended(made)
    assert (facts.customer, facts.direction) == ("+358401234***", "in")
    assert [track.role for track in facts.tracks] == ["customer", "agent"]
    assert [leg.device for leg in facts.legs] == ["2001"]


def test_e17_a_stream_that_comes_later_is_kept_and_ringing_flaps_do_no_harm() -> None:
    made = client()
    made.establish(sdp("1"), BOTH)
    for direction in ("inactive", "sendonly", "inactive", "sendonly"):
        made.now += 1
        made.invite(sdp(f"1 {direction}"), "")
        made.send("ACK")
    asked = made.invite(TWO, "")
    assert [each.tracks for each in only(Allocate, asked)] == [(1,)]
    made.allocate(31_000)
    made.send("ACK")
    facts = ended(made)
    assert [track.role for track in facts.tracks] == ["customer", "agent"]
    assert len(facts.holds) == 2
    assert len(only(Begin, made.out)) == 1


def test_e18_video_and_dropped_lines_are_answered_with_port_0_in_their_place() -> None:
    video = "m=video 50000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=sendonly\r\na=label:9\r\n"
    offer = sdp("1", "2")
    at = offer.index("m=audio 40002")
    made = client()
    out = made.establish(offer[:at] + video + offer[at:], BOTH)
    assert [line.split()[1] for line in m_lines(out)] == ["30000", "0", "30002"]
    dropped = (offer[:at] + video + offer[at:]).replace("m=video 50000", "m=video 0")
    again = made.invite(dropped, "")
    assert [line.split()[1] for line in m_lines(again)] == ["30000", "0", "30002"]
    made.send("ACK")
    assert [track.role for track in ended(made).tracks] == ["customer", "agent"]


def test_e18_a_recorded_line_that_is_closed_and_opened_again_keeps_its_track() -> None:
    made = begun()
    made.now += 5
    closed = made.invite(sdp("1", "2 sendonly 0"), "")
    made.send("ACK")
    assert [(each.track, each.active) for each in only(Expect, closed)] == [(1, False)]
    made.now += 5
    opened = made.invite(TWO, "")
    made.send("ACK")
    assert [line.split()[1] for line in m_lines(opened)] == ["30000", "30002"]
    assert [(each.track, each.active) for each in only(Expect, opened)] == [(1, True)]
    facts = ended(made)
    assert facts.tracks == (Track(0, "1", "customer"), Track(1, "2", "agent"))
    assert facts.holds == (Span(AT + 5 * SECOND, AT + 10 * SECOND),)


def test_e19_a_codec_may_change_in_place_and_keep_its_name_under_another_number() -> None:
    made = begun()
    renumbered = sdp("1").replace("RTP/AVP 8 0 101", "RTP/AVP 96 101")
    renumbered = renumbered.replace("a=rtpmap:8 PCMA/8000", "a=rtpmap:96 PCMA/8000")
    out = made.invite(renumbered, "")
    changed = next(each for each in only(Expect, out) if each.track == 0)
    assert changed.codecs[96] == ("PCMA", 8000)
    assert changed.codecs[8] == ("PCMA", 8000)
    assert "m=audio 30000 RTP/AVP 96 101" in answer_body(out)


def test_e23_key_presses_are_ignored_under_every_number_and_clock() -> None:
    made = client()
    offer = sdp("1").replace("RTP/AVP 8 0 101", "RTP/AVP 8 96 107 126")
    offer = offer.replace(
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:96 telephone-event/8000\r\na=rtpmap:107 telephone-event/48000\r\n"
        "a=rtpmap:126 Telephone-Event/8000",
    )
    out = made.establish(offer, BOTH)
    [expect] = only(Expect, out)
    assert {name.lower() for name in expect.ignored.values()} == {"telephone-event"}
    assert expect.ignored.keys() == {96, 107, 126}
    assert expect.codecs == {8: ("PCMA", 8000)}


def test_e24_an_offer_counts_although_its_version_stands_still() -> None:
    made = begun()
    host = "198.51.100.7"
    moved = sdp("1", "2").replace(f"c=IN IP4 {host}\r\nt=0 0\r\n", "t=0 0\r\n")
    moved = moved.replace("m=audio 40000 RTP/AVP 8 0 101\r\n", "m=audio 41000 RTP/AVP 8 0 101\r\n"
                          "c=IN IP4 198.51.100.99\r\na=rtcp:41001\r\n")  # fmt: skip
    out = made.invite(moved, "")
    places = {each.track: (each.remote.host, each.remote.port) for each in only(Expect, out)}
    assert places[0] == ("198.51.100.99", 41_000)


def test_e26_options_say_whether_a_call_would_be_taken() -> None:
    made = client()
    assert statuses(made.send("OPTIONS")) == [200]
    made.our_tag = ""
    made.session.refuse_new("disk_full")
    out = made.send("OPTIONS")
    assert statuses(out) == [503]
    assert b"\r\nRetry-After: " in only(Send, out)[0].data


def unique(told: str, name: str = "2f1b8c1e0d5a4c7f9e61") -> str:
    return told.replace('"cs"', f'"{name}"').replace("'cs'", f"'{name}'")


def test_e27_the_same_session_sent_twice_is_kept_once() -> None:
    first = client()
    first.establish(TWO, unique(BOTH))
    second = Client(first.session, name="rs2", now=first.now)
    out = second.establish(TWO, unique(BOTH))
    assert statuses(out) == [200]
    assert directions(out) == ["recvonly", "recvonly"]
    assert only(Begin, out) == []
    first.now = second.now = NOW + 10
    facts = ended(first)
    assert "second_session" in facts.warnings
    out = second.send("BYE")
    assert only(End, out) == []
    assert len(only(Forget, out)) == 1
    assert first.session.calls == 0


def test_e27_what_is_sent_twice_is_kept_from_the_second_when_the_first_is_lost() -> None:
    first = client()
    first.establish(TWO, unique(BOTH), "Supported: timer", "Session-Expires: 90")
    second = Client(first.session, name="rs2", now=first.now)
    second.establish(TWO, unique(BOTH))
    out = first.wait(91)
    [begin] = only(Begin, out)
    assert begin.call_id == second.call_id
    second.now = first.now + 5
    assert ended(second).started_us == AT + 91 * SECOND


def test_e27_a_second_session_that_goes_on_after_the_first_is_kept_from_then() -> None:
    first = client()
    first.establish(TWO, unique(BOTH))
    second = Client(first.session, name="rs2", now=first.now)
    second.establish(TWO, unique(BOTH))
    second.now = first.now = NOW + 10
    ended(first)
    assert only(Begin, second.wait(4)) == []
    [begin] = only(Begin, second.wait(2))
    assert begin.call_id == second.call_id
    assert ended(second).ended_by == "bye"


def test_e27_what_the_customer_objected_to_is_not_kept_from_a_second_session() -> None:
    first = client()
    first.establish(TWO, unique(BOTH))
    assert first.session.drop(first.call_id, ["2001"], first.now)
    first.take()
    second = Client(first.session, name="rs2", now=first.now)
    out = second.establish(TWO, unique(BOTH))
    assert statuses(out) == [200]
    out += second.send("BYE") + first.send("BYE")
    assert only(Begin, out) == only(End, out) == []


@pytest.mark.parametrize("told", [BOTH, unique(BOTH).replace(CUSTOMER, "+358501112223")])
def test_e27_a_short_or_shared_identifier_makes_no_call_vanish(told: str) -> None:
    """A sender that gives all calls one identifier loses none by it."""
    first = client()
    first.establish(TWO, BOTH if told is BOTH else unique(BOTH))
    second = Client(first.session, name="rs2", now=first.now)
    assert len(only(Begin, second.establish(TWO, told))) == 1


def grouped(told: str, session: str) -> str:
    group = '<group group_id="7+OTCyoxTmqmqyA/1weDAg=="/>'
    return unique(told, session).replace("<session ", f"{group}<session ")


def test_e28_a_new_session_of_the_same_group_goes_on_with_the_call() -> None:
    first = client()
    first.establish(TWO, grouped(BOTH, "11111111111111111111"))
    second = Client(first.session, name="rs2", now=NOW + 20)
    moved = metadata([customer(label="3"), agent("2002", label="4")])
    second.establish(sdp("3", "4"), grouped(moved, "22222222222222222222"))
    first.now = NOW + 21
    assert only(End, first.send("BYE")) == []
    second.now = NOW + 30
    facts = ended(second)
    assert first.session.calls == 0
    assert facts.legs == (
        AgentLeg("2001", AT, AT + 21 * SECOND),
        AgentLeg("2002", AT + 20 * SECOND, AT + 30 * SECOND),
    )
    assert [track.role for track in facts.tracks] == ["customer", "agent", "customer", "agent"]
    assert (facts.started_us, facts.ended_us) == (AT, AT + 30 * SECOND)


def test_e28_another_customers_session_of_the_same_group_is_a_call_of_its_own() -> None:
    first = client()
    first.establish(TWO, grouped(BOTH, "11111111111111111111"))
    second = Client(first.session, name="rs2", now=NOW)
    other = metadata([customer("+358501112223"), agent("2002")])
    out = second.establish(TWO, grouped(other, "22222222222222222222"))
    assert len(only(Begin, out)) == 1
    assert first.session.calls == 2


def test_e28_participants_swap_on_the_same_dialog_and_conferences_grow() -> None:
    made = begun()
    made.now += 10
    third = replace_label(agent("2003"), "2")
    out = made.send("UPDATE", metadata([customer(), agent(), third]).encode(), METADATA)
    assert len(only(Draft, out)) == 1
    made.now += 10
    gone = metadata([Party("p-2001", [], None, left=True)], mode="partial")
    made.send("UPDATE", gone.encode(), METADATA)
    made.now += 10
    assert ended(made).legs == (
        AgentLeg("2001", AT, AT + 20 * SECOND),
        AgentLeg("2003", AT + 10 * SECOND, AT + 30 * SECOND),
    )


def replace_label(party: Party, label: str) -> Party:
    return Party(party.id, party.addresses, [label])


def test_e29_voices_follow_the_label_and_never_the_order() -> None:
    crossed = metadata([customer(label="2"), agent(label="1")])
    for told in (crossed, metadata([agent(label="1"), customer(label="2")])):
        made = client()
        made.establish(TWO, told)
        assert [track.role for track in ended(made).tracks] == ["agent", "customer"]


def test_e30_sockets_are_open_before_the_answer_goes_out() -> None:
    made = client()
    asked = made.invite(TWO, BOTH)
    assert statuses(asked) == []
    out = made.allocate()
    kinds = [type(each) for each in out]
    assert kinds.index(Begin) < kinds.index(Send)
    assert kinds.index(Expect) < kinds.index(Begin)


@pytest.mark.parametrize("code", [403, 480, 603])
def test_e31_a_call_that_may_not_be_recorded_gets_the_code_of_its_peer(code: int) -> None:
    made = client(refuse_code=code)
    out = made.establish(TWO, metadata([customer(), agent(line="+358991112223")]))
    assert statuses(out) == [code]


def test_e32_after_a_bye_nothing_happens_twice() -> None:
    made = client()
    made.establish(TWO, BOTH)
    call = made.call_id
    bye = made.send("BYE")
    assert len(only(End, bye)) == 1
    made.cseq -= 1
    again = made.send("BYE")
    late = made.invite(TWO, BOTH)
    assert only(End, again + late) == []
    assert statuses(again) == [200]
    assert statuses(late) == [481]
    made.session.last_heard(call, {0: AT}, made.now)
    assert made.take() == []


def test_e33_a_rush_of_calls_from_a_listed_peer_is_no_flood() -> None:
    session = Session("rec-1", orders(calls=1_000), ["192.0.2.1"])
    for number in range(300):
        made = Client(session, name=f"rs{number}")
        assert statuses(made.establish(TWO, BOTH)) == [200]
    assert session.calls == 300
    assert [each for each in only(Report, made.out) if each.kind != reports.SILENCE] == []


def test_the_page_has_a_row_and_a_test_for_each_of_the_33_cases() -> None:
    root = Path(__file__).resolve().parents[2]
    rows = re.findall(r"^\| E(\d+) \|", (root / "docs" / "siprec.md").read_text(), re.MULTILINE)
    assert [int(each) for each in rows] == list(range(1, 34))
    sources = "".join(each.read_text() for each in (root / "tests").rglob("test_*.py"))
    named = {int(each) for each in re.findall(r"def test_[a-z0-9_]*?e(\d\d)_", sources)}
    assert named >= set(range(1, 34))


def test_each_of_the_33_cases_has_a_test_that_carries_its_number() -> None:
    sources = "".join(path.read_text() for path in Path(__file__).parents[1].rglob("test_*.py"))
    told = set(re.findall(r"def test_(?:n[0-9]{2}_)*e([0-9]{2})_", sources))
    assert told == {f"{number:02}" for number in range(1, 34)}
