"""What senders that nobody here has seen might write: each variant must give the same call.

One plain session is written in many ways; whatever a way leaves out may be missing, nothing else.
"""

import base64
import codecs
import quopri
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from capture_pure.scripted import (
    FLOW,
    LINE,
    NOW,
    Client,
    agent,
    customer,
    metadata,
    only,
    orders,
    sdp,
    statuses,
)
from vaiti.capture.events import Begin, Draft, Expect, Output, Send
from vaiti.capture.session.session import Session
from vaiti.vault.manifest import Manifest

TOLD = metadata([customer(), agent()])
OFFER = sdp("1", "2")
MASKED = "+358401234***"


@dataclass
class Message:
    """An INVITE in pieces: request line, headers, parts of its body with their types."""

    headers: list[str] = field(
        default_factory=lambda: [
            "Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKforeign",
            "Max-Forwards: 70",
            "From: <sip:src@198.51.100.7>;tag=src",
            "To: <sip:recorder@192.0.2.1>",
            "Call-ID: foreign",
            "CSeq: 1 INVITE",
            "Contact: <sip:src@198.51.100.7:5062>;+sip.src",
        ]
    )
    kind: str = "Content-Type: multipart/mixed;boundary=b"
    body: bytes = b""
    line: str = "INVITE sip:recorder@192.0.2.1 SIP/2.0"
    length: str = "Content-Length"

    def encode(self) -> bytes:
        lines = [self.line, *self.headers, self.kind, f"{self.length}: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


def parts(
    told: bytes = TOLD.encode(),
    offer: bytes = OFFER.encode(),
    *,
    heads: tuple[str, str] = (
        "Content-Type: application/sdp",
        "Content-Type: application/rs-metadata+xml",
    ),
    end: bytes = b"--b--\r\n",
) -> bytes:
    pieces = zip(heads, (offer, told), strict=True)
    whole = b"".join(b"--b\r\n%b\r\n\r\n%b\r\n" % (head.encode(), text) for head, text in pieces)
    return whole + end


def call_of(message: Message) -> Manifest:
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]), name="foreign")
    made.session.receive(message.encode(), FLOW, NOW)
    out = made.take()
    assert not any(status >= 300 for status in statuses(out)), statuses(out)
    out += made.allocate()
    assert statuses(out)[-1:] == [200], statuses(out)
    facts = [each.draft for each in out if isinstance(each, Begin | Draft)]
    assert facts, "the call was not recorded"
    assert only(Send, out)[-1].data.count(b"m=audio 3") == 2
    return facts[-1]


def with_headers(*lines: str, without: tuple[str, ...] = ()) -> Message:
    """The plain message with other headers in the place of those of the same name."""
    message = Message(body=parts())
    names = {line.partition(":")[0].strip().lower() for line in lines} | set(without)
    kept = [h for h in message.headers if h.partition(":")[0].lower() not in names]
    return replace(message, headers=[*kept, *lines])


def told_as(text: bytes) -> Message:
    return Message(body=parts(text))


def offered_as(text: str) -> Message:
    return Message(body=parts(offer=text.encode()))


def in_latin() -> bytes:
    return TOLD.replace("Maija", "Mäijä").replace("UTF-8", "ISO-8859-1").encode("latin-1")


NAMED = TOLD.replace("<name>Maija</name>", "<name>NAME</name>")
FAR = "urn:ietf:params:xml:ns:recording:1"
PREFIXED = TOLD.replace("</", "</x9:").replace("<", "<x9:").replace("<x9:/x9:", "</x9:")
PREFIXED = PREFIXED.replace("<x9:?", "<?").replace("xmlns=", "xmlns:x9=")

VARIANTS: dict[str, Callable[[], Message]] = {
    "plain": lambda: Message(body=parts()),
    "compact headers": lambda: replace(
        with_headers(
            "v: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKforeign",
            "f: <sip:src@198.51.100.7>;tag=src",
            "t: <sip:recorder@192.0.2.1>",
            "i: foreign",
            "m: <sip:src@198.51.100.7:5062>",
            without=("via", "from", "to", "call-id", "contact"),
        ),
        kind="c: multipart/mixed;boundary=b",
        length="l",
    ),
    "folded content type": lambda: replace(
        Message(body=parts()), kind='Content-Type: multipart/mixed;\r\n\tboundary="b"'
    ),
    "folded from": lambda: with_headers("From:\r\n <sip:src@198.51.100.7>\r\n ;tag=src"),
    "mixed case": lambda: replace(
        Message(body=parts()), kind="CONTENT-TYPE: Multipart/MIXED; BOUNDARY=b"
    ),
    "no contact": lambda: with_headers(without=("contact",)),
    "ipv6 contact": lambda: with_headers("Contact: <sip:src@[2001:db8::7]:5062;transport=udp>"),
    "display name in greek": lambda: with_headers("From: Μαρία <sip:src@198.51.100.7>;tag=src"),
    "display name in latin-1": lambda: with_headers(
        b'From: "M\xfcller, J" <sip:src@198.51.100.7>;tag=src'.decode("utf-8", "surrogateescape")
    ),
    "anonymous from": lambda: with_headers(
        'From: "Anonymous" <sip:anonymous@anonymous.invalid>;tag=src'
    ),
    "tel from": lambda: with_headers("From: <tel:+358401234567>;tag=src"),
    "sips": lambda: replace(
        with_headers("To: <sips:recorder@192.0.2.1>"), line="INVITE sips:recorder@192.0.2.1 SIP/2.0"
    ),
    "no final boundary": lambda: Message(body=parts(end=b"")),
    "empty part between": lambda: Message(
        body=b"--b\r\nContent-Type: text/plain\r\n\r\n\r\n" + parts()
    ),
    "preamble": lambda: Message(body=b"This is a message in several parts.\r\n\r\n" + parts()),
    "body said to be sdp": lambda: replace(
        Message(body=parts()), kind="Content-Type: application/sdp"
    ),
    "octet streams": lambda: Message(
        body=parts(heads=("Content-Type: application/octet-stream",) * 2)
    ),
    "untyped parts": lambda: Message(body=parts(heads=("Content-ID: <1>", "Content-ID: <2>"))),
    "base64 metadata": lambda: Message(
        body=parts(
            base64.encodebytes(TOLD.encode()),
            heads=(
                "Content-Type: application/sdp",
                "Content-Type: application/rs-metadata+xml\r\nContent-Transfer-Encoding: BASE64",
            ),
        )
    ),
    "quoted-printable metadata": lambda: Message(
        body=parts(
            quopri.encodestring(TOLD.encode()),
            heads=(
                "Content-Type: application/sdp",
                "Content-Type: application/rs-metadata+xml\r\n"
                "Content-Transfer-Encoding: quoted-printable",
            ),
        )
    ),
    "multipart in multipart": lambda: replace(
        Message(
            body=b"--o\r\nContent-Type: multipart/related; boundary=b\r\n\r\n"
            + parts()
            + b"\r\n--o--\r\n"
        ),
        kind="Content-Type: multipart/mixed;boundary=o",
    ),
    "bom": lambda: told_as(codecs.BOM_UTF8 + TOLD.encode()),
    "bom and blank lines": lambda: told_as(codecs.BOM_UTF8 + b"\r\n\r\n" + TOLD.encode()),
    "utf-16": lambda: told_as(TOLD.replace("UTF-8", "UTF-16").encode("utf-16")),
    "utf-16 said, utf-8 written": lambda: told_as(TOLD.replace("UTF-8", "UTF-16").encode()),
    "utf8 without a hyphen": lambda: told_as(TOLD.replace("UTF-8", "utf8").encode()),
    "an encoding of nowhere": lambda: told_as(TOLD.replace("UTF-8", "x-pbx").encode()),
    "latin-1 said and written": lambda: told_as(in_latin()),
    "windows-1252": lambda: told_as(in_latin().replace(b"ISO-8859-1", b"windows-1252")),
    "latin-1 written, utf-8 said": lambda: told_as(in_latin().replace(b"ISO-8859-1", b"UTF-8")),
    "bare ampersand": lambda: told_as(NAMED.replace("NAME", "Kivi & Poika").encode()),
    "entity of html": lambda: told_as(NAMED.replace("NAME", "Kivi&nbsp;Poika").encode()),
    "control character": lambda: told_as(NAMED.replace("NAME", "Kivi\x01").encode()),
    "odd prefix": lambda: told_as(PREFIXED.encode()),
    "prefix never declared": lambda: told_as(
        TOLD.replace("<datamode>", "<ac:note>x</ac:note><datamode>").encode()
    ),
    "attribute with a prefix never declared": lambda: told_as(
        TOLD.replace("<datamode>", '<datamode xsi:type="a">').encode()
    ),
    "no namespace": lambda: told_as(TOLD.replace(f" xmlns='{FAR}'", "").encode()),
    "capitals": lambda: told_as(
        TOLD.replace("participant_id", "Participant_ID").replace("nameID", "NAMEID").encode()
    ),
    "comments and instructions": lambda: told_as(
        TOLD.replace("<datamode>", "<!-- a --><?x y?><![CDATA[ ]]><datamode>").encode()
    ),
    "no declaration": lambda: told_as(TOLD.partition("?>")[2].encode()),
    "no labels in the metadata": lambda: told_as(
        TOLD.replace("<label>1</label>", "").replace("<label>2</label>", "").encode()
    ),
    "no labels in the description": lambda: offered_as(
        OFFER.replace("a=label:1\r\n", "").replace("a=label:2\r\n", "")
    ),
    "labels before directions, blanks": lambda: offered_as(OFFER.replace("a=label:", "a=label: ")),
    "ice, bundle, mux and bandwidth": lambda: offered_as(
        OFFER.replace("t=0 0\r\n", "b=CT:128\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\n")
        .replace("a=label:1", "b=AS:64\r\na=mid:0\r\na=rtcp-mux\r\na=ice-ufrag:x\r\na=label:1")
        .replace("a=label:2", "a=candidate:1 1 UDP 1 198.51.100.7 40002 typ host\r\na=label:2")
    ),
    "blanks around the equals signs": lambda: offered_as(OFFER.replace("m=", "m = ")),
    "profile in small letters": lambda: offered_as(OFFER.replace("RTP/AVP", "rtp/avp")),
    "a third stream of video": lambda: offered_as(OFFER + "m=video 50000 RTP/AVP 96\r\n"),
    "ipv6 media": lambda: offered_as(OFFER.replace("IN IP4 198.51.100.7", "IN IP6 2001:db8::7")),
    "bare line feeds": lambda: Message(body=parts().replace(b"\r\n", b"\n")),
    "escaped plus": lambda: told_as(TOLD.replace("+3584", "%2B3584").encode()),
    "number with separators": lambda: told_as(
        TOLD.replace("sip:+358401234567", "sip:+358-40-123.4567").encode()
    ),
    "number portability": lambda: told_as(
        TOLD.replace("sip:+358401234567", "sip:+358401234567;npdi;rn=+35850").encode()
    ),
    "tel customer": lambda: told_as(
        TOLD.replace("sip:+358401234567@carrier.example;user=phone", "tel:+358401234567").encode()
    ),
    "name-addr as address": lambda: told_as(
        TOLD.replace(
            "sip:+358401234567@carrier.example;user=phone",
            "&quot;Μαρία&quot; &lt;sip:+358401234567@carrier.example&gt;",
        ).encode()
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_however_a_sender_writes_it_the_call_is_the_same(name: str) -> None:
    found = call_of(VARIANTS[name]())
    assert (found.line, found.direction, found.customer) == (LINE, "in", MASKED)
    assert [leg.device for leg in found.legs] == ["2001"]
    assert [track.role for track in found.tracks] == ["customer", "agent"]


def answered_ports(out: list[Output]) -> list[str]:
    (description,) = [each.data for each in only(Send, out) if b"m=audio" in each.data]
    return re.findall(r"m=audio ([0-9]+)", description.decode())


def test_streams_that_are_offered_in_another_order_keep_their_tracks() -> None:
    """Whose voice is whose does not change in the middle of a call."""
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    first = answered_ports(made.establish(OFFER, TOLD))
    made.now += 10
    out = made.send("INVITE", sdp("2", "1").encode(), "application/sdp")
    assert answered_ports(out) == first[::-1]
    assert only(Draft, out) == [], "nothing else changed"
    expected = sorted((each.track, each.label, each.remote.port) for each in only(Expect, out))
    assert expected == [(0, "1", 40_002), (1, "2", 40_000)]


@pytest.mark.parametrize(
    "offer",
    [
        sdp("1 inactive", "2 inactive"),
        sdp("1 recvonly", "2 recvonly"),
        OFFER.replace("c=IN IP4 198.51.100.7", "c=IN IP4 0.0.0.0"),
        OFFER.replace("t=0 0\r\n", "t=0 0\r\na=inactive\r\n").replace("a=sendonly\r\n", ""),
        sdp("1 sendonly 0", "2 sendonly 0"),
    ],
)
def test_a_hold_in_any_spelling_is_a_hold_and_ends(offer: str) -> None:
    made = Client(Session("rec-1", orders(), ["192.0.2.1"]))
    made.establish(OFFER, TOLD)
    made.now += 10
    [draft] = only(Draft, made.send("INVITE", offer.encode(), "application/sdp"))
    assert len(draft.draft.holds) == 1
    made.now += 10
    [draft] = only(Draft, made.send("INVITE", OFFER.encode(), "application/sdp"))
    [hold] = draft.draft.holds
    assert hold.to_us - hold.from_us == 10_000_000
