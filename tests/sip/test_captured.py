"""Real messages of OpenSIPS and SEMS, taken from the wire, are calls to the endpoint."""

from pathlib import Path

import pytest

from sip.peer import Wire, header, status_of, tag_of
from vaiti.capture.sip.flow import Address, Flow
from vaiti.capture.sip.framing import Framer
from vaiti.capture.sip.message import Request, parse

FOLDER = Path(__file__).parents[3] / "shared" / "corpora" / "siprec"
OPENSIPS = Flow("udp", Address("127.0.0.1", 5090), Address("127.0.0.1", 5061))
SEMS = Flow("udp", Address("127.0.0.1", 5090), Address("127.0.0.1", 5064))

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is not there"),
]


def load(name: str) -> bytes:
    return (FOLDER / f"{name}.sip").read_bytes()


def ack_of(invite: bytes, to: str) -> bytes:
    """What the captured sender would have sent to acknowledge."""
    message = parse(invite)
    assert isinstance(message, Request)
    lines = [
        f"ACK {message.uri} SIP/2.0",
        f"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKack{message.cseq};rport",
        f"From: {header(invite, 'From')}",
        f"To: {to}",
        f"Call-ID: {message.call_id}",
        f"CSeq: {message.cseq} ACK",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_opensips_calls_holds_resumes_and_ends() -> None:
    wire = Wire(OPENSIPS)
    theirs, to = b"", ""
    for name in ("initial-invite", "reinvite-1", "reinvite-on-hold", "reinvite-resume"):
        captured = load(f"opensips-4.1dev-captured-{name}")
        theirs = theirs or captured
        wire.give(captured.replace(b"c686ec2f5883", tag_of(to).encode()) if to else captured)
        (answer,) = wire.answer(200)
        assert status_of(answer) == 200
        to = header(answer, "To")
        wire.give(ack_of(captured, to))
    wire.give(load("opensips-4.1dev-captured-bye").replace(b"c686ec2f5883", tag_of(to).encode()))
    assert wire.kinds() == ["invite", "ack", *["reinvite", "ack"] * 3, "bye"]
    assert {event.warnings for event in wire.events} == {()}
    request = wire.events[0].request
    assert request is not None
    assert request.content_type == "multipart/mixed;boundary=OSS-unique-boundary-42"
    assert len(request.body) == 2339


def test_sems_calls_and_ends_with_metadata_and_a_second_empty_content_type() -> None:
    wire = Wire(SEMS)
    invite = load("sems-2.1-captured-initial-invite")
    wire.give(invite)
    (answer,) = wire.answer(200)
    to = header(answer, "To")
    wire.give(ack_of(invite, to))
    wire.give(
        load("sems-2.1-captured-bye-with-metadata").replace(b"5d52e076623b", tag_of(to).encode())
    )
    assert wire.kinds() == ["invite", "ack", "bye"]
    bye = wire.events[-1]
    assert bye.request is not None
    assert bye.request.content_type == "application/rs-metadata+xml"
    assert bye.request.body.startswith(b"<?xml")
    assert bye.warnings == ("repeated_header",)


def test_the_captured_messages_come_out_of_a_stream_as_they_went_in() -> None:
    messages = [path.read_bytes() for path in sorted(FOLDER.glob("*captured*.sip"))]
    assert len(messages) == 7
    assert Framer().feed(b"".join(messages)) == messages


def test_the_captured_messages_go_round_through_parse_and_encode() -> None:
    for path in sorted(FOLDER.glob("*captured*.sip")):
        message = parse(path.read_bytes())
        again = parse(message.encode())
        assert (again.headers, again.body) == (message.headers, message.body)
