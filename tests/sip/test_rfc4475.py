"""Each of the 49 torture messages of RFC 4475 is answered, refused or dropped as the RFC says.

A verdict is the sentence of the RFC in our words; where it leaves a choice, it names ours. We serve
calls to a recorder only: no registrar, no messages, so that REGISTER and MESSAGE are refused 405
(RFC 3261 section 8.2.1) once they have parsed. `over_tcp` is the outcome through `Framer` where a
stream changes it.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from sip.peer import TCP, UDP, Wire, headers, status_of
from vaiti.capture.sip.framing import Framer, KeepAlive
from vaiti.capture.sip.message import Request, Response, parse

FOLDER = Path(__file__).parents[3] / "shared" / "corpora" / "rfc4475"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder ../shared/corpora is not there"),
]


@dataclass(frozen=True)
class Row:
    """`outcome`: a status; `invite` (100, and reported); `drop:<reason>`; `nothing` yet."""

    name: str
    section: str
    outcome: str
    verdict: str
    over_tcp: str = ""


ROWS = (
    Row("wsinv", "3.1.1.1", "481", "Well formed however it is folded; its To tag names no dialog."),
    Row("intmeth", "3.1.1.2", "405", "Well formed with every odd character; an unknown method."),
    Row("esc01", "3.1.1.3", "invite", "Well formed; escapes in URIs stay as they are."),
    Row("escnull", "3.1.1.4", "405", "Well formed with escaped null octets; a REGISTER."),
    Row(
        "esc02", "3.1.1.5", "405", "Escapes mean nothing in a method: an unknown one, no REGISTER."
    ),
    Row("lwsdisp", "3.1.1.6", "200", "Well formed without a blank between name and address."),
    Row("longreq", "3.1.1.7", "invite", "Well formed; long values and 34 hops must be borne."),
    Row(
        "dblreq",
        "3.1.1.8",
        "405",
        "In a datagram what follows the REGISTER is ignored; in a stream it is the next request, "
        "whose body in the RFC is longer than it says, so that the stream ends there.",
        "405 invite drop:no_sip broken",
    ),
    Row("semiuri", "3.1.1.9", "200", "Well formed; the semicolon belongs to the user part."),
    Row("transports", "3.1.1.10", "200", "Well formed; transports nobody knows stand in Via."),
    Row("mpart01", "3.1.1.11", "405", "Well formed with a binary body; MESSAGE is not served."),
    Row(
        "unreason", "3.1.1.12", "drop:unmatched_response", "A valid response to no request of ours."
    ),
    Row(
        "noreason", "3.1.1.13", "drop:unmatched_response", "A valid response without reason phrase."
    ),
    Row("badinv01", "3.1.2.1", "400", "Extra separators in Via and Contact: refuse with 400."),
    Row(
        "clerr",
        "3.1.2.2",
        "400",
        "A datagram shorter than Content-Length is refused with 400; a stream is waited for.",
        "nothing",
    ),
    Row(
        "ncl",
        "3.1.2.3",
        "400",
        "A negative Content-Length is refused with 400, and a stream is closed.",
        "400 broken",
    ),
    Row("scalar02", "3.1.2.4", "400", "CSeq is past 2**31: refuse with 400."),
    Row(
        "scalarlg",
        "3.1.2.5",
        "drop:broken_response",
        "A response with overlarge numbers is dropped.",
    ),
    Row("quotbal", "3.1.2.6", "400", "A quote that is not closed: refuse with 400."),
    Row("ltgtruri", "3.1.2.7", "400", "Brackets around the request URI: refuse with 400."),
    Row(
        "lwsruri", "3.1.2.8", "400", "A blank in the request URI: refusing with 400 is acceptable."
    ),
    Row("lwsstart", "3.1.2.9", "400", "Two blanks in the request line: may be refused with 400."),
    Row("trws", "3.1.2.10", "200", "Blanks after the request line may be ignored, and are."),
    Row("escruri", "3.1.2.11", "400", "Headers in the request URI may be refused with 400."),
    Row(
        "baddate",
        "3.1.2.12",
        "invite",
        "Who does not use Date may ignore its time zone; we do not.",
    ),
    Row("regbadct", "3.1.2.13", "405", "The brackets may be inferred; then it is a REGISTER."),
    Row("badaspec", "3.1.2.14", "200", "Blanks inside the brackets may be ignored, and are."),
    Row(
        "baddn",
        "3.1.2.15",
        "400",
        "Malformed display names may be refused with 400; this copy lacks its last line too.",
        "nothing",
    ),
    Row("badvers", "3.1.2.16", "505", "Version 7.0 is refused with 505."),
    Row("mismatch01", "3.1.2.17", "400", "CSeq names another method: refuse with 400."),
    Row("mismatch02", "3.1.2.18", "400", "Unknown method and CSeq mismatch: 400 is acceptable."),
    Row("bigcode", "3.1.2.19", "drop:broken_response", "A status past 699 is dropped."),
    Row("badbranch", "3.2.1", "200", "An empty branch may be treated by the rules of RFC 2543."),
    Row("insuf", "3.3.1", "400", "Without From, To, Call-ID it is refused with 400."),
    Row("unkscm", "3.3.2", "416", "An unknown scheme in the request URI is refused with 416."),
    Row("novelsc", "3.3.3", "416", "A known but unserved scheme is refused with 416."),
    Row("unksm2", "3.3.4", "405", "Unknown schemes in From and To are valid; a REGISTER."),
    Row("bext01", "3.3.5", "420", "Required options nobody knows are refused with 420."),
    Row("invut", "3.3.6", "415", "A body of unknown type is refused with 415."),
    Row("regaut01", "3.3.7", "405", "An unknown authorization scheme must not break; a REGISTER."),
    Row("multi01", "3.3.8", "400", "Several From, To, Call-ID, CSeq: refuse with 400."),
    Row(
        "mcl01",
        "3.3.9",
        "400",
        "Two Content-Length that differ are refused with 400, and a stream is closed.",
        "400 broken",
    ),
    Row("bcast", "3.3.10", "drop:unmatched_response", "Its top Via is not ours: dropped."),
    Row("zeromf", "3.3.11", "200", "Max-Forwards 0 does not matter to whom the request is for."),
    Row("cparam01", "3.3.12", "405", "A parameter of the Contact, not of the URI; a REGISTER."),
    Row("cparam02", "3.3.13", "405", "A parameter of the URI; a REGISTER."),
    Row("regescrt", "3.3.14", "405", "An escaped header in a Contact URI is valid; a REGISTER."),
    Row("sdp01", "3.3.15", "406", "No answer is acceptable to the sender: refuse with 406."),
    Row(
        "inv2543",
        "3.4.1",
        "invite",
        "RFC 2543 syntax is accepted in a datagram; a stream must have Content-Length.",
        "400 broken",
    ),
)


def load(name: str) -> bytes:
    return (FOLDER / f"{name}.dat").read_bytes()


def outcome(wire: Wire) -> str:
    """In the words of `Row.outcome`."""
    statuses = [status_of(send.data) for send in wire.sent]
    words = [str(status) for status in statuses if status != 100]
    words += [f"drop:{reason}" for reason in wire.endpoint.dropped]
    if wire.events:
        assert 100 in statuses
    words += wire.kinds()
    return " ".join(words)


def test_all_49_messages_stand_in_the_table() -> None:
    assert len(ROWS) == 49
    assert {row.name for row in ROWS} == {path.stem for path in FOLDER.glob("*.dat")}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_torture_message_in_a_datagram_meets_its_verdict(row: Row) -> None:
    wire = Wire(UDP)
    wire.give(load(row.name))
    assert outcome(wire) == row.outcome, row.verdict


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_each_torture_message_in_a_stream_meets_its_verdict(row: Row) -> None:
    wire = Wire(TCP)
    framer = Framer()
    words = []
    for frame in framer.feed(load(row.name)):
        if isinstance(frame, KeepAlive):
            words.append("keep-alive")
            continue
        wire.sent, wire.events = [], []
        wire.endpoint.dropped.clear()
        wire.give(frame)
        words.append(outcome(wire))
    if framer.broken:
        words.append("broken")
    assert " ".join(words or ["nothing"]) == (row.over_tcp or row.outcome), row.verdict


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_second_copy_gets_the_same_answer_and_no_second_event(row: Row) -> None:
    wire = Wire(UDP)
    first = wire.give(load(row.name))
    second = wire.give(load(row.name))
    assert second == first
    assert len(wire.events) == (row.outcome == "invite")


def test_the_escaped_method_is_no_register_and_its_escaped_header_no_contact() -> None:
    message = parse(load("esc02"))
    assert isinstance(message, Request)
    assert message.method == "RE%47IST%45R"
    assert len(message.headers.all("Contact")) == 2


def test_the_folded_invite_reads_as_its_plain_form() -> None:
    message = parse(load("wsinv"))
    assert isinstance(message, Request)
    assert message.recipient.tag == "1918181833n"
    assert message.sender.display == 'J Rosenberg \\"'
    assert message.cseq == 9
    assert [(via.transport, via.host) for via in message.vias] == [
        ("UDP", "192.0.2.2"),
        ("TCP", "spindle.example.com"),
        ("UDP", "192.168.255.111"),
    ]
    assert message.vias[1].branch == "z9hG4bK9ikj8"


def test_the_reason_phrase_may_be_anything_and_nothing() -> None:
    cyrillic, empty = parse(load("unreason")), parse(load("noreason"))
    assert isinstance(cyrillic, Response)
    assert isinstance(empty, Response)
    assert cyrillic.reason.startswith("= 2**3 * 5**2 но сто")
    assert empty.reason == ""


def test_the_unsupported_options_are_named_back() -> None:
    (answer,) = Wire().give(load("bext01"))
    assert headers(answer, "Unsupported") == ["nothingSupportsThis, nothingSupportsThisEither"]


def test_display_names_with_bare_commas_are_borne_when_the_message_is_whole() -> None:
    (answer,) = Wire().give(load("baddn") + b"\r\n")
    assert status_of(answer) == 200


def test_a_longer_stream_ends_the_wait_for_the_body() -> None:
    framer = Framer()
    assert framer.feed(load("clerr")) == []
    (frame,) = framer.feed(b"x" * 9999)
    assert isinstance(frame, bytes)
    assert frame.startswith(b"INVITE")
