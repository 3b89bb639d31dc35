"""Offers as senders write them, and what they are answered."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vaiti.capture import sdp

HEAD = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\n"
OURS = "v=0\r\no=vaiti 7 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"


def answered(offer: str, ports: dict[int, int], host: str = "192.0.2.1") -> str:
    return sdp.answer(sdp.parse(offer.encode()), sdp.Ours(host, 7, ports), 1).decode()


def test_an_answer_keeps_order_and_labels_and_closes_what_is_not_taken() -> None:
    offer = (
        f"{HEAD}c=IN IP4 192.0.2.9\r\n"
        "m=video 5000 RTP/AVP 31\r\na=label:v\r\n"
        "m=audio 6000 RTP/AVP 18 8 101 0\r\na=ptime:20\r\na=rtpmap:101 telephone-event/8000\r\n"
        "a=label:16777227\r\na=sendonly\r\n"
        "m=audio 6002 RTP/SAVP 0\r\na=label:2\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"
        "m=audio 0 RTP/AVP 0\r\n"
    )
    assert sdp.parse(offer.encode()).acceptable == (1,)
    assert answered(offer, {1: 30_000}) == (
        f"{OURS}m=video 0 RTP/AVP 31\r\n"
        "m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
        "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=recvonly\r\n"
        "a=label:16777227\r\n"
        "m=audio 0 RTP/SAVP 0\r\n"
        "m=audio 0 RTP/AVP 0\r\n"
    )


@pytest.mark.parametrize(
    ("offered", "answer", "sending"),
    [
        ("a=sendonly\r\n", "recvonly", True),
        ("a=sendrecv\r\n", "recvonly", True),
        ("", "recvonly", True),
        ("a=inactive\r\n", "inactive", False),
        ("a=recvonly\r\n", "inactive", False),
    ],
)
def test_each_stream_is_answered_in_its_own_direction(
    offered: str, answer: str, sending: bool
) -> None:
    offer = f"{HEAD}c=IN IP4 192.0.2.9\r\nm=audio 6000 RTP/AVP 0\r\n{offered}"
    assert f"\r\na={answer}\r\n" in answered(offer, {0: 30_000})
    assert sdp.parse(offer.encode()).media[0].sending is sending


def test_a_direction_of_the_session_holds_for_streams_without_their_own() -> None:
    offer = (
        f"{HEAD}a=inactive\r\nm=audio 6000 RTP/AVP 0\r\nm=audio 6002 RTP/AVP 0\r\na=sendonly\r\n"
    )
    assert [each.direction for each in sdp.parse(offer.encode()).media] == ["inactive", "sendonly"]


def test_addresses_stand_with_the_stream_or_with_the_session_in_both_families() -> None:
    offer = (
        f"{HEAD}c=IN IP4 192.0.2.9\r\nm=audio 6000 RTP/AVP 0\r\n"
        "m=audio 6002 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\na=rtcp:6003\r\n"
        "m=audio 6004 RTP/AVP 0\r\nc=IN IP4 media.example\r\n"
        "m=audio 6006 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n"
    )
    media = sdp.parse(offer.encode()).media
    assert [each.host for each in media] == ["192.0.2.9", "2001:db8::9", "", "0.0.0.0"]
    assert [each.sending for each in media] == [True, True, True, False]
    assert sdp.ADDRESS_UNUSABLE in sdp.parse(offer.encode()).warnings
    assert "c=IN IP6 2001:db8::1\r\n" in answered(offer, {0: 30_000}, "2001:db8::1")


def test_codecs_come_from_rtpmap_or_from_their_static_meaning() -> None:
    offer = (
        f"{HEAD}m=audio 6000 RTP/AVP 0 100 19 13 9 111 300 x\r\na=rtpmap:100 pcma/8000/1\r\n"
        "a=rtpmap:111 PCMU/16000\r\n"
    )
    media = sdp.parse(offer.encode()).media[0]
    assert [(each.pt, each.name) for each in media.codecs] == [
        (0, "PCMU"), (100, "PCMA"), (19, "CN"), (13, "CN"), (9, "G722"), (111, "PCMU"),
    ]  # fmt: skip
    assert [each.pt for each in media.voice] == [0, 100]


def test_a_stream_without_g711_is_not_taken() -> None:
    offer = f"{HEAD}m=audio 6000 RTP/AVP 18 9\r\n"
    parsed = sdp.parse(offer.encode())
    assert parsed.acceptable == ()
    assert sdp.STREAM_REFUSED in parsed.warnings


def test_n12_reports_may_share_the_port_where_the_sender_offers_it() -> None:
    offer = f"{HEAD}m=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\nm=audio 6002 RTP/AVP 0\r\n"
    first, second = answered(offer, {0: 30_000, 1: 30_002}).split("m=audio")[1:]
    assert ("a=rtcp-mux" in first, "a=rtcp-mux" in second) == (True, False)


def test_bare_line_feeds_blanks_and_unknown_lines_do_no_harm() -> None:
    offer = "\n v=0 \nnonsense\nm=audio 6000/2 RTP/AVP 0 \na = x\na=label: 1 \na=SENDONLY\n"
    media = sdp.parse(offer.encode()).media[0]
    assert (media.port, media.label, media.direction) == (6000, "1", "sendonly")


@pytest.mark.parametrize(
    "offer", ["", "v=0\r\n", "m=audio\r\n", "m=audio 1 RTP/AVP 0\r\n" * 17, "x" * (65 << 10)]
)
def test_what_cannot_be_answered_is_an_sdp_error(offer: str) -> None:
    with pytest.raises(sdp.SdpError):
        sdp.parse(offer.encode())


def test_an_offer_of_our_own_asks_for_two_streams_of_g711() -> None:
    parsed = sdp.parse(sdp.offer(sdp.Ours("2001:db8::1", 7, {0: 30_000, 1: 30_002}), 1))
    assert [each.port for each in parsed.media] == [30_000, 30_002]
    assert {each.direction for each in parsed.media} == {"recvonly"}
    assert [each.label for each in parsed.media] == ["1", "2"]


LINES = st.sampled_from(
    ["v=0", "c=IN IP4 192.0.2.9", "c=IN IP6 ::1", "c=", "m=audio 6000 RTP/AVP 0 8", "m=",
     "m=video 1 x", "m=audio 99999 RTP/AVP 0", "a=label:1", "a=label:ä", "a=rtpmap:0 PCMU/8000",
     "a=rtpmap:8",
     "a=sendonly", "a=inactive", "a=ptime:20", "a", "=", "\x00", "m=audio 7 RTP/AVP ²"]
) | st.text(max_size=20)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(LINES, max_size=12).map("\r\n".join).map(str.encode) | st.binary(max_size=120))
def test_any_bytes_are_read_or_refused_and_every_m_line_is_answered(data: bytes) -> None:
    try:
        offer = sdp.parse(data)
    except sdp.SdpError:
        return
    ports = {index: 30_000 + 2 * index for index in offer.acceptable}
    answer = sdp.parse(sdp.answer(offer, sdp.Ours("192.0.2.1", 7, ports), 1))
    assert len(answer.media) == len(offer.media)
    for index, (asked, said) in enumerate(zip(offer.media, answer.media, strict=True)):
        assert said.kind == asked.kind
        assert said.port == ports.get(index, 0)
        assert not said.sending
