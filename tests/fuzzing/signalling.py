"""What comes over SIP: messages, streams of them, bodies, descriptions, metadata, keys."""

from capture_pure.scripted import agent, customer, metadata, multipart, sdp
from fuzzing.targets import Feed, Target, each, refused
from sip.peer import Peer
from vaiti.capture import sdes, sharing
from vaiti.capture import sdp as descriptions
from vaiti.capture.session.warnings import SENTENCES
from vaiti.capture.sip import message
from vaiti.capture.sip.framing import Framer
from vaiti.capture.sip.grammar import SipError
from vaiti.capture.sip.message import MAX_MESSAGE_BYTES, MAX_VIAS
from vaiti.capture.siprec import body, xml
from vaiti.capture.siprec import metadata as siprec

LINES = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b": ",
    b";",
    b",",
    b'"',
    b"<",
    b">",
    b"=",
    b"\x00",
    b"\xff",
)
SIP = (
    *LINES,
    *(
        b"Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\n",
        b"v: x\r\n",
        b"Content-Length: 3\r\n",
        b"l: 0\r\n",
    ),
    *(
        b"CSeq: 4294967296 INVITE\r\n",
        b"Require: x\r\n",
        b"SIP/3.0",
        b"%00",
        b"[::1]",
        b"sip:",
        b"tel:",
    ),
)
SDP = (
    *LINES,
    *(
        b"m=audio 0 RTP/AVP 0\r\n",
        b"a=inactive\r\n",
        b"a=label:1\r\n",
        b"c=IN IP6 ::1\r\n",
        b"m=video 9 ",
    ),
    *(
        b"a=rtpmap:0 PCMU/8000\r\n",
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:",
        b"RTP/SAVP",
        b"a=record:off",
    ),
)
XML = (
    *(
        b"<recording",
        b"</recording>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"&b;",
        b"&#0;",
        b"<![CDATA[",
        b"]]>",
    ),
    *(
        b"<participant participant_id='1'>",
        b"<a>" * 40,
        b"xmlns:x='y'",
        b"x:",
        b"\xef\xbb\xbf",
        b"<?xml ",
    ),
    *(b" encoding='utf-16'", b"<!--", b"-->", b"<send>", b"<label>", b"\x00", b"\xff\xfe"),
)


def two_parties() -> str:
    return metadata([customer(), agent()])


def requests() -> list[bytes]:
    kind, content = multipart(sdp("1", "2"), two_parties())
    head = Peer().invite(body=content).partition(b"\r\n\r\n")[0]
    invite = head.replace(b"application/sdp", kind.encode()) + b"\r\n\r\n" + content
    return [invite, Peer().invite(), Peer(to_tag="x").request("BYE"), Peer().request("OPTIONS")]


def sip_message() -> Feed:
    def feed(data: bytes) -> bool:
        taken = False
        for stream in (False, True):
            try:
                read = message.parse(data, stream=stream)
            except SipError as error:
                assert 400 <= error.status <= 699
                refused(SipError, error)
            else:
                taken = True
                assert len(read.body) <= MAX_MESSAGE_BYTES
                assert len(read.vias) <= MAX_VIAS
        return taken

    return feed


def shared_address() -> Feed:
    front = sharing.Sharing(3)
    for number in front.seats:
        front.came(number, 0.0, lasting=False)
        front.said(number, 0.0, (True, 0, 10, 0))
    nobodys = sharing.read(b"", stream=False).key

    def feed(data: bytes) -> bool:
        told = sharing.read(data, stream=False)
        assert front.choose(told, 1.0) in front.seats
        return told.key != nobodys

    return feed


def sip_stream() -> Feed:
    def feed(data: bytes) -> bool:
        framer, whole = Framer(), Framer()
        middle = len(data) // 2
        frames = [*framer.feed(data[:middle]), *framer.feed(data[middle:])]
        assert frames == whole.feed(data), "how a stream is cut changes nothing"
        assert all(len(each) <= MAX_MESSAGE_BYTES for each in frames if isinstance(each, bytes))
        assert len(framer._buffer) <= MAX_MESSAGE_BYTES + len(data)
        return not framer.broken

    return feed


def multipart_body() -> Feed:
    def feed(data: bytes) -> bool:
        kind, _, content = data.partition(b"\n")
        try:
            parts = body.split(kind.decode("utf-8", "surrogateescape"), content)
        except body.BodyError as error:
            return refused(body.BodyError, error)
        assert set(parts.warnings) <= SENTENCES.keys()
        assert len(parts.sdp or b"") <= body.MAX_BODY
        assert len(parts.metadata or b"") <= body.MAX_BODY
        return bool(parts.sdp)

    return feed


def description() -> Feed:
    ours = descriptions.Ours("192.0.2.1", 1, {0: 30_000, 1: 30_002})

    def feed(data: bytes) -> bool:
        for srtp in (sdes.REFUSED, sdes.ALLOWED):
            try:
                offer = descriptions.parse(data, srtp)
            except descriptions.SdpError as error:
                return refused(descriptions.SdpError, error)
            assert 0 < len(offer.media) <= descriptions.MAX_MEDIA
            assert set(offer.warnings) <= SENTENCES.keys()
            if not any(each.crypto for each in offer.media):
                made = descriptions.answer(offer, ours, 1)
                assert made.count(b"\r\nm=") == len(offer.media), "each m-line has its answer"
                assert b"\n" not in made.replace(b"\r\n", b"")
        return True

    return feed


def xml_document() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            root, warnings = xml.read(data)
        except xml.XmlError as error:
            return refused(xml.XmlError, error)
        elements = list(root.walk())
        assert len(elements) <= xml.MAX_ELEMENTS
        assert all(len(each.text) <= xml.MAX_TEXT for each in elements)
        assert set(warnings) <= SENTENCES.keys()
        return True

    return feed


def siprec_metadata() -> Feed:
    def feed(data: bytes) -> bool:
        try:
            read = siprec.parse(data)
        except siprec.MetadataError as error:
            return refused(siprec.MetadataError, error)
        assert len(read.participants) <= siprec.MAX_PARTICIPANTS
        assert len(read.streams) <= siprec.MAX_STREAMS
        assert set(read.warnings) <= SENTENCES.keys()
        assert "1234567" not in repr(read), "what is read prints as [personal]"
        return True

    return feed


def key_line() -> Feed:
    def feed(data: bytes) -> bool:
        found = sdes.read(data.decode("utf-8", "surrogateescape"))
        assert found is None or "inline" not in repr(found), "a key is never printed"
        return found is not None

    return feed


def bodies() -> list[bytes]:
    kind, content = multipart(sdp("1", "2"), two_parties())
    return [kind.encode() + b"\n" + content, b"application/sdp\n" + sdp("1").encode()]


KEY = b"1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
TARGETS = (
    Target(
        "sip message",
        "any bytes are a message within its bounds, or a SipError with a status and a sentence",
        *(requests, SIP, each(sip_message)),
        weight=6,
    ),
    Target(
        "sip stream",
        "however a stream is cut its frames are the same, and what waits is bounded",
        *(lambda: [b"".join(requests()), b"\r\n\r\n" + requests()[2]], SIP, each(sip_stream)),
        weight=6,
    ),
    Target(
        "front",
        "any bytes are for one of the recorders that share an address, known by what they tell",
        *(requests, SIP, each(shared_address)),
        weight=6,
    ),
    Target(
        "multipart body",
        "any body within its size gives what can be found in it, and warnings that have a sentence",
        *(bodies, (*LINES, b"--b", b"--b--", b"Content-Type: multipart/mixed;boundary=b\r\n\r\n")),
        each(multipart_body),
        weight=12,
    ),
    Target(
        "session description",
        "any bytes are an offer of which each m-line can be answered in its place, or an SdpError",
        *(lambda: [sdp("1", "2").encode(), sdp("1 inactive 0").encode()], SDP, each(description)),
        weight=6,
    ),
    Target(
        "xml",
        "no entity is read, and elements, depth and text have their bounds, or it is an XmlError",
        *(lambda: [two_parties().encode()], XML, each(xml_document)),
        weight=3,
    ),
    Target(
        "siprec metadata",
        "any bytes are metadata within its bounds that prints nothing personal, or a MetadataError",
        *(lambda: [two_parties().encode()], XML, each(siprec_metadata)),
        weight=3,
    ),
    Target(
        "srtp key",
        "any line is a key that is never printed, or none",
        *(lambda: [KEY, KEY + b"|2^20|1:4"], (b"|", b":", b"2^", b"inline:", b" ", b"=", b"\xff")),
        each(key_line),
        weight=60,
    ),
)
